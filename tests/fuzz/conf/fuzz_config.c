/* Bytes → YAML → tree → rows → snapshot → reports. It never crashes; a refusal has an error with a
 * place inside the text; what is accepted describes itself the same way twice. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"
#include "conf/diag.h"
#include "conf/pack.h"

struct fuzz_conf {
	bool flag;
	int64_t number, size, duration, date;
	struct conf_rate rate;
	const char *string, *path;
	int choice;
	struct secret *secret;
	struct conf_list list;
	struct conf_map map;
};

static const char *const choices[] = { "one", "two", NULL };

static const struct conf_key keys[] = {
	CONF_KEY(CONF_T_BOOL, fuzz_conf, flag, "yes", CONF_NORMALIZE, "a flag"),
	CONF_KEY_RANGE(CONF_T_INT, fuzz_conf, number, "5", CONF_NORMALIZE, 1, 10, "a number"),
	CONF_KEY(CONF_T_SIZE, fuzz_conf, size, "1KiB", CONF_NORMALIZE, "a size"),
	CONF_KEY(CONF_T_DURATION, fuzz_conf, duration, "1m", CONF_NORMALIZE, "a duration"),
	CONF_KEY(CONF_T_DATE, fuzz_conf, date, "90d", CONF_NORMALIZE, "a date"),
	CONF_KEY(CONF_T_RATE, fuzz_conf, rate, "1/s", CONF_NORMALIZE, "a rate"),
	CONF_KEY(CONF_T_STRING, fuzz_conf, string, NULL, CONF_NORMALIZE, "a text"),
	CONF_KEY(CONF_T_PATH, fuzz_conf, path, NULL, CONF_NORMALIZE, "a path"),
	CONF_KEY_ENUM(fuzz_conf, choice, "one", CONF_NORMALIZE, choices, "a choice"),
	CONF_KEY(CONF_T_SECRET, fuzz_conf, secret, NULL, 0, "a secret"),
	CONF_KEY(CONF_T_LIST, fuzz_conf, list, "[a, b]", CONF_NORMALIZE, "a list"),
	CONF_KEY(CONF_T_MAP, fuzz_conf, map, "{a: b}", CONF_NORMALIZE, "a map"),
	{ .name = "later", .type = CONF_T_LATER, .help = "later" },
	{ 0 },
};

static const struct connector type = {
	.api = CONNECTOR_API, .name = "all", .summary = "every type", .conf_size = sizeof(struct fuzz_conf),
	.keys = keys,
};

static const struct connector *const known[] = { &type, NULL };

/* What was packed arrives and packs to the same bytes. */
static void check_packing(const struct config_connector *c)
{
	struct buf first, second;
	struct err err;
	void *copy;

	buf_init(&first, PACK_MAX_BYTES);
	buf_init(&second, PACK_MAX_BYTES);
	if (conf_pack(keys, c->conf, &first)) {
		copy = conf_unpack(keys, c->type->conf_size, buf_str(&first), &err);
		assert(copy != NULL);
		assert(conf_pack(keys, copy, &second));
		assert(str_eq(buf_str(&first), buf_str(&second)));
		conf_free_unpacked(keys, copy);
	}
	buf_finish(&first);
	buf_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags *diags = diags_create();
	struct str text = { (const char *)data, size };
	struct config *config = config_parse("fuzz.yaml", text, known, CONFIG_NO_SECRETS, diags);
	struct buf out;

	assert((config == NULL) == (diags_n_errors(diags) > 0));
	for (size_t i = 0; i < diags_count(diags); i++) {
		const struct diag *d = diags_at(diags, i);

		assert(d->at.line >= 1 && d->at.column >= 1 && d->text[0] != '\0');
	}
	buf_init(&out, 64 << 20);
	diags_print(diags, &out);
	assert(out.len == 0 || str_is_utf8(buf_str(&out)));
	assert(out.len == 0 || memchr(out.ptr, '\x1b', out.len) == NULL);
	diags_print_json(diags, &out);
	buf_finish(&out);
	for (size_t i = 0; config != NULL && i < config->n_connectors; i++)
		check_packing(&config->connectors[i]);
	config_unref(config);
	diags_destroy(diags);
	return 0;
}
