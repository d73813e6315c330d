/* Connectors as tests need them: one that fills every field, one that does nearly nothing, one that
 * hands the message on as an attachment, one that commits the crime its message names. */
#pragma once

#include <daybook/connector.h>

extern const struct connector connector_good, connector_trivial, connector_carrier,
	connector_evil;
extern const struct connector *const test_connectors[];

void test_warm_up(void);
/* The conf is a C string; "bad" cannot be unpacked. */
void *test_unpack(const struct connector *connector, struct str packed, struct err *err);
