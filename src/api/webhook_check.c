/* What a webhook may be. */
#include "api/change_json.h"
#include "api/webhook_inside.h"
#include "conf/config.h"

enum { MAX_URL = 2000 };

static bool check_url(const struct config *config, struct str url, struct err *err)
{
	bool is_plain = str_istarts(url, STR("http://"));
	struct str rest = str_sub(url, is_plain ? 7 : 8, STR_NONE);

	if (!is_plain && !str_istarts(url, STR("https://")))
		return err_setf(err, ERR_INPUT, "the address of a webhook begins with https://");
	if (is_plain && config->net_allow.n_items == 0)
		return err_setf(err, ERR_INPUT, "without TLS a webhook is sent only to networks in net_allow; use https://");
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.ptr[i] <= 0x20 || (unsigned char)url.ptr[i] >= 0x7f)
			return err_setf(err, ERR_INPUT, "the address of a webhook is ASCII without blanks");
	rest = str_sub(rest, 0, str_chr(rest, '/'));
	if (str_chr(rest, '@') != STR_NONE)
		return err_setf(err, ERR_INPUT, "the address of a webhook has no name and password; its signature says who sends");
	return (rest.len > 0 && url.len <= MAX_URL) ||
	       err_setf(err, ERR_INPUT, "the address of a webhook names a host, in %d bytes at most", MAX_URL);
}

static bool read_kinds(struct str names, int64_t *kinds, struct err *err)
{
	struct str name;

	*kinds = 0;
	while (str_next(&names, ',', &name)) {
		enum change_kind kind = change_from(str_trim(name));

		if (kind == CHANGE_NONE)
			return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not a kind of change", STR_ARG(str_sub(name, 0, 40)));
		*kinds |= VIEW_CHANGE(kind);
	}
	return true;
}

bool webhook_check(const struct config *config, const struct webhook_wish *wish, int64_t *kinds, struct err *err)
{
	struct powers powers;

	if (!check_url(config, wish->url, err) || !read_kinds(wish->kinds, kinds, err))
		return false;
	if (!role_find(config, wish->role, &powers))
		return err_setf(err, ERR_INPUT, "there is no role \"" STR_FMT "\"; see roles in daybook.yaml(5)",
				STR_ARG(str_sub(wish->role, 0, 60)));
	return wish->staff.len == 0 || role_has_staff(config, wish->staff) ||
	       err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not in staff", STR_ARG(str_sub(wish->staff, 0, 60)));
}
