#include "base/perthread.h"

#include <assert.h>
#include <stdlib.h>

/* pthread_once takes no argument, so the one being made is handed over here. */
static _Thread_local struct perthread *making;

static void make_key(void)
{
	if (pthread_key_create(&making->key, making->destroy) != 0)
		abort();
}

void *perthread_get(struct perthread *p)
{
	void *thing;

	making = p;
	pthread_once(&p->once, make_key);
	thing = pthread_getspecific(p->key);
	if (thing == NULL) {
		thing = p->make();
		assert(thing != NULL);
		pthread_setspecific(p->key, thing);
	}
	return thing;
}

void perthread_drop(struct perthread *p)
{
	void *thing;

	making = p;
	pthread_once(&p->once, make_key);
	thing = pthread_getspecific(p->key);
	pthread_setspecific(p->key, NULL);
	if (thing != NULL)
		p->destroy(thing);
}
