#include "form.h"

#include "access.h"
#include "guess.h"

enum { DEFAULT_MAX_BODY = 10 << 20 };	/* when no options were read */

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
	.conf_size = sizeof(struct form_conf), .keys = form_keys, .check = check, .warn = warn,
	.routes = routes, .repeat_window_us = INT64_C(60) * 1000 * 1000,
	.is_hostile = true, .mapping = FORM_MAPPING,
};
