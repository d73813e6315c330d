/* How the folders of each mailbox stand at this moment, for `daybook status`. Loop thread. */
#include "base/clock.h"
#include "base/json.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/pull.h"
#include "serve/inside.h"

enum { MAX_JSON = 16 << 20 };

static bool put_folder(const struct folder_state *state, void *arg)
{
	struct json_writer *w = arg;

	json_open(w, '{');
	json_member(w, "folder", state->folder);
	json_member_int(w, "uidvalidity", state->uidvalidity);
	json_member_int(w, "messages", state->messages);
	json_member_int(w, "looked_us", state->looked_us);
	json_member_or_null(w, "error", state->error);
	json_close(w, '}');
	return true;
}

void control_folders(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct json_writer w;
	struct buf out;

	(void)body;
	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_name(&w, "connectors");
	json_open(&w, '[');
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next) {
		if (i->pull == NULL)
			continue;
		json_open(&w, '{');
		json_member(&w, "connector", i->source->name);
		json_name(&w, "folders");
		json_open(&w, '[');
		pull_each_folder(i->pull, put_folder, &w);
		json_close(&w, ']');
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}
