/* Where a browser on this machine comes back to, and where a person pastes what another browser ended at. */
#pragma once

#include "cli/oauth_answer.h"

/* A socket on 127.0.0.1; port 0: any. -1 with err. *port is the one it has. */
int oauth_listen(int64_t *port, struct err *err);
/* Until one of both brings an answer. ERR_AGAIN: nobody came in time. */
bool oauth_wait(int fd, int64_t seconds, struct oauth_answer *answer, struct err *err);
