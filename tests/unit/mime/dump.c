#include "dump.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"

static void put_time(struct json_writer *w, const char *name, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];

	if (us != 0)
		json_member(w, name, str_from(clock_format(us, text)));
}

static void put(struct json_writer *w, const char *name, struct str s)
{
	if (s.len > 0)
		json_member(w, name, s);
}

static void put_party(struct json_writer *w, const struct party *p)
{
	static const char *const roles[] = { "", "from", "to", "cc", "bcc", "attendee", "agent", "original" };

	json_open(w, '{');
	json_member(w, "role", str_from(roles[p->role]));
	put(w, "name", p->name);
	for (size_t i = 0; i < p->n_ids; i++)
		json_member(w, "email", p->ids[i].value);
	json_close(w, '}');
}

static void put_attachment(struct json_writer *w, const struct attachment *a)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	crypto_sha256(a->body, digest);
	json_open(w, '{');
	json_member(w, "name", a->name);
	json_member(w, "media_type", a->media_type);
	json_member_int(w, "size", a->size);
	put(w, "content_id", a->content_id);
	put(w, "skipped", a->reason);
	json_member(w, "sha256", str_sub(str_from(crypto_hex(digest, sizeof(digest), hex)), 0, 16));
	json_close(w, '}');
}

static const char *kind_text(enum kind kind)
{
	switch (kind) {
	case KIND_MESSAGE: return "message";
	case KIND_AUTO_REPLY: return "auto_reply";
	case KIND_BULK: return "bulk";
	case KIND_BOUNCE: return "bounce";
	case KIND_RECEIPT: return "receipt";
	case KIND_RSVP: return "rsvp";
	default: return "?";
	}
}

void dump_interaction(const struct interaction *it, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "kind", str_from(kind_text(it->kind)));
	put(&w, "why", it->why);
	put(&w, "external_id", it->external_id);
	put(&w, "discriminator", str_sub(it->discriminator, 0, 16));
	put(&w, "thread", it->thread);
	put(&w, "about", it->about);
	put_time(&w, "occurred", it->occurred_us);
	put_time(&w, "claimed", it->claimed_us);
	put(&w, "subject", it->subject);
	put(&w, "text", it->text);
	put(&w, "text_full", it->text_full);
	json_name(&w, "parties");
	json_open(&w, '[');
	for (size_t i = 0; i < it->n_parties; i++)
		put_party(&w, &it->parties[i]);
	json_close(&w, ']');
	json_name(&w, "attachments");
	json_open(&w, '[');
	for (size_t i = 0; i < it->n_attachments; i++)
		put_attachment(&w, &it->attachments[i]);
	json_close(&w, ']');
	if (it->details.len > 0) {
		json_name(&w, "details");
		json_raw_value(&w, it->details);
	}
	json_close(&w, '}');
}
