#include "details.h"

#include "base/json.h"

struct str details_first(const struct post *post, enum meaning meaning)
{
	for (size_t i = 0; i < post->n_fields; i++)
		if (post->fields[i].meaning == meaning && post->fields[i].value.len > 0)
			return str_trim(post->fields[i].value);
	return (struct str){ NULL, 0 };
}

struct str details_page_url(const struct post *post, const struct raw *raw)
{
	struct str page = details_first(post, MEANING_PAGE_URL);

	return page.len > 0 ? page : text_clean(post->arena, raw_meta(raw, STR("referer")), false);
}

static void put_text(struct json_writer *w, const char *name, struct str s)
{
	if (s.len > 0)
		json_member(w, name, s);
}

/* A name once, where it came first; several values are a list. */
static void put_fields(struct json_writer *w, const struct post *post, enum meaning only)
{
	for (size_t i = 0; i < post->n_fields; i++) {
		const struct field *f = &post->fields[i];
		bool is_first = true;
		size_t n = 0;

		if (only != MEANING_NONE && f->meaning != only)
			continue;
		for (size_t k = 0; k < i && is_first; k++)
			is_first = !str_eq(post->fields[k].name, f->name);
		for (size_t k = i; is_first && k < post->n_fields; k++)
			n += str_eq(post->fields[k].name, f->name);
		if (!is_first)
			continue;
		json_name_str(w, f->name);
		if (n > 1)
			json_open(w, '[');
		for (size_t k = i; k < post->n_fields; k++)
			if (str_eq(post->fields[k].name, f->name))
				json_str_value(w, post->fields[k].value);
		if (n > 1)
			json_close(w, ']');
	}
}

/* An explicit field beats the page's address. */
static struct str campaign_value(const struct post *post, struct str query, const char *name,
				 const char *key)
{
	struct str pair, value = { NULL, 0 };

	for (size_t i = 0; i < post->n_fields; i++)
		if (post->fields[i].value.len > 0 && str_eq(post->fields[i].key, str_from(key)))
			return post->fields[i].value;
	while (value.len == 0 && str_next(&query, '&', &pair)) {
		size_t equals = str_chr(pair, '=');

		if (equals != STR_NONE && str_eq(str_sub(pair, 0, equals), str_from(name)))
			value = percent_decode(post->arena, str_sub(pair, equals + 1, pair.len), true);
	}
	return text_clean(post->arena, value, false);
}

static void put_campaign(struct json_writer *w, const struct post *post, struct str page_url)
{
	static const char *const utm[][3] = {
		{ "source", "utm_source", "utmsource" }, { "medium", "utm_medium", "utmmedium" },
		{ "campaign", "utm_campaign", "utmcampaign" }, { "term", "utm_term", "utmterm" },
		{ "content", "utm_content", "utmcontent" },
	};
	static const char *const clicks[] = {
		"gclid", "fbclid", "msclkid", "ttclid", "gbraid", "wbraid",
	};
	size_t question = str_chr(page_url, '?'), hash = str_chr(page_url, '#');
	struct str query = { NULL, 0 }, value;
	bool is_open = false;

	if (question != STR_NONE && question < hash)
		query = str_sub(str_sub(page_url, 0, hash), question + 1, page_url.len);
	for (size_t i = 0; i < sizeof(utm) / sizeof(*utm); i++) {
		value = campaign_value(post, query, utm[i][1], utm[i][2]);
		if (value.len == 0)
			continue;
		if (!is_open) {
			json_name(w, "utm");
			json_open(w, '{');
			is_open = true;
		}
		json_member(w, utm[i][0], value);
	}
	if (is_open)
		json_close(w, '}');
	for (size_t i = 0; i < sizeof(clicks) / sizeof(*clicks); i++)
		put_text(w, clicks[i], campaign_value(post, query, clicks[i], clicks[i]));
}

static void put_meta(struct json_writer *w, const char *name, const struct raw *raw,
		     const char *key)
{
	put_text(w, name, raw_meta(raw, str_from(key)));
}

struct str details_json(const struct post *post, const struct raw *raw, struct str page_url)
{
	struct json_writer w;
	struct str json;
	struct buf out;

	buf_init(&out, post_text_room(raw));
	json_begin(&w, &out);
	json_open(&w, '{');
	json_name(&w, "fields");
	json_open(&w, '{');
	put_fields(&w, post, MEANING_NONE);
	json_close(&w, '}');
	put_text(&w, "form_id", details_first(post, MEANING_FORM_ID));
	put_text(&w, "form_name", details_first(post, MEANING_FORM_NAME));
	put_text(&w, "company", details_first(post, MEANING_COMPANY));
	put_text(&w, "page_url", page_url);
	put_campaign(&w, post, page_url);
	if (details_first(post, MEANING_CONSENT).len > 0) {
		json_name(&w, "consent");
		json_open(&w, '{');
		put_fields(&w, post, MEANING_CONSENT);
		json_close(&w, '}');
	}
	put_meta(&w, "ip", raw, "peer");
	put_meta(&w, "user_agent", raw, "user-agent");
	put_meta(&w, "referer", raw, "referer");
	put_meta(&w, "origin", raw, "origin");
	json_close(&w, '}');
	json = arena_str(post->arena, buf_str(&out));
	buf_finish(&out);
	return json;
}
