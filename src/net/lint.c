#include "net/lint.h"

#include <string.h>

#include "base/mem.h"

#define NOT_HTTP "this port speaks plain HTTP/1.1; for TLS put a proxy in front of it"

static bool refuse(struct lint *out, int status, const char *text)
{
	out->status = status;
	out->text = text;
	return false;
}

static bool is_token_char(unsigned char c)
{
	static const bool is_token[256] = {
		['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
		['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true,
		['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^'] = true,
		['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
	};

	return is_token[c];
}

/* How many bytes at the front of s can stand in a name. */
static size_t token_len(struct str s)
{
	size_t n = 0;

	while (n < s.len && is_token_char((unsigned char)s.ptr[n]))
		n++;
	return n;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Eight bytes at a time: does any of them look like a control character (or a tab)? */
static bool may_have_control(const char *bytes)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t word, del;

	memcpy(&word, bytes, sizeof(word));
	del = word ^ ones * 0x7f;
	return (((word - ones * 0x20) & ~word) | ((del - ones) & ~del)) & ones * 0x80;
}

static bool has_control(struct str s)
{
	size_t i = 0;

	while (i + 8 <= s.len && !may_have_control(s.ptr + i))
		i += 8;
	for (; i < s.len; i++)
		if (is_control(s.ptr[i]))
			return true;
	return false;
}

size_t lint_end(struct str bytes, struct lint_scan *scan, const struct lint_limits *limits,
		struct lint *out)
{
	if (bytes.len > 0 && !is_token_char((unsigned char)bytes.ptr[0])) {
		refuse(out, 400, NOT_HTTP);
		return 0;
	}
	while (scan->seen < bytes.len) {
		const char *nl = memchr(bytes.ptr + scan->seen, '\n', bytes.len - scan->seen);
		size_t end = nl == NULL ? bytes.len : (size_t)(nl - bytes.ptr);

		scan->seen = end;
		if (nl == NULL)
			break;
		if (end == scan->line || bytes.ptr[end - 1] != '\r') {
			refuse(out, 400, "a header line ends in LF alone; end each line with CR LF");
			return 0;
		}
		scan->seen = end + 1;
		if (end - 1 == scan->line && end < limits->max_head)
			return end + 1;
		if (end - 1 == scan->line)
			break;
		scan->line = end + 1;
	}
	if (scan->line == 0 && bytes.len > limits->max_target + 32)
		refuse(out, 414, "the request target is too long; send the data in the body");
	else if (scan->seen > limits->max_head)
		refuse(out, 431, "the header block is too large; send fewer or shorter fields");
	return 0;
}

static bool read_method(struct str method, struct lint *out)
{
	static const char *const known[] = { "GET", "POST", "HEAD", "PUT", "DELETE", "PATCH",
					     "OPTIONS" };

	for (size_t i = 0; i < countof(known); i++) {
		if (str_eq(method, str_from(known[i]))) {
			out->is_head = i == 2;
			return true;
		}
	}
	if (method.len == 0 || token_len(method) < method.len)
		return refuse(out, 400, NOT_HTTP);
	if (!str_eq(method, STR("TRACE")) && !str_eq(method, STR("CONNECT")))
		return refuse(out, 501, "the method is not known here; use GET or POST");
	out->field = "Allow";
	out->value = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";
	return refuse(out, 405, "the method is not allowed here; use GET or POST");
}

static bool read_target(struct str target, const struct lint_limits *limits, struct lint *out)
{
	if (target.len > limits->max_target)
		return refuse(out, 414, "the request target is too long; send the data in the body");
	if (!str_starts(target, STR("/")) || str_starts(target, STR("//")))
		return refuse(out, 400, "the request target must be a path that begins with one /; "
					"this is not a proxy");
	if (has_control(target) || str_chr(target, ' ') != STR_NONE ||
	    str_chr(target, '\t') != STR_NONE)
		return refuse(out, 400, "the request target has blanks or control characters; "
					"percent-encode them");
	return true;
}

static bool read_request_line(struct str line, const struct lint_limits *limits, struct lint *out,
			      bool *is_old)
{
	size_t first = str_chr(line, ' ');
	size_t last = str_rchr(line, ' ');
	struct str version;

	if (first == STR_NONE || first == last)
		return refuse(out, 400, "the first line is not \"METHOD target HTTP/1.1\"");
	version = str_sub(line, last + 1, STR_NONE);
	*is_old = str_eq(version, STR("HTTP/1.0"));
	if (!*is_old && !str_eq(version, STR("HTTP/1.1"))) {
		if (str_starts(version, STR("HTTP/")))
			return refuse(out, 505, "speak HTTP/1.1 or HTTP/1.0");
		return refuse(out, 400, "the first line is not \"METHOD target HTTP/1.1\"");
	}
	return read_method(str_sub(line, 0, first), out) &&
	       read_target(str_sub(line, first + 1, last - first - 1), limits, out);
}

/* What of the fields decides where the request ends and whom it is for. */
struct framing {
	const char *head;
	unsigned n_fields, n_hosts, n_lengths, n_codings;
};

static bool read_length(struct str value, struct lint *out)
{
	uint64_t n = 0;

	if (value.len == 0 || value.len > 12)
		return refuse(out, 400, "Content-Length must be 1 to 12 digits");
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return refuse(out, 400, "Content-Length must be 1 to 12 digits");
		n = n * 10 + (uint64_t)(value.ptr[i] - '0');
	}
	out->length = n;
	return true;
}

static bool read_field(struct str name, struct str value, struct str line, struct framing *f,
		       struct lint *out)
{
	switch (name.len) {
	case 4:
		f->n_hosts += str_ieq(name, STR("Host"));
		return true;
	case 6:
		if (!str_ieq(name, STR("Expect")))
			return true;
		out->expects_continue = str_ieq(value, STR("100-continue"));
		return out->expects_continue ||
		       refuse(out, 417, "Expect can be 100-continue only; leave it out");
	case 14:
		if (!str_ieq(name, STR("Content-Length")))
			return true;
		f->n_lengths++;
		return read_length(value, out);
	case 16:
		if (!str_ieq(name, STR("Content-Encoding")) || str_ieq(value, STR("identity")))
			return true;
		return refuse(out, 415, "compressed bodies are not taken; send the body without "
					"Content-Encoding");
	case 17:
		if (!str_ieq(name, STR("Transfer-Encoding")))
			return true;
		f->n_codings++;
		out->coding_at = (size_t)(line.ptr - f->head);
		out->coding_len = line.len;
		return str_ieq(value, STR("chunked")) ||
		       refuse(out, 400, "Transfer-Encoding can be chunked only");
	default:
		return true;
	}
}

static bool read_line(struct str line, struct framing *f, const struct lint_limits *limits,
		      struct lint *out)
{
	struct str text = str_sub(line, 0, line.len - 2);
	size_t colon = token_len(text);
	struct str value;

	if (++f->n_fields > limits->max_fields)
		return refuse(out, 431, "too many header fields; send fewer");
	if (text.ptr[0] == ' ' || text.ptr[0] == '\t')
		return refuse(out, 400, "a folded header line; write each field on one line");
	if (colon == 0 || colon == text.len || text.ptr[colon] != ':')
		return refuse(out, 400, "a header line is not \"Name: value\", with no blank before "
					"the colon");
	value = str_sub(text, colon + 1, STR_NONE);
	if (has_control(value))		/* before the trim, which takes some of them */
		return refuse(out, 400, "a header value has control characters");
	return read_field(str_sub(text, 0, colon), str_trim(value), line, f, out);
}

void lint_too_large(struct lint *out)
{
	refuse(out, 413, "the body is larger than this server takes (max_body, of http or of the connector)");
}

static bool check_framing(const struct framing *f, bool is_old, const struct lint_limits *limits,
			  struct lint *out)
{
	if (f->n_hosts > 1 || (f->n_hosts == 0 && !is_old))
		return refuse(out, 400, "exactly one Host field is needed");
	if (f->n_lengths > 1 || f->n_codings > 1 || (f->n_lengths > 0 && f->n_codings > 0))
		return refuse(out, 400, "send one Content-Length or one Transfer-Encoding, not both");
	if (f->n_codings > 0 && is_old)
		return refuse(out, 400, "HTTP/1.0 has no Transfer-Encoding; send Content-Length");
	if (out->is_head && (f->n_codings > 0 || out->length > 0))
		return refuse(out, 400, "a HEAD request has no body");
	if (out->length > limits->max_body) {
		lint_too_large(out);
		return false;
	}
	if (f->n_codings > 0)
		out->body = LINT_CHUNKED;
	else if (out->length > 0)
		out->body = LINT_LENGTH;
	return true;
}

bool lint_head(struct str head, const struct lint_limits *limits, struct lint *out)
{
	struct framing f = { .head = head.ptr };
	struct str rest = str_sub(head, 0, head.len - 2);	/* without the empty line */
	bool is_first = true, is_old = false;

	while (rest.len > 0) {
		size_t end = str_chr(rest, '\n') + 1;
		struct str line = str_sub(rest, 0, end);

		if (is_first ? !read_request_line(str_sub(line, 0, end - 2), limits, out, &is_old)
			     : !read_line(line, &f, limits, out))
			return false;
		is_first = false;
		rest = str_sub(rest, end, STR_NONE);
	}
	return check_framing(&f, is_old, limits, out);
}
