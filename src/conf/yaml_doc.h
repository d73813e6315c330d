/* Inside of a document; for yaml*.c only. */
#pragma once

#include <daybook/arena.h>

#include "conf/yaml.h"

struct yaml_doc {
	char *name;
	char *bytes;			/* the whole file, for the source lines of reports */
	struct str text;		/* the same without a byte order mark */
	struct arena *arena;
	struct yaml_node *root;
	bool is_broken;
	size_t *line_starts;		/* made when first asked for */
	size_t n_lines;
	struct yaml_place *hidden;
	size_t n_hidden;
};

/* Events → tree. False (reported) when the file cannot be used. */
bool yaml_build(struct yaml_doc *doc, struct diags *diags);

struct yaml_parser_s;
/* Says in our words what libyaml stumbled over. */
void yaml_report_syntax(struct yaml_doc *doc, const struct yaml_parser_s *parser,
			struct diags *diags);

struct yaml_place yaml_place_of(struct yaml_doc *doc, size_t offset);
/* Bytes of the UTF-8 character at the front; 0 when it is broken or NUL. */
size_t yaml_char_length(struct str s);
void yaml_hide_place(struct yaml_doc *doc, struct yaml_place at);
/* "db_password", "api-key": a value whose key says that it is not for everybody's eyes. */
bool yaml_sounds_secret(struct str key);
