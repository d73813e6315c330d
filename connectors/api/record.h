/* The canonical record, as POST /api/v1/interactions takes it. */
#pragma once

#include <daybook/connector.h>

extern const struct connector api_reader;
