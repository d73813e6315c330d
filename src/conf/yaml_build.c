/* libyaml's events → the tree. Iterative, so that depth costs no stack. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "conf/diag.h"
#include "conf/yaml.h"
#include "conf/yaml_doc.h"

struct level {
	struct yaml_node *node;		/* list or map being filled */
	struct yaml_node *key;		/* of a map: waits for its value */
};

struct builder {
	struct yaml_doc *doc;
	struct diags *diags;
	struct level levels[YAML_MAX_DEPTH];
	int depth;
	size_t n_nodes, n_documents;
};

static struct yaml_place place_of(const yaml_event_t *e)
{
	return (struct yaml_place){
		.line = (int)e->start_mark.line + 1, .column = (int)e->start_mark.column + 1,
		.end_line = (int)e->end_mark.line + 1, .end_column = (int)e->end_mark.column + 1,
	};
}

static bool is_secret_tag(const char *tag)
{
	return strcmp(tag, "!credential") == 0 || strcmp(tag, "!file") == 0 ||
	       strcmp(tag, "!env") == 0;
}

/* Keeps our own tags; lets pass those that say what is so anyway; complains about the rest. */
static const char *take_tag(struct builder *b, const yaml_char_t *event_tag,
			    const struct yaml_node *node)
{
	static const char *const idle[] = { "!", YAML_STR_TAG, YAML_SEQ_TAG, YAML_MAP_TAG };
	const char *tag = (const char *)event_tag;
	struct diag *d;

	if (tag == NULL)
		return NULL;
	if (node->kind == YAML_TEXT && is_secret_tag(tag))
		return arena_str(b->doc->arena, str_from(tag)).ptr;
	for (size_t i = 0; i < countof(idle); i++)
		if (strcmp(tag, idle[i]) == 0)
			return NULL;
	/* Not named: it may be a password that begins with ! */
	d = diag_addf(b->diags, DIAG_ERROR, node, NULL, "this tag means nothing here");
	diag_hintf(d, "the tags are !credential NAME, !file PATH and !env NAME, for secrets; "
		      "quote text that begins with !");
	return NULL;
}

static void refuse_anchor(struct builder *b, const yaml_char_t *anchor,
			  const struct yaml_node *node)
{
	struct diag *d;

	if (anchor == NULL)
		return;
	d = diag_addf(b->diags, DIAG_ERROR, node, NULL, "anchors (&name) are not read here");
	diag_hintf(d, "write the value out where it is needed; quote it if it should begin with &");
}

/* A value is hidden when its key sounds like it, unless it is only a reference; and so is a
 * "password:hunter2" that lacks the space and thus is no key. */
static void hide_if_secret(const struct yaml_node *node)
{
	struct str text = node->text;
	size_t colon = str_chr(text, ':');

	if (node->key != NULL && node->tag == NULL && yaml_sounds_secret(node->key->text))
		yaml_hide(node);
	else if (colon != STR_NONE && yaml_sounds_secret(str_sub(text, 0, colon)))
		yaml_hide(node);
}

static bool attach(struct builder *b, struct yaml_node *node)
{
	struct level *level = b->depth ? &b->levels[b->depth - 1] : NULL;
	struct yaml_node **grown;

	if (level == NULL || (level->node->kind == YAML_MAP && level->key == NULL))
		hide_if_secret(node);
	if (level == NULL) {
		b->doc->root = node;
		return true;
	}
	if (level->node->kind == YAML_MAP && level->key == NULL) {
		if (node->kind == YAML_LIST || node->kind == YAML_MAP)
			diag_addf(b->diags, DIAG_ERROR, node, NULL, "a name must be plain text");
		level->key = node;
		return true;
	}
	grown = arena_grow(b->doc->arena, level->node->items, level->node->n_items, sizeof(*grown));
	if (grown == NULL)
		return false;
	level->node->items = grown;
	level->node->items[level->node->n_items++] = node;
	node->key = level->key;
	level->key = NULL;
	if (node->kind == YAML_TEXT || node->kind == YAML_BAD)
		hide_if_secret(node);
	return true;
}

static struct yaml_node *add_node(struct builder *b, enum yaml_kind kind, const yaml_event_t *e)
{
	struct yaml_node *node = arena_new(b->doc->arena, struct yaml_node);

	if (node == NULL || ++b->n_nodes > YAML_MAX_NODES)
		return NULL;
	node->kind = kind;
	node->at = place_of(e);
	node->doc = b->doc;
	return node;
}

static bool too_much(struct builder *b, const yaml_event_t *e)
{
	diag_placef(b->diags, DIAG_ERROR, b->doc, place_of(e), NULL,
		    "the file has more than %d values", YAML_MAX_NODES);
	return false;
}

static bool add_text(struct builder *b, const yaml_event_t *e)
{
	struct yaml_node *node = add_node(b, YAML_TEXT, e);

	if (node == NULL)
		return too_much(b, e);
	node->text = arena_str(b->doc->arena, (struct str){ (const char *)e->data.scalar.value,
							    e->data.scalar.length });
	node->is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->tag = take_tag(b, e->data.scalar.tag, node);
	refuse_anchor(b, e->data.scalar.anchor, node);
	return attach(b, node) || too_much(b, e);
}

static bool add_alias(struct builder *b, const yaml_event_t *e)
{
	struct yaml_node *node = add_node(b, YAML_BAD, e);
	struct diag *d;

	if (node == NULL)
		return too_much(b, e);
	d = diag_addf(b->diags, DIAG_ERROR, node, NULL, "aliases (*name) are not read here");
	diag_hintf(d, "write the value out where it is needed; quote it if it should begin with *");
	return attach(b, node) || too_much(b, e);
}

static bool open_level(struct builder *b, const yaml_event_t *e, enum yaml_kind kind)
{
	bool is_list = kind == YAML_LIST;
	struct yaml_node *node = add_node(b, kind, e);

	if (node == NULL || !attach(b, node))
		return too_much(b, e);
	take_tag(b, is_list ? e->data.sequence_start.tag : e->data.mapping_start.tag, node);
	refuse_anchor(b, is_list ? e->data.sequence_start.anchor : e->data.mapping_start.anchor,
		      node);
	if (b->depth == YAML_MAX_DEPTH) {
		diag_addf(b->diags, DIAG_ERROR, node, NULL, "nested deeper than %d",
			  YAML_MAX_DEPTH);
		return false;
	}
	b->levels[b->depth++] = (struct level){ .node = node };
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_node *x = (*(struct yaml_node *const *)a)->key;
	const struct yaml_node *y = (*(struct yaml_node *const *)b)->key;
	int order = str_cmp(x->text, y->text);

	if (order == 0)
		order = x->at.line != y->at.line ? x->at.line - y->at.line :
						   x->at.column - y->at.column;
	return order;
}

static void find_repeats(struct builder *b, const struct yaml_node *map)
{
	auto_free struct yaml_node **sorted = xcalloc(map->n_items, sizeof(*sorted));
	const struct yaml_node *first = NULL;
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d;
	size_t n = 0;

	for (size_t i = 0; i < map->n_items; i++)
		if (map->items[i]->key->kind == YAML_TEXT)
			sorted[n++] = map->items[i];
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (size_t i = 0; i < n; i++) {
		if (first == NULL || !str_eq(first->key->text, sorted[i]->key->text)) {
			first = sorted[i];
			continue;
		}
		sorted[i]->key->is_repeat = true;
		d = diag_addf(b->diags, DIAG_ERROR, sorted[i]->key, NULL, "%s stands here twice",
			      diag_quote_name(first->key->text, quoted));
		diag_hintf(d, "the first is at %s:%d:%d", b->doc->name, first->key->at.line,
			   first->key->at.column);
	}
}

static void close_level(struct builder *b, const yaml_event_t *e)
{
	struct yaml_node *node = b->levels[--b->depth].node;
	struct yaml_place end = place_of(e);

	node->at.end_line = end.end_line;
	node->at.end_column = end.end_column;
	if (node->kind == YAML_MAP)
		find_repeats(b, node);
	hide_if_secret(node);
}

static bool begin_document(struct builder *b, const yaml_event_t *e)
{
	struct diag *d;

	if (++b->n_documents == 1)
		return true;
	d = diag_placef(b->diags, DIAG_ERROR, b->doc, place_of(e), NULL,
			"a second document begins here; a file holds one");
	diag_hintf(d, "remove the --- line, or put what follows into a file of its own");
	return false;
}

static bool take_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT: return begin_document(b, e);
	case YAML_SCALAR_EVENT: return add_text(b, e);
	case YAML_ALIAS_EVENT: return add_alias(b, e);
	case YAML_SEQUENCE_START_EVENT: return open_level(b, e, YAML_LIST);
	case YAML_MAPPING_START_EVENT: return open_level(b, e, YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_level(b, e); return true;
	default: return true;
	}
}

bool yaml_build(struct yaml_doc *doc, struct diags *diags)
{
	struct builder b = { .doc = doc, .diags = diags };
	yaml_parser_t parser;
	yaml_event_t event;
	bool is_ok = true, is_end = false;

	if (!yaml_parser_initialize(&parser))
		abort();	/* out of memory, as in base/mem.c */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)doc->text.ptr, doc->text.len);
	while (is_ok && !is_end) {
		is_ok = yaml_parser_parse(&parser, &event);
		if (!is_ok) {
			yaml_report_syntax(doc, &parser, diags);
			break;
		}
		is_end = event.type == YAML_STREAM_END_EVENT;
		is_ok = take_event(&b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (is_ok && arena_is_exceeded(doc->arena))
		is_ok = too_much(&b, &(yaml_event_t){ 0 });
	return is_ok;
}
