/* Packed options as a hostile peer would send them: refused with ERR_INPUT, or a block that packs to
 * the same bytes again. */
#include <assert.h>
#include <stdint.h>

#include "conf/pack.h"

struct fuzz_conf {
	bool flag;
	int64_t number;
	struct conf_rate rate;
	const char *string;
	int choice;
	struct conf_list list;
	struct conf_map map;
};

static const char *const choices[] = { "one", "two", "three", NULL };

static const struct conf_key keys[] = {
	CONF_KEY(CONF_T_BOOL, fuzz_conf, flag, NULL, CONF_NORMALIZE, "a flag"),
	CONF_KEY(CONF_T_INT, fuzz_conf, number, NULL, CONF_NORMALIZE, "a number"),
	CONF_KEY(CONF_T_RATE, fuzz_conf, rate, NULL, CONF_NORMALIZE, "a rate"),
	CONF_KEY(CONF_T_STRING, fuzz_conf, string, NULL, CONF_NORMALIZE, "a text"),
	CONF_KEY_ENUM(fuzz_conf, choice, NULL, CONF_NORMALIZE, choices, "a choice"),
	CONF_KEY(CONF_T_LIST, fuzz_conf, list, NULL, CONF_NORMALIZE, "a list"),
	CONF_KEY(CONF_T_MAP, fuzz_conf, map, NULL, CONF_NORMALIZE, "a map"),
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str packed = { (const char *)data, size };
	struct err err = { 0 };
	void *conf = conf_unpack(keys, sizeof(struct fuzz_conf), packed, &err);
	struct buf again;

	if (conf == NULL) {
		assert(err.kind == ERR_INPUT && err.msg[0] != '\0');
		return 0;
	}
	buf_init(&again, PACK_MAX_BYTES);
	assert(conf_pack(keys, conf, &again));
	assert(str_eq(buf_str(&again), packed));
	buf_finish(&again);
	conf_free_unpacked(keys, conf);
	return 0;
}
