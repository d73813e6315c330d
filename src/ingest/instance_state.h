/* What a configured connector is about. The daemon sets it, the store keeps its name, `daybook` reads it back. */
#pragma once

#include <daybook/str.h>

enum instance_state {
	INSTANCE_NEW,		/* nothing has happened yet */
	INSTANCE_LIVE,		/* a push connector that is there; a pull that is parked in IDLE */
	INSTANCE_SYNCING,
	INSTANCE_WAITING,	/* for its next turn */
	INSTANCE_RETRYING,	/* the last turn failed; backing off */
	INSTANCE_STOPPED,	/* refused (login, certificate): until reload, or a long pause */
	INSTANCE_NEEDS_LOGIN,	/* auth: oauth, and no token that could be refreshed: until `daybook oauth login` */
	INSTANCE_THROTTLED,	/* the server has had enough of us: left alone until a time that is kept */
	INSTANCE_OFF,		/* enabled: no */
	INSTANCE_PAUSED,	/* by a person, who is named: until `daybook connector resume` */
	INSTANCE_UNKNOWN,	/* a name that another version wrote */
};

const char *instance_state_name(enum instance_state state);
enum instance_state instance_state_find(struct str name);
