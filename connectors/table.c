#include "table.h"

const struct connector *const connectors_known[] = {
	&connector_form, &connector_imap, &connector_whatsapp, NULL,
};
