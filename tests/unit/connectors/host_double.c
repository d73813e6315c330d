#include "host_double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"

struct str secret_bytes(const struct secret *secret)
{
	return secret ? secret->bytes : (struct str){ NULL, 0 };
}

bool secret_is(const struct secret *secret, struct str candidate)
{
	struct str s = secret_bytes(secret);

	return s.len > 0 && s.len == candidate.len && crypto_equal(s.ptr, candidate.ptr, s.len);
}

static struct str header_of(struct str headers, struct str name)
{
	struct str rest = headers, line;

	while (str_next(&rest, '\n', &line)) {
		size_t colon = str_chr(line, ':');

		if (colon != STR_NONE && str_ieq(str_sub(line, 0, colon), name))
			return str_trim(str_sub(line, colon + 1, line.len));
	}
	return (struct str){ NULL, 0 };
}

struct str request_header(const struct request *rq, const char *name)
{
	const struct str *headers = rq->headers;

	return headers ? header_of(*headers, str_from(name)) : (struct str){ NULL, 0 };
}

static struct str decoded(struct str s, struct arena *arena)
{
	char *out = arena_alloc(arena, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < s.len; i++) {
		unsigned char byte;

		if (s.ptr[i] == '%' && crypto_unhex(str_sub(s, i + 1, 2), &byte, 1)) {
			out[n++] = (char)byte;
			i += 2;
		} else {
			out[n++] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
		}
	}
	return (struct str){ out, n };
}

struct str request_query(const struct request *rq, struct str name, struct arena *arena)
{
	struct str rest = rq->query, pair;

	while (str_next(&rest, '&', &pair)) {
		size_t at = str_chr(pair, '=');

		if (at != STR_NONE && str_eq(str_sub(pair, 0, at), name))
			return decoded(str_sub(pair, at + 1, pair.len), arena);
	}
	return (struct str){ NULL, 0 };
}

struct request request_double(const char *method, const char *query, const char *headers,
			      struct str body)
{
	/* Lives as long as the test: one request at a time is enough here. */
	static struct str lines;

	lines = str_from(headers);
	return (struct request){
		.method = str_from(method), .query = str_from(query), .body = body,
		.peer = STR("203.0.113.9"), .headers = &lines,
	};
}

char *file_load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *text;
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		abort();
	}
	rewind(f);
	text = malloc((size_t)n + 1);
	if (text == NULL || fread(text, 1, (size_t)n, f) != (size_t)n)
		abort();
	text[n] = '\0';
	fclose(f);
	*size = (size_t)n;
	return text;
}

static void make_raw(struct http_file *file)
{
	static const char *const kept[] = { "origin", "referer", "user-agent" };
	size_t n = (size_t)snprintf(file->meta, sizeof(file->meta), "peer: 203.0.113.9\n");

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct str value = request_header(&file->request, kept[i]);

		if (value.len > 0)
			n += (size_t)snprintf(file->meta + n, sizeof(file->meta) - n,
					      "%s: " STR_FMT "\n", kept[i], STR_ARG(value));
	}
	file->raw = (struct raw){
		.content_type = request_header(&file->request, "Content-Type"),
		.body = file->request.body, .meta = str_from(file->meta),
		.received_us = file->request.received_us,
	};
}

void http_file_load(struct http_file *file, const char *path)
{
	struct str head, line, target;
	size_t size, end;

	*file = (struct http_file){ .text = file_load(path, &size) };
	head = (struct str){ file->text, size };
	end = str_find(head, STR("\r\n\r\n"));
	if (end == STR_NONE)
		abort();
	file->request.body = str_sub(head, end + 4, size);
	file->headers = str_sub(head, 0, end);
	str_next(&file->headers, '\n', &line);
	str_next(&line, ' ', &file->request.method);
	str_next(&line, ' ', &target);
	end = str_chr(target, '?');
	file->request.query = end == STR_NONE ? (struct str){ NULL, 0 } :
						str_sub(target, end + 1, target.len);
	file->request.headers = &file->headers;
	clock_parse(STR("2026-09-14T15:30:00Z"), &file->request.received_us);
	make_raw(file);
}

void http_file_finish(struct http_file *file)
{
	free(file->text);
	file->text = NULL;
}
