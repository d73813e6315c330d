#include "sandbox/verdict.h"

#include <daybook/err.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "sandbox/jail.h"

const char *parse_end_name(enum parse_end end)
{
	static const char *const names[PARSE_ENDS] = {
		[PARSE_ANSWERED] = "answered", [PARSE_NO_PARSER] = "no_parser",
		[PARSE_REFUSED] = "refused", [PARSE_KILLED] = "killed",
		[PARSE_FORBIDDEN] = "forbidden", [PARSE_EXITED] = "exited",
		[PARSE_MEMORY] = "memory", [PARSE_TIMEOUT] = "timeout",
		[PARSE_NONSENSE] = "nonsense",
	};

	return (unsigned)end < PARSE_ENDS ? names[end] : "unknown";
}

#define SAY(v_, end_, ...) \
	((v_)->end = (end_), (void)snprintf((v_)->text, sizeof((v_)->text), __VA_ARGS__))

static void from_signal(struct parse_verdict *v, int number)
{
	const char *name = sigabbrev_np(number);

	v->signal = number;
	if (number == SIGSYS)
		SAY(v, PARSE_FORBIDDEN, "the parser called a forbidden system function");
	else if (number == SIGXCPU)
		SAY(v, PARSE_TIMEOUT, "the parser used more than %d s of CPU", JAIL_CPU_S);
	else if (number == SIGKILL)
		SAY(v, PARSE_KILLED, "the parser was killed from outside (SIGKILL), perhaps for want "
				     "of memory");
	else if (name != NULL)
		SAY(v, PARSE_KILLED, "the parser was killed by SIG%s", name);
	else
		SAY(v, PARSE_KILLED, "the parser was killed by signal %d", number);
}

void verdict_from_status(struct parse_verdict *v, int status)
{
	if (WIFSIGNALED(status)) {
		from_signal(v, WTERMSIG(status));
		return;
	}
	v->exit_code = WEXITSTATUS(status);
	if (v->exit_code == JAIL_EXIT_MEMORY)
		SAY(v, PARSE_MEMORY, "the parser ran out of memory (%d MiB)", JAIL_MEMORY_MB);
	else
		SAY(v, PARSE_EXITED, "the parser ended by itself (exit code %d)", v->exit_code);
}

void verdict_timeout(struct parse_verdict *v, int64_t timeout_us)
{
	if (timeout_us % US_PER_S == 0)
		SAY(v, PARSE_TIMEOUT, "the parser took longer than %" PRId64 " s",
		    timeout_us / US_PER_S);
	else
		SAY(v, PARSE_TIMEOUT, "the parser took longer than %" PRId64 " ms",
		    timeout_us / US_PER_MS);
}

void verdict_nonsense(struct parse_verdict *v, const char *what)
{
	SAY(v, PARSE_NONSENSE, "the parser answered nonsense: %s", what);
}

bool verdict_give_up(const struct parse_verdict *first, const struct parse_verdict *second,
		     struct err *err)
{
	bool is_limit = second->end == PARSE_MEMORY || second->end == PARSE_TIMEOUT;
	enum err_kind kind = is_limit ? ERR_LIMIT : ERR_INPUT;

	if (strcmp(first->text, second->text) == 0)
		return err_setf(err, kind, "%s, twice", second->text);
	return err_setf(err, kind, "%s; the first time, %s", second->text, first->text);
}
