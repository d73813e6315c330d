#include "cli/show.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/plain.h"
#include "ingest/rules.h"
#include "ingest/whose.h"
#include "model/interaction_json.h"
#include "model/own.h"
#include "model/parties_json.h"

enum { ROW_ARENA = 64 << 20, MAX_PLAIN = 256 << 20 };

struct attachments {
	struct interaction *it;
	struct arena *arena;
};

static bool take_attachment(size_t n, const struct attachment *a, void *arg)
{
	struct attachments *all = arg;
	struct attachment *copy = interaction_add_attachment(all->it, all->arena);

	(void)n;
	if (copy == NULL)
		return false;
	*copy = (struct attachment){
		.name = arena_str(all->arena, a->name),
		.media_type = arena_str(all->arena, a->media_type),
		.size = a->size, .state = a->state,
		.reason = arena_str(all->arena, a->reason),
		.sha256 = arena_str(all->arena, a->sha256),
		.remote_id = arena_str(all->arena, a->remote_id),
		.content_id = arena_str(all->arena, a->content_id),
	};
	return true;
}

/* The contact is what is known today, not what was known when the message came. */
static bool resolve_party(struct cli *cli, int64_t entry, const struct party *party, struct party_extra *extra,
			  struct err *err)
{
	struct own_hit hit = own_party(cli->rules->own, party);

	if (hit.kind == OWN_STAFF)
		extra->staff = own_staff_name(cli->rules->own, hit.staff);
	return whose_party(cli->store, entry, party, &extra->contact, err);
}

static bool fill(struct cli *cli, const struct interaction_row *row, struct interaction *it,
		 struct interaction_extra *extra, struct arena *arena, struct err *err)
{
	struct party_extra *parties;

	*it = row->it;
	if (!parties_json_parse(row->parties, it, arena, err) ||
	    !store_each_attachment(cli->store, row->id, take_attachment,
				   &(struct attachments){ it, arena }, err))
		return false;
	parties = arena_alloc(arena, it->n_parties * sizeof(*parties));
	for (size_t i = 0; parties != NULL && i < it->n_parties; i++)
		if (!resolve_party(cli, row->id, &it->parties[i], &parties[i], err))
			return false;
	*extra = (struct interaction_extra){
		.id = row->id, .recorded_us = row->recorded_us, .connector = row->connector_name,
		.journal_id = row->journal_id, .normalizer = STR(DAYBOOK_VERSION), .match = row->match,
		.parties = parties,
	};
	return true;
}

bool show_json(struct cli *cli, const struct interaction_row *row, struct buf *out, struct err *err)
{
	struct arena *arena = arena_create(ROW_ARENA);
	struct interaction_extra extra;
	struct interaction it;
	bool ok = fill(cli, row, &it, &extra, arena, err);

	if (ok)
		interaction_json(out, &it, &extra);
	arena_destroy(arena);
	return ok;
}

void show_dead_json(const struct dead_row *row, struct buf *out)
{
	struct arena *arena = arena_create(1 << 20);
	struct interaction it = {
		.channel = row->stub_address.len ? CHANNEL_EMAIL : CHANNEL_NONE,
		.direction = DIRECTION_IN, .kind = KIND_UNSUPPORTED,
		.occurred_us = row->stub_us && row->stub_us < row->received_us ? row->stub_us
									       : row->received_us,
		.claimed_us = row->stub_us, .subject = row->stub_subject, .why = row->reason,
	};
	char id[ID_TEXT_SIZE];
	struct interaction_extra extra = { .connector = row->connector_name,
					   .journal_id = row->journal_id,
					   .dead_letter = str_from(id_format(row->id, "dl_", id)) };
	struct party *from = NULL;

	if (row->stub_address.len > 0)
		from = interaction_add_party(&it, arena, ROLE_FROM, row->stub_name);
	if (from != NULL)
		party_add_identity(from, arena, SCHEME_EMAIL, row->stub_address, STR(""));
	interaction_json(out, &it, &extra);
	arena_destroy(arena);
}

bool show_line(struct buf *out)
{
	struct buf plain;
	bool ok;

	buf_init(&plain, MAX_PLAIN);
	plain_json(&plain, buf_str(out));
	buf_addc(&plain, '\n');
	ok = fwrite(plain.ptr, 1, plain.len, stdout) == plain.len;
	buf_finish(&plain);
	buf_clear(out);
	return ok;
}

void show_time(struct json_writer *w, const char *name, int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	if (time_us == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(clock_format(time_us, text)));
}

void show_id(struct json_writer *w, const char *name, int64_t id, const char *prefix)
{
	char text[ID_TEXT_SIZE];

	if (id == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(id_format(id, prefix, text)));
}

void show_read_folders(struct json_writer *w, struct json_object *folders)
{
	if (folders == NULL) {
		json_member_null(w, "folders");
		return;
	}
	json_name(w, "folders");
	json_open(w, '[');
	for (size_t i = 0; i < json_count(folders); i++) {
		struct json_object *f = json_at(folders, i);
		int64_t uidvalidity = 0, messages = 0, looked_us = 0;

		json_int(json_get(f, "uidvalidity"), &uidvalidity);
		json_int(json_get(f, "messages"), &messages);
		json_int(json_get(f, "looked_us"), &looked_us);
		json_open(w, '{');
		json_member(w, "folder", json_str(f, "folder"));
		json_member_int(w, "uidvalidity", uidvalidity);
		json_member_int(w, "messages", messages);
		show_time(w, "looked_at", looked_us);
		json_member_or_null(w, "error", json_str(f, "error"));
		json_close(w, '}');
	}
	json_close(w, ']');
}

void show_folder(struct json_writer *w, const struct reconcile_row *row)
{
	json_member(w, "folder", row->folder);
	show_time(w, "checked_at", row->checked_us);
	json_member_int(w, "listed", row->listed);
	json_member_int(w, "known", row->known);
	json_member_int(w, "filtered", row->filtered);
	json_member_int(w, "missing", row->missing);
	json_member_int(w, "healed", row->healed);
	json_member_int(w, "vanished", row->vanished);
	json_member_or_null(w, "note", row->note);
	json_member_or_null(w, "error", row->error);
}
