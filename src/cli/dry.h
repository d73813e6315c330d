/* What a message would become, without the daemon: parsed in a parser process of our own, looked up in the store
 * read-only. Nothing is written. */
#pragma once

#include "cli/cli.h"

struct connector;
struct dry;
struct intake;
struct interaction;
struct raw;

enum { DRY_WHOSE_SIZE = 400 };

/* Before any thread is made and any secret is read. NULL: reported, *code says how. */
struct dry *dry_create(struct cli *cli, int *code);
void dry_destroy(struct dry *d);		/* NULL is fine */

/* Whose messages they are; the configuration is loaded. The first may be called again, for another. */
bool dry_begin(struct dry *d, const struct config_connector *conf, struct err *err);
bool dry_begin_import(struct dry *d, struct err *err);

/* One raw, which is copied but for its body. why not NULL: it is dead for this reason. *out with items or a verdict is
 * the caller's to destroy. False: nobody could look at it. */
bool dry_read(struct dry *d, const struct raw *raw, const struct err *why, struct intake **out, struct err *err);
/* The details that another reader of the same options makes of it (connector's `mapping`), in *out. */
bool dry_read_mapping(struct dry *d, const struct raw *raw, struct buf *out, struct err *err);

/* What would become of one item. */
bool dry_decide(struct dry *d, const struct interaction *it, enum outcome *outcome, struct err *err);

struct dry_whose {
	int64_t contact;		/* 0: none, or one that would be made */
	bool is_new;			/* a contact would be made */
	char name[DRY_WHOSE_SIZE];	/* of the contact; empty: nobody's */
	char why[DRY_WHOSE_SIZE];
};
/* On whose timeline it would stand first. */
bool dry_whose(struct dry *d, struct intake *in, const struct interaction *it, struct dry_whose *out,
	       struct err *err);
