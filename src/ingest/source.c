#include "ingest/source.h"

#include "base/mem.h"
#include "model/own.h"

struct rules *rules_ref(struct rules *rules)
{
	__atomic_add_fetch(&rules->refs, 1, __ATOMIC_RELAXED);
	return rules;
}

void rules_unref(struct rules *rules)
{
	if (rules == NULL || __atomic_sub_fetch(&rules->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	own_destroy(rules->own);
	if (rules->release != NULL)
		rules->release(rules->owner);
	free(rules);
}

static struct str copy(struct str s)
{
	return (struct str){ xstrndup(s.ptr, s.len), s.len };
}

struct source *source_create(int64_t id, struct str name, const struct connector *type,
			     const void *conf, struct str packed, const struct match_policy *policy,
			     struct rules *rules)
{
	struct source *source = xnew(struct source);

	*source = (struct source){
		.id = id, .name = copy(name), .type = type, .conf = conf, .packed = copy(packed),
		.policy = *policy, .rules = rules_ref(rules), .refs = 1,
	};
	log_ctx_add(&source->log, "connector", name);
	log_ctx_add(&source->log, "type", str_from(type->name));
	return source;
}

void source_set_owner(struct source *source, struct str owner)
{
	source->is_shared = owner.len == 0;
	source->owner = copy(owner);
}

struct source *source_ref(struct source *source)
{
	__atomic_add_fetch(&source->refs, 1, __ATOMIC_RELAXED);
	return source;
}

void source_unref(struct source *source)
{
	if (source == NULL || __atomic_sub_fetch(&source->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	rules_unref(source->rules);
	free((char *)source->name.ptr);
	free((char *)source->packed.ptr);
	free((char *)source->owner.ptr);
	free(source);
}

void source_list_add(struct source_list *list, struct source *source)
{
	list->items = xrealloc(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = source_ref(source);
}

struct source *source_list_find(const struct source_list *list, int64_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i]->id == id)
			return list->items[i];
	return NULL;
}

void source_list_clear(struct source_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		source_unref(list->items[i]);
	free(list->items);
	*list = (struct source_list){ 0 };
}
