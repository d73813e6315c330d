/* What a parser process is linked with of the connectors: for each its name, options and normalize(), and nothing
 * that listens, connects or knows a secret. */
#pragma once

#include <daybook/connector.h>

extern const struct connector api_reader, form_reader, form_mapping, imap_reader, import_reader, whatsapp_reader, whatsapp_mapping;

/* All of them; ends with NULL. */
extern const struct connector *const connector_readers[];
