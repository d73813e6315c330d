#include "readers.h"

const struct connector *const connector_readers[] = {
	&api_reader, &form_reader, &form_mapping, &imap_reader, &import_reader, &whatsapp_reader, &whatsapp_mapping, NULL,
};
