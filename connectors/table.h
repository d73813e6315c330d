/* Every connector of this build. */
#pragma once

#include <daybook/connector.h>

extern const struct connector connector_form, connector_imap, connector_import, connector_whatsapp;

/* Those that a configuration may name; ends with NULL. */
extern const struct connector *const connectors_known[];
/* Those too that only the program itself uses (imports); ends with NULL. */
extern const struct connector *const connectors_all[];
