/* Something made once a thread and freed when the thread ends: costly contexts of libraries. */
#pragma once

#include <pthread.h>

struct perthread {
	pthread_once_t once;
	pthread_key_t key;
	void *(*make)(void);		/* may end the process, never returns NULL */
	void (*destroy)(void *thing);
};

#define PERTHREAD(make_, destroy_) { .once = PTHREAD_ONCE_INIT, .make = (make_), .destroy = (destroy_) }

/* This thread's one; made at the first call. */
void *perthread_get(struct perthread *p);
/* Frees this thread's one now (the next get makes another). */
void perthread_drop(struct perthread *p);
