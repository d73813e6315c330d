#include "change.h"

/* What a message of ours has come to. To a group it is one status for each participant. */

static void put_details(struct wa_change *ch, struct interaction *it, struct json_object *s,
			const struct wa_person *who, const char *problem)
{
	struct json_writer w;

	buf_clear(ch->scratch);
	json_begin(&w, ch->scratch);
	json_open(&w, '{');
	json_member(&w, "type", STR("status"));
	wa_put_text(&w, "status", json_str(s, "status"));
	if (who->contact != NULL)
		wa_put_text(&w, "username", who->contact->username);
	if (str_eq(json_str(s, "recipient_type"), STR("group")))
		wa_put_text(&w, "group_id", json_scalar(json_get(s, "recipient_id")));
	wa_put_errors(&w, json_get(s, "errors"));
	wa_put_raw(&w, "biz_opaque_callback_data", json_get(s, "biz_opaque_callback_data"));
	wa_put_raw(&w, "pricing", json_get(s, "pricing"));
	wa_put_raw(&w, "conversation", json_get(s, "conversation"));
	if (problem != NULL)
		json_member(&w, "error", str_from(problem));
	json_close(&w, '}');
	it->details = arena_str(ch->out->arena, buf_str(ch->scratch));
}

bool wa_status(struct wa_change *ch, struct json_object *s, size_t index, struct err *err)
{
	bool is_group = str_eq(json_str(s, "recipient_type"), STR("group"));
	struct str id = json_scalar(json_get(s, "id")), status = json_str(s, "status");
	struct str recipient = json_scalar(json_get(s, "recipient_id"));
	struct str member = json_scalar(json_get(s, "recipient_participant_id"));
	struct str member_bsuid = json_str(s, "recipient_participant_user_id");
	const char *problem = id.len == 0 ? "id is missing" :
			      status.len == 0 ? "status is missing" : NULL;
	struct interaction *it = wa_event(ch, err);
	struct wa_person who;

	if (it == NULL)
		return false;
	who = is_group ? wa_person(ch, member, member_bsuid, (struct str){ NULL, 0 }, index) :
			 wa_person(ch, recipient, json_str(s, "recipient_user_id"),
				   json_str(s, "parent_recipient_user_id"), index);
	it->kind = problem ? KIND_UNSUPPORTED : KIND_STATUS;
	it->direction = DIRECTION_OUT;
	it->why = problem ? str_from(problem) : STR("about a message of ours");
	it->about = wa_text(ch, id);
	it->external_id = problem ? wa_digest(ch, s) :
				    wa_join(ch, it->about, ':', wa_text(ch, status));
	it->discriminator = wa_join(ch, wa_text(ch, status), '|',
				    wa_text(ch, member_bsuid.len > 0 ? member_bsuid : member));
	it->thread = wa_thread(ch, is_group ? recipient : (struct str){ NULL, 0 }, &who);
	it->text = wa_text(ch, json_str(json_at(json_get(s, "errors"), 0), "title"));
	wa_set_time(it, ch->raw, json_get(s, "timestamp"));
	wa_add_ours(ch, it, ROLE_FROM);
	wa_add_person(ch, it, ROLE_TO, &who);
	put_details(ch, it, s, &who, problem);
	return true;
}
