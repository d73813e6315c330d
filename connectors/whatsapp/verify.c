#include "verify.h"

#include "base/crypto.h"
#include "whatsapp.h"

enum { MAX_CHALLENGE = 256 };

static bool is_signed_with(const struct secret *secret, struct str body,
			   const unsigned char claimed[SHA256_SIZE])
{
	struct str key = secret_bytes(secret);
	unsigned char mac[SHA256_SIZE];

	if (key.len == 0)
		return false;
	crypto_hmac_sha256(key, body, mac);
	return crypto_equal(mac, claimed, sizeof(mac));
}

bool whatsapp_verify(const void *conf, const struct request *rq, struct err *err)
{
	const struct whatsapp_conf *cf = conf;
	struct str header = request_header(rq, "X-Hub-Signature-256");
	const struct str prefix = STR("sha256=");
	unsigned char claimed[SHA256_SIZE];
	bool now, before;

	if (header.len == 0)
		return err_setf(err, ERR_DENIED, "X-Hub-Signature-256 is missing");
	if (!str_starts(header, prefix) ||
	    !crypto_unhex(str_sub(header, prefix.len, header.len), claimed, sizeof(claimed)))
		return err_setf(err, ERR_DENIED,
				"X-Hub-Signature-256 is not \"sha256=\" and 64 hex digits");
	/* Both always: how long it takes does not tell which one it was. */
	now = is_signed_with(cf->app_secret, rq->body, claimed);
	before = is_signed_with(cf->app_secret_previous, rq->body, claimed);
	if (!now && !before)
		return err_setf(err, ERR_DENIED, "X-Hub-Signature-256 does not match: another "
				"app's secret, or the body was changed on the way");
	return true;
}

/* It is sent back as it came: nothing that a browser or a proxy could take for more than a word. */
static bool is_challenge(struct str s)
{
	if (s.len == 0 || s.len > MAX_CHALLENGE)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

bool whatsapp_handshake(const void *conf, const struct request *rq, struct reply *rp,
			struct err *err)
{
	const struct whatsapp_conf *cf = conf;
	struct str token = request_query(rq, STR("hub.verify_token"), rp->arena);
	struct str challenge = request_query(rq, STR("hub.challenge"), rp->arena);

	if (!str_eq(request_query(rq, STR("hub.mode"), rp->arena), STR("subscribe")))
		return err_setf(err, ERR_DENIED, "hub.mode is not \"subscribe\"");
	if (secret_bytes(cf->verify_token).len == 0 || !secret_is(cf->verify_token, token))
		return err_setf(err, ERR_DENIED, "hub.verify_token is not ours");
	if (!is_challenge(challenge))
		return err_setf(err, ERR_DENIED, "hub.challenge is missing or not a plain word");
	rp->status = 200;
	rp->content_type = STR("text/plain");
	rp->body = arena_str(rp->arena, challenge);
	return true;
}
