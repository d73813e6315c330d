#include "model/authentication.h"

#include "model/own.h"

/* Comments may hold ";" and "=", and so may what is quoted: the local part of the sender's address, which is his to choose.
 * One that is never closed is none, or a sender could hide what stands behind it. */
static struct str plain_text(struct str header, struct arena *arena)
{
	size_t n = 0, depth = 0;
	char *out = arena_alloc(arena, header.len + 1);
	bool is_quoted = false;

	for (size_t i = 0; out != NULL && i < header.len; i++) {
		char c = header.ptr[i];

		if (c == '\\' && (is_quoted || depth > 0))
			i++;
		else if (c == '"' && depth == 0)
			is_quoted = !is_quoted;
		else if (c == '(' && !is_quoted)
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !is_quoted)
			out[n++] = c;
	}
	return out == NULL || depth > 0 || is_quoted ? header : (struct str){ out, n };
}

static struct str first_word(struct str s)
{
	size_t n = 0;

	s = str_trim(s);
	while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t' && s.ptr[n] != ';')
		n++;
	return str_sub(s, 0, n);
}

/* "dmarc=fail policy…": is it this method's, and what is the result? */
static bool result_of(struct str info, const char *method, struct str *result)
{
	struct str name = str_from(method);

	info = str_trim(info);
	if (!str_istarts(info, name) || info.len <= name.len || info.ptr[name.len] != '=')
		return false;
	*result = first_word(str_sub(info, name.len + 1, info.len));
	return true;
}

/* DMARC has the last word where it was asked; else SPF, unless a signature vouches for the mail. */
bool authentication_disproves(struct str header, const struct own *own, struct arena *arena, struct str *why)
{
	struct str dmarc = { NULL, 0 }, spf = { NULL, 0 }, server, info, result;
	bool is_signed = false;

	header = plain_text(header, arena);
	server = first_word(header);
	if (!own_has_server(own, server))
		return false;
	while (str_next(&header, ';', &info)) {
		if (result_of(info, "dmarc", &result))
			dmarc = str_ieq(dmarc, STR("fail")) ? dmarc : result;
		else if (result_of(info, "spf", &result))
			spf = result;
		else if (result_of(info, "dkim", &result))
			is_signed = is_signed || str_ieq(result, STR("pass"));
	}
	if (str_ieq(dmarc, STR("fail")))
		*why = arena_strf(arena, STR_FMT " says dmarc=fail", STR_ARG(server));
	else if (dmarc.len == 0 && !is_signed && str_ieq(spf, STR("fail")))
		*why = arena_strf(arena, STR_FMT " says spf=fail", STR_ARG(server));
	else
		return false;
	return true;
}
