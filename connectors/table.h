/* Every connector of this build. */
#pragma once

#include <daybook/connector.h>

/* Imports are no part of a configuration. */
extern const struct connector connector_form, connector_imap, connector_import, connector_whatsapp;

/* Those that a configuration may name; ends with NULL. */
extern const struct connector *const connectors_known[];
