#include "cli/import_window.h"

#include <stdlib.h>

#include "base/mem.h"

enum { WINDOW = 512 };

static struct import_entry *entry_at(struct import_window *w, uint64_t serial)
{
	return &w->entries[serial % WINDOW];
}

void import_window_init(struct import_window *w)
{
	*w = (struct import_window){ .entries = xcalloc(WINDOW, sizeof(*w->entries)) };
}

void import_window_finish(struct import_window *w)
{
	for (; w->first < w->next; w->first++)
		import_mail_clear(&entry_at(w, w->first)->mail);
	free(w->entries);
	free(w->mark);
}

struct import_entry *import_window_place(struct import_window *w)
{
	struct import_entry *e = entry_at(w, w->next);

	if (w->next - w->first == WINDOW)
		return NULL;
	*e = (struct import_entry){ .state = ENTRY_WAITING };
	return e;
}

void import_window_add(struct import_window *w)
{
	w->next++;
	w->n_waiting++;
}

struct import_entry *import_window_waiting(struct import_window *w)
{
	for (uint64_t i = w->first; w->n_waiting > 0 && i < w->next; i++)
		if (entry_at(w, i)->state == ENTRY_WAITING)
			return entry_at(w, i);
	return NULL;
}

void import_window_launch(struct import_window *w, struct import_entry *e)
{
	e->state = ENTRY_FLYING;
	w->n_waiting--;
	w->n_flying++;
	w->flying_bytes += e->mail.n_bytes;
}

void import_window_land(struct import_window *w, struct import_entry *e)
{
	e->state = ENTRY_WAITING;
	w->n_waiting++;
	w->n_flying--;
	w->flying_bytes -= e->mail.n_bytes;
}

/* Moves the beginning of the window over all that is done. */
static void advance(struct import_window *w)
{
	while (w->first < w->next && entry_at(w, w->first)->state == ENTRY_DONE) {
		struct import_mail *mail = &entry_at(w, w->first++)->mail;

		free(w->mark);
		w->mark = mail->mark;
		mail->mark = NULL;
		import_mail_clear(mail);
	}
}

void import_window_settle(struct import_window *w, struct import_entry *e)
{
	e->state = ENTRY_DONE;
	w->n_waiting--;
	free(e->mail.bytes);
	e->mail.bytes = NULL;
	advance(w);
}
