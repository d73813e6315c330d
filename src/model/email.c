#include "model/email.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/quote.h"

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void add_lower(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_addc(out, lower(s.ptr[i]));
}

/* Spaces, separators, controls, invisible marks, and what is no character at all. */
static bool is_unseen(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_CN || category >= UTF8PROC_CATEGORY_ZS;
}

/* ---- local part ---- */

/* One pass of NFC and lower case; NULL when it cannot be done. The caller frees. */
static char *fold_utf8(struct str s)
{
	utf8proc_uint8_t *nfc = NULL, *again = NULL;
	utf8proc_int32_t c;
	struct buf lowered;

	buf_init(&lowered, EMAIL_MAX * 6);
	if (utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &nfc,
			 UTF8PROC_STABLE | UTF8PROC_COMPOSE) < 0)
		return NULL;
	for (utf8proc_uint8_t *p = nfc; *p != 0;) {
		utf8proc_uint8_t bytes[4];

		p += utf8proc_iterate(p, -1, &c);
		buf_add(&lowered, (struct str){ (char *)bytes, (size_t)utf8proc_encode_char(
							utf8proc_tolower(c), bytes) });
	}
	free(nfc);
	if (lowered.len > 0 && !buf_is_exceeded(&lowered))
		utf8proc_map((const utf8proc_uint8_t *)lowered.ptr,
			     (utf8proc_ssize_t)lowered.len, &again,
			     UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	buf_finish(&lowered);
	return (char *)again;
}

/* Composition after lowering may give a letter that lowers again, hence the second round; what is
 * not at rest then is no address anybody has. */
static bool add_local_utf8(struct buf *out, struct str local)
{
	auto_free char *once = fold_utf8(local);
	auto_free char *twice = once ? fold_utf8(str_from(once)) : NULL;
	auto_free char *thrice = twice ? fold_utf8(str_from(twice)) : NULL;

	if (thrice == NULL || strcmp(twice, thrice) != 0)
		return false;
	buf_add(out, str_from(twice));
	return true;
}

/* RFC 5322 atext, dots anywhere (some providers give such), and what lies beyond ASCII. */
static bool is_dot_atom(struct str s)
{
	utf8proc_int32_t c;

	for (size_t i = 0; i < s.len;) {
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
						      (utf8proc_ssize_t)(s.len - i), &c);

		if (n <= 0 || is_unseen(c))
			return false;
		if (c < 0x80 && str_chr(STR("()<>[]:;@\\,\""), (char)c) != STR_NONE)
			return false;
		i += (size_t)n;
	}
	return s.len > 0;
}

static bool has_unseen(struct str s)
{
	utf8proc_int32_t c;

	for (size_t i = 0; i < s.len;) {
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
						      (utf8proc_ssize_t)(s.len - i), &c);

		if (n <= 0 || (c != ' ' && is_unseen(c)))
			return true;
		i += (size_t)n;
	}
	return false;
}

/* The content of "…" without backslashes; false when it is not one quoted string. */
static bool unquote_local(struct str s, struct buf *content)
{
	if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < s.len; i++) {
		if (s.ptr[i] == '"')
			return false;
		if (s.ptr[i] == '\\' && ++i + 1 >= s.len)
			return false;
		buf_addc(content, s.ptr[i]);
	}
	return content->len > 0 && !has_unseen(buf_str(content));
}

static bool add_folded(struct buf *out, struct str s)
{
	if (!is_ascii(s))
		return add_local_utf8(out, s);
	add_lower(out, s);
	return true;
}

static void add_quoted(struct buf *out, struct str s)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, s.ptr[i]);
	}
	buf_addc(out, '"');
}

/* What NFC makes of it decides: of a Greek question mark a ";", which has to be quoted. */
static bool add_local(struct buf *out, struct str local)
{
	bool is_quoted = !is_dot_atom(local), is_good;
	struct buf content, folded;

	buf_init(&content, EMAIL_MAX);
	buf_init(&folded, EMAIL_MAX * 6);
	is_good = (!is_quoted || unquote_local(local, &content)) &&
		  add_folded(&folded, is_quoted ? buf_str(&content) : local);
	if (is_good && is_dot_atom(buf_str(&folded)))
		buf_add(out, buf_str(&folded));
	else if (is_good && is_quoted)
		add_quoted(out, buf_str(&folded));
	else
		is_good = false;
	buf_finish(&content);
	buf_finish(&folded);
	return is_good;
}

/* ---- domain ---- */

static bool is_label(struct str s)
{
	if (s.len == 0 || s.len > 63)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = lower(s.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool is_ascii_domain(struct str domain)
{
	struct str rest = domain, label;

	if (domain.len == 0 || domain.len > 253 || domain.ptr[domain.len - 1] == '.')
		return false;
	while (str_next(&rest, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}

/* [192.0.2.1], [IPv6:2001:db8::1] */
static bool is_literal(struct str s)
{
	if (s.len < 4 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.len; i++) {
		char c = lower(s.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != ':' &&
		    c != '-')
			return false;
	}
	return true;
}

static bool add_domain(struct buf *out, struct str domain)
{
	auto_free char *given = NULL;
	uint8_t *ascii = NULL;
	bool is_good;

	if (is_ascii(domain)) {
		if (!is_ascii_domain(domain) && !is_literal(domain))
			return false;
		add_lower(out, domain);
		return true;
	}
	given = xstrndup(domain.ptr, domain.len);
	if (idn2_lookup_u8((const uint8_t *)given, &ascii,
			   IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	/* A full-width character may have become any ASCII one. */
	is_good = is_ascii_domain(str_from((char *)ascii));
	if (is_good)
		add_lower(out, str_from((char *)ascii));
	idn2_free(ascii);
	return is_good;
}

/* ---- the whole ---- */

/* Bytes of the character at the front when nobody sees it, else 0; the same at the end. */
static size_t unseen_front(struct str s)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = 0;

	if (s.len > 0)
		n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &c);
	return n > 0 && is_unseen(c) ? (size_t)n : 0;
}

static size_t unseen_end(struct str s)
{
	size_t from = s.len;
	struct str last;

	while (from > 0 && ((unsigned char)s.ptr[from - 1] & 0xc0) == 0x80)
		from--;
	last = str_sub(s, from ? from - 1 : 0, s.len);
	return unseen_front(last) == last.len ? last.len : 0;
}

/* Also without the no-break and zero-width spaces that come along when text is pasted. */
static struct str trim_unseen(struct str s)
{
	size_t n;

	while ((n = unseen_front(s)) > 0)
		s = str_sub(s, n, s.len);
	while ((n = unseen_end(s)) > 0)
		s.len -= n;
	return s;
}

static struct str bare(struct str text)
{
	struct str s = trim_unseen(text);
	size_t open;

	if (str_istarts(s, STR("mailto:")))
		s = str_sub(s, 7, s.len);
	open = str_rchr(s, '<');
	if (open != STR_NONE && str_ends(s, STR(">")))
		s = trim_unseen(str_sub(s, open + 1, s.len - open - 2));
	if (str_ends(s, STR(".")))
		s.len--;
	return s;
}

static bool refuse(struct str text, const char *why, struct err *err)
{
	char shown[QUOTE_SIZE];

	return err_setf(err, ERR_INPUT, "\"%s\" is not an e-mail address: %s",
			quote(str_trim(text), shown), why);
}

static bool read_address(struct str text, struct str s, struct buf *out, struct err *err)
{
	size_t at = str_rchr(s, '@');

	if (s.len == 0)
		return refuse(text, "it is empty", err);
	if (s.len > EMAIL_MAX)
		return refuse(text, "it is longer than 320 bytes", err);
	if (!str_is_utf8(s))
		return refuse(text, "it is not UTF-8 text", err);
	if (at == STR_NONE)
		return refuse(text, "it has no @", err);
	if (at == 0)
		return refuse(text, "nothing stands before the @", err);
	if (!add_local(out, str_sub(s, 0, at)))
		return refuse(text, "a space or another character before the @ cannot be there",
			      err);
	buf_addc(out, '@');
	if (!add_domain(out, str_sub(s, at + 1, s.len)))
		return refuse(text, "what follows the @ is no domain", err);
	if (buf_is_exceeded(out))
		return refuse(text, "it is longer than 320 bytes", err);
	return true;
}

bool email_canonical(struct str text, struct arena *arena, struct str *out, struct err *err)
{
	struct buf address;
	struct str copy;
	bool is_good;

	buf_init(&address, EMAIL_MAX);
	is_good = read_address(text, bare(text), &address, err);
	copy = is_good ? arena_str(arena, buf_str(&address)) : STR("");
	buf_finish(&address);
	if (!is_good)
		return false;
	if (copy.ptr == NULL)
		return err_setf(err, ERR_LIMIT, "no memory left for this message");
	*out = copy;
	return true;
}

struct str email_local(struct str email)
{
	size_t at = str_rchr(email, '@');

	return str_sub(email, 0, at == STR_NONE ? 0 : at);
}

struct str email_domain(struct str email)
{
	size_t at = str_rchr(email, '@');

	return at == STR_NONE ? STR("") : str_sub(email, at + 1, email.len);
}

struct str email_fold_plus(struct str email, struct arena *arena)
{
	struct str local = email_local(email), domain = email_domain(email);
	size_t plus = str_chr(local, '+');

	if (plus == STR_NONE || plus == 0 || local.ptr[0] == '"')
		return email;
	return arena_strf(arena, STR_FMT "@" STR_FMT, (int)plus, local.ptr, STR_ARG(domain));
}
