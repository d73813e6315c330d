#include "mime/header.h"

struct str head_get(const struct head *head, struct str name)
{
	for (size_t i = 0; i < head->n_fields; i++)
		if (str_ieq(head->fields[i].name, name))
			return head->fields[i].value;
	return (struct str){ NULL, 0 };
}

bool head_has(const struct head *head, struct str name)
{
	return head_count(head, name) > 0;
}

size_t head_count(const struct head *head, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++)
		n += str_ieq(head->fields[i].name, name);
	return n;
}

struct str field_unfold(struct str value, struct arena *arena)
{
	struct str copy;
	char *to;

	value = str_trim(value);
	if (str_chr(value, '\n') == STR_NONE && str_chr(value, '\r') == STR_NONE)
		return value;
	copy = arena_str(arena, value);
	to = (char *)copy.ptr;
	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] != '\n' && copy.ptr[i] != '\r')
			*to++ = copy.ptr[i];
	copy.len = copy.ptr ? (size_t)(to - copy.ptr) : 0;
	return copy;
}
