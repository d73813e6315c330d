/* Secrets: bytes that come from a credential, a file or the environment, never from the configuration
 * itself. struct secret, secret_bytes() and secret_is() are in <daybook/conf.h>. */
#pragma once

#include <daybook/conf.h>

struct diags;
struct yaml_node;

enum { SECRET_MAX_BYTES = 64 << 10 };

/* Copies. For tests, and for secrets that Daybook makes itself. */
struct secret *secret_create(struct str bytes);
/* Zeroes before it frees; NULL is fine. */
void secret_destroy(struct secret *secret);

/* Where !credential NAME looks: $CREDENTIALS_DIRECTORY, then this folder. */
struct secret_source {
	const char *secrets_dir;	/* <folder of the main file>/secrets */
	bool is_dry;			/* look nothing up: an empty secret stands for each */
};

/* What a tagged node stands for. NULL with a report at the node (or at the file that others can read).
 * A node without a tag may hold the secret itself: the caller has hidden it (yaml_hide). */
struct secret *secret_load(const struct yaml_node *node, const char *path,
			   const struct secret_source *source, struct diags *diags);
