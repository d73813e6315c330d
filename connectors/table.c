#include "table.h"

const struct connector *const connectors_known[] = {
	&connector_form, &connector_imap, &connector_whatsapp, NULL,
};

const struct connector *const connectors_all[] = {
	&connector_form, &connector_imap, &connector_import, &connector_whatsapp, NULL,
};
