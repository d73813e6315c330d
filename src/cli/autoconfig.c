#include "cli/autoconfig.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* ---- a little XML ---- */

static void without_comments(struct str xml, struct buf *out)
{
	for (;;) {
		size_t begin = str_find(xml, STR("<!--")), end;

		buf_add(out, str_sub(xml, 0, begin));
		if (begin == STR_NONE)
			return;
		xml = str_sub(xml, begin + 4, SIZE_MAX);
		end = str_find(xml, STR("-->"));
		if (end == STR_NONE)
			return;
		xml = str_sub(xml, end + 3, SIZE_MAX);
	}
}

/* What stands before the needle, and *rest behind it. */
static bool take_until(struct str *rest, struct str needle, struct str *before)
{
	size_t at = str_find(*rest, needle);

	if (at == STR_NONE)
		return false;
	*before = str_sub(*rest, 0, at);
	*rest = str_sub(*rest, at + needle.len, SIZE_MAX);
	return true;
}

/* The text of <name>…</name>; empty when there is none. */
static struct str child(struct str element, struct str name)
{
	struct str before, rest = element, text = { NULL, 0 };

	while (take_until(&rest, STR("<"), &before)) {
		if (!str_starts(rest, name) || !str_starts(str_sub(rest, name.len, 1), STR(">")))
			continue;
		rest = str_sub(rest, name.len + 1, SIZE_MAX);
		if (take_until(&rest, STR("<"), &text))
			return str_trim(text);
	}
	return (struct str){ NULL, 0 };
}

static bool is_imap(struct str attributes)
{
	return str_find(attributes, STR("type=\"imap\"")) != STR_NONE ||
	       str_find(attributes, STR("type='imap'")) != STR_NONE;
}

/* ---- one server ---- */

/* With %EMAILADDRESS% and its like in place; false when it does not fit, is empty, or is no C string. */
static bool expand(struct str text, struct str address, char *out, size_t size)
{
	size_t at = str_rchr(address, '@');
	const struct {
		struct str name, value;
	} words[] = {
		{ STR("%EMAILADDRESS%"), address },
		{ STR("%EMAILLOCALPART%"), str_sub(address, 0, at) },
		{ STR("%EMAILDOMAIN%"), str_sub(address, at + 1, SIZE_MAX) },
	};
	struct buf b;
	bool fits;

	buf_init(&b, size - 1);
	while (text.len > 0) {
		size_t step = 1;
		struct str piece = str_sub(text, 0, 1);

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (str_starts(text, words[i].name)) {
				step = words[i].name.len;
				piece = words[i].value;
			}
		buf_add(&b, piece);
		text = str_sub(text, step, SIZE_MAX);
	}
	fits = !buf_is_exceeded(&b) && b.len > 0 && str_chr(buf_str(&b), '\0') == STR_NONE;
	if (fits)
		snprintf(out, size, "%s", b.ptr);
	buf_finish(&b);
	return fits;
}

static bool has_only(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(allowed, s.ptr[i]) == NULL)
			return false;
	return s.len > 0;
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return str_is_utf8(s);
}

static bool read_server(struct str element, struct str address, struct autoconfig *out)
{
	struct str type = child(element, STR("socketType")), user = child(element, STR("username"));
	struct autoconfig found = { .is_starttls = str_eq(type, STR("STARTTLS")) };
	int64_t port = 0;

	if (!found.is_starttls && !str_eq(type, STR("SSL")))
		return false;
	if (!str_int64(child(element, STR("port")), &port) || port < 1 || port > 65535)
		return false;
	found.port = (unsigned)port;
	if (!expand(child(element, STR("hostname")), address, found.host, sizeof(found.host)) ||
	    !has_only(str_from(found.host), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"))
		return false;
	if (!expand(user.len > 0 ? user : address, address, found.user, sizeof(found.user)) ||
	    !is_printable(str_from(found.user)))
		return false;
	*out = found;
	return true;
}

bool autoconfig_read(struct str xml, struct str address, struct autoconfig *out)
{
	struct autoconfig found, best = { .port = 0 };
	struct str rest, ignored, attributes, element;
	struct buf plain;

	buf_init(&plain, AUTOCONFIG_MAX_BYTES + 1);
	without_comments(xml, &plain);
	rest = buf_str(&plain);
	while (take_until(&rest, STR("<incomingServer"), &ignored) && take_until(&rest, STR(">"), &attributes) &&
	       take_until(&rest, STR("</incomingServer>"), &element)) {
		if (!is_imap(attributes) || !read_server(element, address, &found))
			continue;
		if (best.port == 0 || (best.is_starttls && !found.is_starttls))
			best = found;
	}
	buf_finish(&plain);
	if (best.port != 0)
		*out = best;
	return best.port != 0;
}
