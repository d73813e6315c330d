#include "mime/notice_line.h"

static bool is_digit(struct str s, size_t i)
{
	return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

static size_t digits_length(struct str s, size_t at)
{
	size_t n = 0;

	while (is_digit(s, at + n))
		n++;
	return n;
}

/* Length of "5.1.1" at `at`, 0 when there is none; 192.0.2.1 is none. */
static size_t status_length(struct str s, size_t at)
{
	size_t subject, detail;

	if (s.ptr[at] != '2' && s.ptr[at] != '4' && s.ptr[at] != '5')
		return 0;
	if (at > 0 && (is_digit(s, at - 1) || s.ptr[at - 1] == '.'))
		return 0;
	if (str_sub(s, at + 1, 1).len == 0 || s.ptr[at + 1] != '.')
		return 0;
	subject = digits_length(s, at + 2);
	if (subject < 1 || subject > 3 || at + 2 + subject >= s.len || s.ptr[at + 2 + subject] != '.')
		return 0;
	detail = digits_length(s, at + 3 + subject);
	if (detail < 1 || detail > 3)
		return 0;
	at += 3 + subject + detail;
	if (at + 1 < s.len && s.ptr[at] == '.' && is_digit(s, at + 1))
		return 0;
	return 3 + subject + detail;
}

struct str line_status(struct str line)
{
	size_t n;

	for (size_t i = 0; i < line.len; i++)
		if ((n = status_length(line, i)) > 0)
			return str_sub(line, i, n);
	return (struct str){ NULL, 0 };
}

bool line_has_reply_code(struct str line)
{
	for (size_t i = 0; i + 3 <= line.len; i++) {
		bool is_start = i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '#' || line.ptr[i - 1] == ';';
		bool is_end = i + 3 == line.len || line.ptr[i + 3] == ' ' || line.ptr[i + 3] == '-';

		if (is_start && is_end && (line.ptr[i] == '4' || line.ptr[i] == '5') && digits_length(line, i) == 3)
			return true;
	}
	return false;
}

static bool is_of_address(char c)
{
	return (unsigned char)c > ' ' && c != '<' && c != '>' && c != '(' && c != ')' && c != ':' && c != ',' &&
	       c != ';' && c != '"';
}

struct str line_address(struct str line, struct str *rest)
{
	bool is_bracketed = line.len > 0 && line.ptr[0] == '<';
	size_t from = is_bracketed, n = 0, at;
	struct str addr;

	while (from + n < line.len && is_of_address(line.ptr[from + n]))
		n++;
	addr = str_sub(line, from, n);
	*rest = str_sub(line, from + n + is_bracketed, line.len);
	at = str_rchr(addr, '@');
	if (at == STR_NONE || at == 0 || str_chr(str_sub(addr, at, n), '.') == STR_NONE ||
	    (is_bracketed && str_sub(line, from + n, 1).len == 0))
		return (struct str){ NULL, 0 };
	if (rest->len > 0 && rest->ptr[0] == ':')
		*rest = str_trim(str_sub(*rest, 1, rest->len));
	else if (str_istarts(*rest, STR("<mailto:")))
		*rest = str_sub(*rest, rest->len, 0);
	else if (str_trim(*rest).len > 0)
		return (struct str){ NULL, 0 };
	return addr;
}
