/* A fetched mail → an interaction. Apart from the rest, because it runs in a parser process. */
#include "mime/mail.h"

#include "imap.h"

bool imap_normalize(const void *conf, const struct raw *raw, struct interactions *out,
		    struct err *err)
{
	const struct imap_conf *cf = conf;
	const struct mail_options options = { .max_bytes = cf ? (size_t)cf->max_message : 0 };

	return mail_normalize(&options, raw, out, err);
}
