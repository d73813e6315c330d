/* Mails from files, brought by `daybook import`. */
#pragma once

#include <daybook/connector.h>

extern const struct connector connector_import, import_reader;
