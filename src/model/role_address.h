/* Addresses of a task and not of a person: info@, vendas@, billing@. Whoever writes from one may be anybody there. Pure. */
#pragma once

#include <daybook/str.h>

/* Of a canonical address, or of its local part alone. A tag after a plus does not count. */
bool email_is_role(struct str email);
