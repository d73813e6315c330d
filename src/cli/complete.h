/* What a shell may offer for the word that is being typed: found in the commands table, so that the shells' own
 * files know no command. Pure. */
#pragma once

#include "base/buf.h"
#include "cli/cli.h"

enum complete_what {
	COMPLETE_WORDS,			/* what was appended is all */
	COMPLETE_CONNECTORS, COMPLETE_DEAD_LETTERS, COMPLETE_FILES, COMPLETE_STAFF,
};

/* words: those behind the program's name, the last one being typed (perhaps empty). Appends the words that fit, a
 * line each; returns what else fits. *config gets the value of -c, or stays as it is. */
enum complete_what complete(const struct command *table, int n_words, char **words, const char **config,
			    struct buf *out);
/* Appends the word and a line break if it begins with what is being typed. */
void complete_offer(struct buf *out, struct str typed, struct str word);
