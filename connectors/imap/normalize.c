/* Mail is read by src/mime, the same for every connector that brings mail. */
#include "imap/imap.h"
#include "mime/mail.h"

static bool normalize(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	const struct imap_conf *cf = conf;
	const struct mail_options opt = {
		.legacy_charset = cf->legacy_charset,
		.drop_addresses = cf->drop_address,
		/* What was taken over is read: sizes on the server are counted with other line ends. */
		.max_bytes = (size_t)cf->max_message + (1 << 20),
	};

	return mail_normalize(&opt, raw, out, err);
}

const struct connector imap_reader = {
	.api = CONNECTOR_API, .name = "imap", .conf_size = sizeof(struct imap_conf), .keys = imap_keys,
	.normalize = normalize,
};
