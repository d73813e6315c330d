/* Do the webhooks that go out take what is sent? */
#include "base/clock.h"
#include "base/id.h"
#include "cli/doctor.h"
#include "cli/human.h"
#include "store/webhook.h"

struct looked {
	struct doctor *d;
	size_t n_good;
};

static bool look(const struct webhook_row *row, void *arg)
{
	struct looked *l = arg;
	char id[ID_TEXT_SIZE], span[HUMAN_SIZE];

	id_format(row->id, "whk_", id);
	if (row->disabled_us != 0)
		doctor_say(l->d, FINDING_WRONG, "webhook", "mend the receiver, then daybook webhook retry ID, or daybook webhook remove ID",
			   "%s is disabled, nothing is sent to it: " STR_FMT, id, STR_ARG(row->error));
	else if (row->failures > 0)
		doctor_say(l->d, FINDING_WARNING, "webhook", "daybook webhook deliveries ID", "%s has taken nothing for %s: " STR_FMT, id,
			   human_span(clock_wall_us() - row->failing_since_us, span), STR_ARG(row->error));
	else
		l->n_good++;
	return true;
}

void doctor_check_webhooks(struct doctor *d)
{
	struct looked l = { .d = d };
	struct err err;

	if (d->store == NULL)
		return;
	if (!store_each_webhook(d->store, look, &l, &err))
		doctor_say(d, FINDING_WRONG, "webhook", "daybook webhook list", "they cannot be read: %s", err.msg);
	else if (l.n_good > 0)
		doctor_say(d, FINDING_OK, "webhook", NULL, "%zu take what is sent", l.n_good);
}
