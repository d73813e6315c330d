#include "form.h"

#include "access.h"
#include "guess.h"

enum { MIB = 1024 * 1024, DEFAULT_MAX_BODY = 10 * MIB };

static const struct conf_key keys[] = {
	CONF_KEY(CONF_T_SECRET, form_conf, token, NULL, CONF_RELOAD,
		 "word that each post must carry, as ?token= or X-Form-Token"),
	CONF_KEY(CONF_T_LIST, form_conf, origins, NULL, CONF_RELOAD,
		 "sites whose pages may post, as https://www.example.com; others get 401"),
	CONF_KEY(CONF_T_STRING, form_conf, honeypot, NULL, CONF_RELOAD | CONF_NORMALIZE,
		 "field that people do not see: whoever fills it in is a robot, answered like "
		 "anyone, journalled and filtered. Without it _gotcha, _honey, honeypot, bot-field "
		 "and hp_… count as such"),
	CONF_KEY(CONF_T_RATE, form_conf, rate_limit, NULL, CONF_RELOAD,
		 "most posts from one address; beyond it the answer is 429"),
	CONF_KEY(CONF_T_STRING, form_conf, redirect_to, NULL, CONF_RELOAD,
		 "page to send the browser to (303) once the post is stored"),
	CONF_KEY(CONF_T_MAP, form_conf, map, NULL, CONF_RELOAD | CONF_NORMALIZE,
		 "which of the form's fields is what: name, email, phone, text, subject, company, "
		 "page_url, submitted_at or id, each with a field or a list of them. What is not "
		 "mapped is guessed from the usual names"),
	CONF_KEY_RANGE(CONF_T_SIZE, form_conf, max_body, "10MiB", CONF_RELOAD,
		       1024, 64 * MIB, "largest post, files included"),
	{ 0 },
};

static bool check_redirect(const char *url, struct err *err)
{
	struct str s = str_from(url);

	if (!str_istarts(s, STR("https://")) && !str_istarts(s, STR("http://")) &&
	    !str_starts(s, STR("/")))
		return err_setf(err, ERR_CONF, "redirect_to: \"%s\" is not an address "
				"(https://… or /…)", url);
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return err_setf(err, ERR_CONF, "redirect_to: a blank or control character "
					"in the address (byte %zu)", i);
	return true;
}

static bool check_origin(struct str s, struct err *err)
{
	size_t host = str_istarts(s, STR("https://")) ? 8 : str_istarts(s, STR("http://")) ? 7 : 0;

	if (str_ends(s, STR("/")))
		s.len--;
	if (host == 0 || s.len <= host || str_chr(str_sub(s, host, s.len), '/') != STR_NONE)
		return err_setf(err, ERR_CONF, "origins: \"" STR_FMT "\" is not an origin (scheme and "
				"host alone, as https://www.example.com)", STR_ARG(s));
	return true;
}

static bool check(const void *conf, struct err *err)
{
	const struct form_conf *cf = conf;

	if (cf->token != NULL && secret_bytes(cf->token).len == 0)
		return err_setf(err, ERR_CONF, "token is empty");
	if (cf->redirect_to != NULL && !check_redirect(cf->redirect_to, err))
		return false;
	for (size_t i = 0; i < cf->origins.n_items; i++)
		if (!check_origin(str_from(cf->origins.items[i]), err))
			return false;
	for (size_t i = 0; i < cf->map.n_entries; i++)
		if (meaning_from(str_from(cf->map.entries[i].name)) == MEANING_NONE)
			return err_setf(err, ERR_CONF, "map: \"%s\" is not one of name, email, phone, "
					"text, subject, company, page_url, submitted_at, id",
					cf->map.entries[i].name);
	return true;
}

static const char *warn(const void *conf)
{
	const struct form_conf *cf = conf;

	return cf->token == NULL && cf->origins.n_items == 0 ?
		"anyone may post: neither token nor origins" : NULL;
}

static size_t max_body(const void *conf)
{
	const struct form_conf *cf = conf;

	return cf->max_body > 0 ? (size_t)cf->max_body : DEFAULT_MAX_BODY;
}

static struct conf_rate limit(const void *conf)
{
	const struct form_conf *cf = conf;

	return cf->rate_limit;
}

static const struct route routes[] = {
	{ .method = "POST", .max_body = DEFAULT_MAX_BODY, .max_body_of = max_body,
	  .verify = form_verify, .thanks = form_thanks, .limit = limit,
	  .delivery_id = form_delivery_id },
	{ .method = "OPTIONS", .max_body = 0, .answer = form_preflight },
	{ 0 },
};

const struct connector connector_form = {
	.api = CONNECTOR_API, .name = "form",
	.summary = "Website forms: urlencoded, multipart with files, or JSON",
	.conf_size = sizeof(struct form_conf), .keys = keys, .check = check, .warn = warn,
	.routes = routes, .repeat_window_us = INT64_C(60) * 1000 * 1000,
	.normalize = form_normalize, .is_hostile = true,
};
