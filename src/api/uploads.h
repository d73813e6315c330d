/* Files that are sent to be imported: pieces that come in, and one after the other their reading by daybook-import, a program of
 * its own that sends each message as daybook import does. Loop thread, unless said otherwise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct api;
struct uploads;

enum { UPLOAD_PIECE = 4 << 20 };	/* bytes, at most; http.max_body may be less */

struct uploads *uploads_create(struct api *api);
void uploads_stop(struct uploads *u);		/* a reading ends soon, and goes on at the next start */
void uploads_destroy(struct uploads *u);	/* nobody is in it; NULL is fine */
void uploads_wake(struct uploads *u);		/* one is complete, was dropped or undone */

/* Two pieces of one file at the same time would get mixed. Any thread; false: there is one on its way. */
bool uploads_claim(struct uploads *u, int64_t import);
void uploads_release(struct uploads *u, int64_t import);
struct pool *uploads_pool(struct uploads *u);	/* of those who write pieces */
