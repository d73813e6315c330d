/* GMime reads the same mails, as a second opinion: what both must agree on is the subject, the
 * structure and the decoded bytes of every part. Where GMime 3.2.13 is known to be wrong or a policy
 * of ours differs, the file is named below with the reason. */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mime/mail.h"
#include "mime/tree.h"
#include "mime/words.h"

static const struct {
	const char *file, *why;
} differ[] = {
	{ "padded_b_words.eml", "GMime loses what follows a padded B word" },
	{ "emoji.eml", "GMime decodes each word alone: a character cut in two is lost" },
	{ "headers_repeated.eml", "GMime takes the last of repeated headers" },
	{ "charset_unlabelled.eml", "GMime takes the last of repeated headers" },
	{ "boundary_missing.eml", "GMime gives no text without a usable boundary" },
	{ "boundary_never_used.eml", "GMime gives no text without a usable boundary" },
	{ "charset_utf8_as_latin1.eml", "valid UTF-8 is UTF-8 whatever it is called" },
	{ "header_without_blank_line.eml", "GMime loses the first line of the text" },
	{ "quoted_printable_broken.eml", "GMime keeps blanks behind a soft line break" },
	{ "not_a_mail.eml", "no mail" },
};

/* All parts in order: "type size\n". */
static void describe_gmime(GMimeObject *object, struct buf *out)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	auto_free char *name = xasprintf("%s/%s", g_mime_content_type_get_media_type(type),
					 g_mime_content_type_get_media_subtype(type));

	for (char *c = name; *c; c++)
		*c = (char)g_ascii_tolower(*c);
	if (GMIME_IS_MULTIPART(object)) {
		buf_addf(out, "%s\n", name);
		for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++)
			describe_gmime(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), out);
	} else if (GMIME_IS_PART(object)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
		GMimeStream *mem = g_mime_stream_mem_new();

		if (content != NULL)
			g_mime_data_wrapper_write_to_stream(content, mem);
		buf_addf(out, "%s %lld\n", name, (long long)g_mime_stream_length(mem));
		g_object_unref(mem);
	} else {
		buf_addf(out, "%s\n", name);	/* a message: ours is its bytes, theirs a tree */
	}
}

static void gmime_reads(struct str mail, struct decode *dec, struct buf *out)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail.ptr, mail.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	const char *subject = message ? g_mime_message_get_subject(message) : NULL;

	buf_addf(out, "%s\n", words_decode(dec, str_from(subject)).len ? subject : "");
	if (message != NULL && g_mime_message_get_mime_part(message) != NULL)
		describe_gmime(g_mime_message_get_mime_part(message), out);
	if (message != NULL)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
}

static void describe_part(const struct part *p, struct buf *out)
{
	struct buf bytes;

	buf_add(out, p->type);
	if (!p->is_multipart && !str_starts(p->type, STR("message/rfc822"))) {
		buf_init(&bytes, p->body.len + 4);
		transfer_decode(p->transfer, p->body, &bytes);
		buf_addf(out, " %zu", bytes.len);
		buf_finish(&bytes);
	}
	buf_addc(out, '\n');
}

static void we_read(struct str mail, struct decode *dec, struct buf *out)
{
	const struct tree_limits limits = { .max_depth = 20, .max_parts = 200,
		.head = { .max_bytes = 1 << 20, .max_field_bytes = 1 << 20, .max_fields = 2000 } };
	struct tree tree;
	struct head head;
	struct err err;
	struct str subject;

	if (!head_parse(mail, 0, &limits.head, dec->arena, &head, &err) ||
	    !tree_parse(dec, mail, &head, &limits, &tree, &err))
		return;
	subject = words_decode(dec, head_get(&head, STR("Subject")));
	buf_addf(out, STR_FMT "\n", STR_ARG(subject));
	for (size_t i = 0; i < tree.n_parts; i++)
		describe_part(&tree.parts[i], out);
}

static const char *known_difference(const char *file)
{
	for (size_t i = 0; i < countof(differ); i++)
		if (strcmp(differ[i].file, file) == 0)
			return differ[i].why;
	return NULL;
}

static bool agree(const char *folder, const char *file)
{
	auto_free char *path = xasprintf("%s/%s", folder, file);
	struct decode dec = { .arena = arena_create(64 << 20), .legacy = STR("windows-1252") };
	struct buf theirs, ours;
	gchar *bytes = NULL;
	gsize n = 0;
	bool ok;

	buf_init(&theirs, 1 << 20);
	buf_init(&ours, 1 << 20);
	g_file_get_contents(path, &bytes, &n, NULL);
	gmime_reads((struct str){ bytes, n }, &dec, &theirs);
	we_read((struct str){ bytes, n }, &dec, &ours);
	ok = str_eq(buf_str(&theirs), buf_str(&ours));
	if (!ok && known_difference(file) == NULL)
		printf("%s\n--- GMime\n%s--- ours\n%s\n", file, theirs.ptr, ours.ptr ? ours.ptr : "");
	else if (ok && known_difference(file) != NULL)
		printf("%s is listed as different and is not\n", file);
	ok = ok == (known_difference(file) == NULL);
	g_free(bytes);
	buf_finish(&theirs);
	buf_finish(&ours);
	arena_destroy(dec.arena);
	return ok;
}

int main(int argc, char **argv)
{
	int n_files = 0, n_bad = 0;
	struct dirent *entry;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (dir == NULL)
		return 1;
	g_mime_init();
	mime_warm_up();
	while ((entry = readdir(dir)) != NULL) {
		if (!str_ends(str_from(entry->d_name), STR(".eml")) &&
		    !str_ends(str_from(entry->d_name), STR(".txt")))
			continue;
		n_files++;
		n_bad += !agree(argv[1], entry->d_name);
	}
	closedir(dir);
	printf("%d mails, %d differ\n", n_files, n_bad);
	return n_files > 0 && n_bad == 0 ? 0 : 1;
}
