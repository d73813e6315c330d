#include "readers.h"

const struct connector *const connector_readers[] = {
	&form_reader, &imap_reader, &import_reader, &whatsapp_reader, NULL,
};
