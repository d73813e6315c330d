#include "imap/block.h"

#include "base/mem.h"
#include "imap/address_match.h"
#include "imap/imap.h"

static bool check_entry(struct str entry, struct err *err)
{
	size_t at = str_rchr(entry, '@');

	for (size_t i = 0; i < entry.len; i++)
		if ((unsigned char)entry.ptr[i] <= 0x20 || entry.ptr[i] == 0x7f)
			return err_setf(err, ERR_CONF, "block: a blank, line break or control character cannot be part of an "
					"entry");
	if (at == STR_NONE || at + 1 == entry.len)
		return err_setf(err, ERR_CONF, "block: \"%.100s\" is neither an address nor an @domain (try ana@example.com)",
				entry.ptr);
	return true;
}

/* Who blocks himself takes everything away that this mailbox has brought. */
static bool check_not_own(const struct imap_conf *conf, struct err *err)
{
	auto_free char *header = xasprintf("From: <%s>\r\n", conf->user);

	return !block_matches(&conf->block, str_from(header)) ||
	       err_setf(err, ERR_CONF, "block: it holds this mailbox itself (%.100s), and would take away every mail of it",
			conf->user);
}

bool block_check(const struct imap_conf *conf, struct err *err)
{
	for (size_t i = 0; i < conf->block.n_items; i++)
		if (!check_entry(str_from(conf->block.items[i]), err))
			return false;
	return conf->block.n_items == 0 || check_not_own(conf, err);
}

bool block_matches(const struct conf_list *entries, struct str header)
{
	auto_free struct str *wanted = xcalloc(entries->n_items + 1, sizeof(*wanted));

	for (size_t i = 0; i < entries->n_items; i++)
		wanted[i] = str_from(entries->items[i]);
	return entries->n_items > 0 && address_match(wanted, entries->n_items, header, HEADER_PEOPLE);
}

const struct conf_list *block_list(const void *conf)
{
	return &((const struct imap_conf *)conf)->block;
}

bool block_blocks(const void *conf, const struct raw *raw)
{
	return block_matches(block_list(conf), raw->body);
}
