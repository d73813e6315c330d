#include "ingest/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/mem.h"

#ifdef __SANITIZE_ADDRESS__	/* which reports crashes better than we can mark them */
enum { HAS_HANDLERS = 0 };
#else
enum { HAS_HANDLERS = 1 };
#endif
enum { STACK_BYTES = 32 << 10 };
enum { N_SLOTS = 16, N_REMEMBERED = 64, DIGEST = 16, FATAL_MARKS = 2 };

struct slot {
	unsigned char digest[DIGEST];
	unsigned char in_use, is_marked;
};

/* The file: who is at it now, and what crashed us before. */
struct slots {
	struct slot now[N_SLOTS];
	struct {
		unsigned char digest[DIGEST];
		unsigned char marks;
	} before[N_REMEMBERED];
	unsigned next;
};

static struct slots *slots;
static bool has_crashed;		/* something is remembered */
static _Thread_local struct slot *mine;
static _Thread_local struct str in_hand;
static int n_taken;

/* Nothing depends on it but which payload crashed us: a short hash will do. */
static void make_digest(struct str body, unsigned char out[DIGEST])
{
	static const unsigned char keys[2][16] = { { 0 }, { 1 } };

	for (int half = 0; half < 2; half++) {
		uint64_t hash = crypto_siphash(keys[half], body.ptr, body.len);

		memcpy(out + half * sizeof(hash), &hash, sizeof(hash));
	}
}

/* The digest is made here: a payload that does no harm, as all of them do, needs none. */
static void on_crash(int signo)
{
	if (mine != NULL && mine->in_use) {
		make_digest(in_hand, mine->digest);
		mine->is_marked = 1;
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

static void arm(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK };

	for (size_t i = 0; i < countof(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static unsigned char *marks_of(const unsigned char *digest)
{
	for (size_t i = 0; i < N_REMEMBERED; i++)
		if (slots->before[i].marks && memcmp(slots->before[i].digest, digest, DIGEST) == 0)
			return &slots->before[i].marks;
	return NULL;
}

static void remember_marked(void)
{
	for (size_t i = 0; i < N_SLOTS; i++) {
		unsigned char *marks;

		if (!slots->now[i].is_marked)
			continue;
		marks = marks_of(slots->now[i].digest);
		if (marks == NULL) {
			memcpy(slots->before[slots->next % N_REMEMBERED].digest, slots->now[i].digest, DIGEST);
			marks = &slots->before[slots->next++ % N_REMEMBERED].marks;
			*marks = 0;
		}
		if (*marks < 255)
			(*marks)++;
	}
	memset(slots->now, 0, sizeof(slots->now));
	has_crashed = slots->next > 0;
}

bool slot_setup(const char *dir, struct err *err)
{
	auto_free char *path = xasprintf("%s/slots", dir);
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map = MAP_FAILED;

	/* Allocated, not sparse: a page that the disk has no room for would kill us at the first write. */
	if (fd >= 0 && posix_fallocate(fd, 0, sizeof(struct slots)) == 0)
		map = mmap(NULL, sizeof(struct slots), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_setf(err, ERR_CONF, "%s: %s", path, strerror(errno));
	slots = map;
	remember_marked();
	if (HAS_HANDLERS)
		arm();
	return true;
}

void slot_finish(void)
{
	if (slots != NULL)
		munmap(slots, sizeof(*slots));
	slots = NULL;
}

static bool is_fatal(struct str body)
{
	unsigned char digest[DIGEST];
	const unsigned char *marks;

	if (!has_crashed)
		return false;
	make_digest(body, digest);
	marks = marks_of(digest);
	return marks != NULL && *marks >= FATAL_MARKS;
}

/* The handler's own: a thread that has used up its stack has nothing to run it on. */
static void give_stack(int i)
{
	static char stacks[N_SLOTS][STACK_BYTES];
	const stack_t stack = { .ss_sp = stacks[i], .ss_size = STACK_BYTES };

	if (HAS_HANDLERS)
		sigaltstack(&stack, NULL);
}

static struct slot *take_slot(void)
{
	int i = __atomic_fetch_add(&n_taken, 1, __ATOMIC_RELAXED);

	if (i >= N_SLOTS)
		return NULL;
	give_stack(i);
	return &slots->now[i];
}

bool slot_enter(struct str body)
{
	if (slots == NULL)
		return true;
	if (is_fatal(body))
		return false;
	if (mine == NULL)
		mine = take_slot();
	if (mine == NULL)
		return true;
	in_hand = body;
	mine->in_use = 1;
	return true;
}

void slot_leave(void)
{
	if (mine != NULL)
		mine->in_use = 0;
}
