/* RFC 5322 bytes → one interaction: the body of normalize() for every connector that brings mail.
 * Pure, bounded and linear: no I/O, no clock. GMime does the parsing behind a pre-scan of ours: it is
 * meant to run in a parser process. */
#pragma once

#include <daybook/conf.h>
#include <daybook/connector.h>

/* Zero means the default. */
struct mail_options {
	const char *legacy_charset;	/* of unlabelled bytes that are not UTF-8; windows-1252 */
	struct conf_list drop_addresses;	/* where our people leave mail to be recorded; none */
	size_t max_bytes;		/* 50 MiB */
	size_t max_header_bytes;	/* 256 KiB, at most 1 MiB */
	size_t max_field_bytes;		/* one header field: 64 KiB */
	size_t max_fields;		/* 2,000 */
	size_t max_depth;		/* multiparts in multiparts: 20, at most 64 */
	size_t max_parts;		/* 200 */
	size_t max_addresses;		/* of each field; more are counted, not listed: 200 */
	size_t max_text_bytes;		/* more is cut, with a warning: 1 MiB */
};

/* As raw->content_type: the interaction gets no attachments but the HTML that is the mail's text, one for each
 * part, in UTF-8, for a sandboxed view. It is hostile: no script, no network. Pictures in it name the content_id
 * of an attachment that was kept ("cid:"). */
#define MAIL_WANT_HTML "message/rfc822; want=html"

/* As raw->content_type: a mail that was not fetched whole. A part that was left out has no body (a message: only its
 * header) and this field in front of its own header: its size once decoded, its number, and the reason for people. The
 * field means nothing in any other mail, so that nobody who writes mail can fake or hide an attachment. */
#define MAIL_SOME_PARTS "message/rfc822; parts=some"
#define MAIL_LEFT_OUT "X-Daybook-Left-Out"

/* Opens all that reading a mail needs (GMime, charset converters, digests), for the calling thread; after
 * it mail_normalize() opens no file. To be called before the first mail, and before a sandbox closes. */
void mime_warm_up(void);

/* Adds exactly one interaction, or fails with ERR_LIMIT (the text names the limit and what the mail
 * has) or ERR_INPUT (no mail at all) and leaves out as it was. opt may be NULL. Of raw->meta it reads
 * "internaldate" (µs since 1970). What is wrong with a mail that can be read stands in details as
 * "warnings". The caller decides the direction. */
bool mail_normalize(const struct mail_options *opt, const struct raw *raw, struct interactions *out,
		    struct err *err);
