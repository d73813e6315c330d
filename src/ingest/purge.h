/* A connector's block list, backwards: what it brought before of whoever is on the list is taken away. It begins by itself
 * when a list is new or has changed, with the daemon running, and begins again after an interruption. Loop thread only. */
#pragma once

struct instance;
struct purge;

/* Is there something to look through? Called often, and cheap when not. */
void purge_look(struct instance *inst);
void purge_cancel(struct instance *inst);	/* soon, and without a trace but for what is done already */
