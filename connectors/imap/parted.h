/* A large mail between the question what it is made of and its handing over. Private to imap_parts.c and imap_mixed.c. */
#pragma once

#include "imap/imap.h"

struct parted {
	struct mail *mail;
	struct described what;
	struct parts_plan plan;
	bool is_planned;		/* else it is taken whole, for this reason */
	struct section *sections;	/* of plan.pieces */
	struct err why_whole;
};

/* Asks what these are made of, all in one command, and plans. mail is filled in, the rest zero. */
bool parted_describe(struct imap *im, struct parted *all, size_t n, struct err *err);
/* The pieces of those that are planned; who wants the same shares a command. */
bool parted_fetch(struct imap *im, struct parted *all, size_t n, struct err *err);
/* The mail's body becomes what was put together, malloced; or it is planned no more. */
void parted_assemble(const struct imap *im, struct parted *p);
void parted_finish(struct parted *p);
