#include "cli/oauth_answer.h"

#include <stdio.h>
#include <string.h>

/* Decoded into out; false when it does not fit or holds what cannot be part of it. */
static bool decode(struct str text, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i] == '+' ? ' ' : text.ptr[i];

		if (c == '%') {
			int high = i + 2 < text.len ? str_hex_digit(text.ptr[i + 1]) : -1;
			int low = high >= 0 ? str_hex_digit(text.ptr[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (n + 1 >= size || (unsigned char)c < ' ' || c == 0x7f)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static struct str query_of(struct str text)
{
	size_t question = str_chr(text, '?'), hash;

	text = question == STR_NONE ? text : str_sub(text, question + 1, STR_NONE);
	hash = str_chr(text, '#');
	return str_sub(text, 0, hash);
}

bool oauth_answer_read(struct str text, struct oauth_answer *answer, struct err *err)
{
	struct str query = query_of(str_trim(text)), piece;
	char refusal[64] = "";
	bool is_good = true;

	*answer = (struct oauth_answer){ 0 };
	while (str_next(&query, '&', &piece)) {
		size_t eq = str_chr(piece, '=');
		struct str name = str_sub(piece, 0, eq);
		struct str value = eq == STR_NONE ? STR("") : str_sub(piece, eq + 1, STR_NONE);

		if (str_eq(name, STR("state")))
			is_good = decode(value, answer->state, sizeof(answer->state)) && is_good;
		else if (str_eq(name, STR("code")))
			is_good = decode(value, answer->code, sizeof(answer->code)) && is_good;
		else if (str_eq(name, STR("error")) && !decode(value, refusal, sizeof(refusal)))
			snprintf(refusal, sizeof(refusal), "unreadable");
	}
	if (refusal[0] != '\0')
		return err_setf(err, ERR_DENIED, "the provider did not let you in: %s", refusal);
	if (!is_good || answer->code[0] == '\0' || answer->state[0] == '\0')
		return err_setf(err, ERR_INPUT, "that is not the address: it has code=… and state=… in it");
	return true;
}
