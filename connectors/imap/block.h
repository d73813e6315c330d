/* The entries of `block`: "ana@casa.example", "@banco.example". Mail that names any of them, whoever wrote it, is not taken,
 * and what was taken before is taken away. Pure. */
#pragma once

#include <daybook/connector.h>

struct imap_conf;

bool block_check(const struct imap_conf *conf, struct err *err);
/* Bounded work on any bytes. */
bool block_matches(const struct conf_list *entries, struct str header);

/* For struct connector. */
const struct conf_list *block_list(const void *conf);
bool block_blocks(const void *conf, const struct raw *raw);
