#include "cli/import_mail.h"

#include <stdlib.h>

void import_mail_clear(struct import_mail *mail)
{
	free(mail->bytes);
	free(mail->origin);
	free(mail->mark);
	*mail = (struct import_mail){ 0 };
}

bool import_mail_has_date(const struct import_mail *mail)
{
	struct str rest = { mail->bytes, mail->n_bytes }, line;

	while (str_next(&rest, '\n', &line) && str_trim(line).len > 0)
		if (str_istarts(line, STR("Date:")) && str_trim(str_sub(line, 5, line.len)).len > 0)
			return true;
	return false;
}

void import_close(struct import_reader *r)
{
	if (r != NULL)
		r->close(r);
}
