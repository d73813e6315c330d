#include "cli/import_mail.h"

#include <stdlib.h>

void import_mail_clear(struct import_mail *mail)
{
	free(mail->bytes);
	free(mail->origin);
	free(mail->mark);
	*mail = (struct import_mail){ 0 };
}

void import_close(struct import_reader *r)
{
	if (r != NULL)
		r->close(r);
}
