/* What a form's fields were taken for: the reader behind `daybook connector test --payload`. */
#include "base/json.h"
#include "form.h"
#include "guess.h"
#include "post.h"

static const char *use_of(const struct field *f, const struct field *trap)
{
	static const char *const uses[MEANING_COUNT] = {
		[MEANING_NAME] = "name", [MEANING_FIRST_NAME] = "name (first)", [MEANING_LAST_NAME] = "name (last)",
		[MEANING_EMAIL] = "email", [MEANING_PHONE] = "phone", [MEANING_TEXT] = "text",
		[MEANING_SUBJECT] = "subject", [MEANING_COMPANY] = "company, and a line of the text",
		[MEANING_PAGE_URL] = "page_url", [MEANING_SUBMITTED_AT] = "submitted_at", [MEANING_ID] = "id",
		[MEANING_WEAK_ID] = "id, as far as it changes", [MEANING_FORM_ID] = "the form's id",
		[MEANING_FORM_NAME] = "the form's name", [MEANING_CONSENT] = "consent",
		[MEANING_CAMPAIGN] = "campaign",
	};

	if (f == trap)
		return "honeypot: the whole post is left out";
	if (str_trim(f->value).len == 0)
		return "";
	if (f->meaning == MEANING_NONE)
		return "a line of the text: no meaning is known for it (map: gives it one)";
	return uses[f->meaning] ? uses[f->meaning] : "";
}

static void put_field(struct json_writer *w, struct str name, struct str value, const char *use)
{
	json_open(w, '{');
	json_member(w, "name", name);
	json_member(w, "value", value);
	json_member(w, "use", str_from(use));
	json_close(w, '}');
}

static void put_fields(struct json_writer *w, const struct post *post, const char *honeypot)
{
	const struct field *trap = guess_honeypot(post, honeypot);

	json_open(w, '{');
	json_name(w, "fields");
	json_open(w, '[');
	for (size_t i = 0; i < post->n_fields; i++)
		put_field(w, post->fields[i].name, post->fields[i].value,
			  use_of(&post->fields[i], trap));
	for (size_t i = 0; i < post->n_files; i++)
		put_field(w, post->files[i].name, post->files[i].media_type, "attachment");
	json_close(w, ']');
	json_close(w, '}');
}

static bool map_fields(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	const struct form_conf *cf = conf;
	struct post post = { .arena = out->arena };
	struct interaction *it;
	struct json_writer w;
	struct buf json;

	if (!post_read(&post, raw, err))
		return false;
	guess_fields(&post, &cf->map);
	it = interactions_add(out);
	if (it == NULL)
		return err_setf(err, ERR_LIMIT, "no room for a list of fields");
	buf_init(&json, 2 * post_text_room(raw));
	json_begin(&w, &json);
	put_fields(&w, &post, cf->honeypot);
	it->details = arena_str(out->arena, buf_str(&json));
	buf_finish(&json);
	return true;
}

const struct connector form_mapping = {
	.api = CONNECTOR_API, .name = FORM_MAPPING, .conf_size = sizeof(struct form_conf), .keys = form_keys,
	.normalize = map_fields,
};
