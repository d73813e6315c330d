/* Parts that the connector did not fetch. It says so in front of their own headers, and that it did so by the type of the
 * raw: what a mail says of itself in that way is not listened to. */
#include "mime/mail_reading.h"
#include "mime/utf8.h"

enum { REASON_BYTES = 200 };

bool part_is_left_out(struct mail *m, const struct part *p, struct left_out *out)
{
	struct str rest, size;

	if (!str_eq(m->raw->content_type, STR(MAIL_SOME_PARTS)) || !head_has(&p->head, STR(MAIL_LEFT_OUT)))
		return false;
	rest = field_unfold(head_get(&p->head, STR(MAIL_LEFT_OUT)), m->dec.arena);
	if (!str_next(&rest, ' ', &size) || !str_int64(size, &out->size) || !str_next(&rest, ' ', &out->number))
		return false;
	out->reason = utf8_cut(str_trim(rest), REASON_BYTES);
	return true;
}
