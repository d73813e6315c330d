/* Where each value of a webhook went: the reader behind `daybook connector test --payload`. It looks for the values in
 * what the normalizer made of them, so that it cannot say what is not so. */
#include "base/clock.h"
#include "base/json.h"
#include "whatsapp.h"

enum { MAX_DEPTH = 32, MAX_NODES = 400 * 1000, MAX_FIELDS = 1000, MAX_ITEMS = 50, MAX_PATH = 1000, MAX_USES = 300 };

struct walk {
	const struct interactions *items;
	struct json_writer *w;
	struct buf *path, *use, *quoted;
	size_t n_fields;
};

/* ---- where a value went ---- */

static void add_use(struct walk *k, const char *what, const char *more)
{
	struct str known = buf_str(k->use);

	/* Many events of one webhook have the same sender. */
	if (known.len > 0 && str_find(known, str_from(what)) != STR_NONE)
		return;
	buf_addf(k->use, "%s%s%s", known.len > 0 ? ", " : "", what, more);
}

static void find_in_parties(struct walk *k, const struct interaction *it, struct str value)
{
	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];

		if (str_eq(p->name, value))
			add_use(k, role_name(p->role), "'s name");
		for (size_t n = 0; n < p->n_ids; n++) {
			struct str id = p->ids[n].value;

			if (str_starts(id, STR("+")) && !str_starts(value, STR("+")))
				id = str_sub(id, 1, SIZE_MAX);
			if (str_eq(id, value))
				add_use(k, scheme_name(p->ids[n].scheme), p->role == ROLE_FROM ? " of the sender" :
								      " of the other side");
		}
	}
}

static bool is_time(const struct interaction *it, struct str value)
{
	int64_t s;

	return str_int64(value, &s) && s > 0 &&
	       (s == it->claimed_us / US_PER_S || s == it->occurred_us / US_PER_S);
}

static void find_in_texts(struct walk *k, const struct interaction *it, struct str value)
{
	const struct {
		struct str text;
		const char *what;
	} places[] = {
		{ it->external_id, "id" }, { it->account, "account" }, { it->about, "about" },
		{ it->discriminator, "discriminator" }, { it->subject, "subject" }, { it->text, "text" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (str_eq(places[i].text, value))
			add_use(k, places[i].what, "");
	if (value.len > 2 && !str_eq(it->text, value) && str_find(it->text, value) != STR_NONE)
		add_use(k, "part of the text", "");
	if (is_time(it, value))
		add_use(k, "occurred_at", "");
}

static void find_in_attachments(struct walk *k, const struct interaction *it, struct str value)
{
	for (size_t i = 0; i < it->n_attachments; i++) {
		const struct attachment *a = &it->attachments[i];

		if (str_eq(a->name, value) || str_eq(a->media_type, value) || str_eq(a->sha256, value) ||
		    str_eq(a->remote_id, value))
			add_use(k, "attachment", "");
	}
}

static void find_in_details(struct walk *k, const struct interaction *it, struct str value)
{
	struct json_writer w;

	buf_clear(k->quoted);
	json_begin(&w, k->quoted);
	json_str_value(&w, value);
	if (str_find(it->details, buf_str(k->quoted)) != STR_NONE)
		add_use(k, "details", "");
}

static void find(struct walk *k, struct str value)
{
	buf_clear(k->use);
	for (size_t i = 0; value.len > 0 && i < k->items->n_items && i < MAX_ITEMS; i++) {
		const struct interaction *it = &k->items->items[i];

		find_in_parties(k, it, value);
		find_in_texts(k, it, value);
		find_in_attachments(k, it, value);
		if (k->use->len == 0)
			find_in_details(k, it, value);
	}
}

/* ---- the values ---- */

static void put_leaf(struct walk *k, struct json_object *value)
{
	struct str text = json_scalar(value);

	if (k->n_fields++ >= MAX_FIELDS)
		return;
	find(k, text);
	json_open(k->w, '{');
	json_member(k->w, "name", buf_str(k->path));
	json_member(k->w, "value", text);
	json_member(k->w, "use", buf_str(k->use));
	json_close(k->w, '}');
}

static void walk_value(struct walk *k, struct json_object *value);

static void walk_member(struct str name, struct json_object *value, void *arg)
{
	struct walk *k = arg;
	size_t before = k->path->len;

	if (before > 0)
		buf_addc(k->path, '.');
	buf_add(k->path, str_sub(name, 0, MAX_PATH / MAX_DEPTH));
	walk_value(k, value);
	buf_truncate(k->path, before);
}

/* As deep as json_parse() lets it be. */
static void walk_value(struct walk *k, struct json_object *value)
{
	size_t before = k->path->len;

	switch (json_kind_of(value)) {
	case JSON_OBJECT:
		json_each(value, walk_member, k);
		break;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_count(value) && k->n_fields < MAX_FIELDS; i++) {
			buf_addf(k->path, "[%zu]", i);
			walk_value(k, json_at(value, i));
			buf_truncate(k->path, before);
		}
		break;
	default:
		put_leaf(k, value);
	}
}

static struct str fields_json(struct json_object *root, const struct interactions *items, struct arena *arena,
			      size_t n_body)
{
	struct buf json, path, use, quoted;
	struct json_writer w;
	struct walk k = { .items = items, .w = &w, .path = &path, .use = &use, .quoted = &quoted };
	struct str kept;

	buf_init(&json, 8 * n_body + MAX_FIELDS * (MAX_PATH + MAX_USES));
	buf_init(&path, 8 * MAX_PATH);
	buf_init(&use, MAX_USES);
	buf_init(&quoted, 8 * n_body + MAX_USES);
	json_begin(&w, &json);
	json_open(&w, '{');
	json_name(&w, "fields");
	json_open(&w, '[');
	walk_value(&k, root);
	json_close(&w, ']');
	json_close(&w, '}');
	kept = arena_str(arena, buf_str(&json));
	buf_finish(&quoted);
	buf_finish(&use);
	buf_finish(&path);
	buf_finish(&json);
	return kept;
}

static bool map_fields(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	struct interactions items = { .arena = out->arena, .max_items = out->max_items };
	auto_json struct json_object *root = json_parse(raw->body, MAX_DEPTH, MAX_NODES, err);
	struct interaction *it;

	if (root == NULL || !whatsapp_normalize(conf, raw, &items, err))
		return false;
	it = interactions_add(out);
	if (it == NULL)
		return err_setf(err, ERR_LIMIT, "no room for a list of fields");
	it->details = fields_json(root, &items, out->arena, raw->body.len);
	return true;
}

const struct connector whatsapp_mapping = {
	.api = CONNECTOR_API, .name = WHATSAPP_MAPPING, .conf_size = sizeof(struct whatsapp_conf), .keys = whatsapp_keys,
	.normalize = map_fields,
};
