/* The inside of a parser process: enter the jail, say so, then one message after the other. */
#pragma once

#include <stdbool.h>

struct err;
struct sandbox_conf;

_Noreturn void serve_main(int socket, const struct sandbox_conf *conf);

/* The parent's side of "say so": waits until the parser behind the socket is locked up. ERR_AGAIN with
 * the reason when it is not. */
bool serve_hello(int socket, struct err *err);
