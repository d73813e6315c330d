/* The part of the session that asks what mails are made of, and for pieces of them. libetpan's trees become ours here
 * and are seen nowhere else. */
#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "imap/session_private.h"

enum {
	DESCRIPTION_BYTES = 64 << 10,	/* of one mail in a batch: header and structure */
	MAX_DESCRIPTION = 4 << 20,	/* of one alone */
	NAMES_BYTES = 4 << 10,
	SECTION_BYTES = 4 << 10,	/* beside what a section holds; headers of parts are such */
};

/* ---- BODYSTRUCTURE ---- */

static void set_lower(char **text, const char *value)
{
	free(*text);
	*text = xstrdup(value ? value : "");
	for (char *c = *text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

static void set_type(struct node *node, const char *type, const char *subtype)
{
	auto_free char *whole = xasprintf("%s/%s", type ? type : "", subtype ? subtype : "");

	set_lower(&node->type, whole);
}

/* name, filename, and their like by RFC 2231: name*, name*0, name*0* … */
static bool is_file_name(const char *param)
{
	size_t n = strcspn(param, "*");

	return (n == 4 && strncasecmp(param, "name", n) == 0) || (n == 8 && strncasecmp(param, "filename", n) == 0);
}

static void add_param(struct node *node, const struct mailimap_single_body_fld_param *param)
{
	const char *star = strchr(param->pa_name, '*');

	if (strlen(node->names) < NAMES_BYTES) {
		auto_free char *all = xasprintf("%s%s\n", node->names, param->pa_value);

		set_lower(&node->names, all);
	} else {
		node->has_odd_name = true;
	}
	if (strcasecmp(param->pa_name, "boundary") == 0 && node->is_multipart) {
		free(node->boundary);
		node->boundary = xstrdup(param->pa_value);
	}
	node->has_name |= is_file_name(param->pa_name);
	node->has_odd_name |= (star != NULL && star[1] != '\0') || strstr(param->pa_value, "=?") != NULL;
}

static void add_params(struct node *node, const struct mailimap_body_fld_param *params)
{
	for (clistiter *i = params ? clist_begin(params->pa_list) : NULL; i != NULL; i = clist_next(i))
		add_param(node, clist_content(i));
}

static void add_disposition(struct node *node, const struct mailimap_body_fld_dsp *dsp)
{
	if (dsp == NULL)
		return;
	set_lower(&node->disposition, dsp->dsp_type);
	add_params(node, dsp->dsp_attributes);
}

static const char *encoding_name(const struct mailimap_body_fld_enc *enc)
{
	switch (enc ? enc->enc_type : MAILIMAP_BODY_FLD_ENC_7BIT) {
	case MAILIMAP_BODY_FLD_ENC_7BIT: return "7bit";
	case MAILIMAP_BODY_FLD_ENC_8BIT: return "8bit";
	case MAILIMAP_BODY_FLD_ENC_BINARY: return "binary";
	case MAILIMAP_BODY_FLD_ENC_BASE64: return "base64";
	case MAILIMAP_BODY_FLD_ENC_QUOTED_PRINTABLE: return "quoted-printable";
	default: return enc->enc_value;
	}
}

static void add_fields(struct node *node, const struct mailimap_body_fields *fields)
{
	add_params(node, fields->bd_parameter);
	set_lower(&node->encoding, encoding_name(fields->bd_encoding));
	node->octets = fields->bd_size;
}

static const char *basic_type(const struct mailimap_media_basic *media)
{
	switch (media->med_type) {
	case MAILIMAP_MEDIA_BASIC_APPLICATION: return "application";
	case MAILIMAP_MEDIA_BASIC_AUDIO: return "audio";
	case MAILIMAP_MEDIA_BASIC_IMAGE: return "image";
	case MAILIMAP_MEDIA_BASIC_MESSAGE: return "message";
	case MAILIMAP_MEDIA_BASIC_VIDEO: return "video";
	default: return media->med_basic_type;
	}
}

static void read_leaf(struct node *node, const struct mailimap_body_type_1part *part)
{
	const struct mailimap_body_type_basic *basic = part->bd_data.bd_type_basic;

	if (part->bd_type == MAILIMAP_BODY_TYPE_1PART_BASIC) {
		set_type(node, basic_type(basic->bd_media_basic), basic->bd_media_basic->med_subtype);
		add_fields(node, basic->bd_fields);
	} else if (part->bd_type == MAILIMAP_BODY_TYPE_1PART_MSG) {
		set_type(node, "message", "rfc822");
		add_fields(node, part->bd_data.bd_type_msg->bd_fields);
	} else {
		set_type(node, "text", part->bd_data.bd_type_text->bd_media_text);
		add_fields(node, part->bd_data.bd_type_text->bd_fields);
	}
	if (part->bd_ext_1part != NULL)
		add_disposition(node, part->bd_ext_1part->bd_disposition);
}

/* As deep as structure_add() allows. */
static void read_body(struct structure *s, size_t parent, const struct mailimap_body *body)
{
	const struct mailimap_body_type_mpart *multi;
	struct node *node = structure_add(s, parent);
	size_t index = s->n_nodes - 1;

	if (node == NULL)
		return;
	if (body->bd_type == MAILIMAP_BODY_1PART) {
		read_leaf(node, body->bd_data.bd_body_1part);
		return;
	}
	multi = body->bd_data.bd_body_mpart;
	node->is_multipart = true;
	set_type(node, "multipart", multi->bd_media_subtype);
	if (multi->bd_ext_mpart != NULL) {
		add_params(node, multi->bd_ext_mpart->bd_parameter);
		add_disposition(node, multi->bd_ext_mpart->bd_disposition);
	}
	for (clistiter *i = clist_begin(multi->bd_list); i != NULL && !s->is_unusable; i = clist_next(i))
		read_body(s, index, clist_content(i));
}

/* ---- descriptions ---- */

static int compare_described(const void *a, const void *b)
{
	const struct described *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static uint32_t uid_of(const struct mailimap_msg_att *att)
{
	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_UID)
			return item->att_data.att_static->att_data.att_uid;
	}
	return 0;
}

static void take_fact(struct described *mail, const struct mailimap_msg_att_static *fact)
{
	if (fact->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
		mail->size = fact->att_data.att_rfc822_size;
	} else if (fact->att_type == MAILIMAP_MSG_ATT_BODYSTRUCTURE && mail->structure.n_nodes == 0) {
		read_body(&mail->structure, 0, fact->att_data.att_bodystructure);
	} else if (fact->att_type == MAILIMAP_MSG_ATT_BODY_SECTION && mail->header == NULL) {
		const struct mailimap_msg_att_body_section *section = fact->att_data.att_body_section;

		if (section->sec_body_part == NULL)
			return;
		mail->header = xstrndup(section->sec_body_part, section->sec_length);
		mail->n_header = section->sec_length;
	}
}

static void take_description(struct described *mails, size_t n_mails, const struct mailimap_msg_att *att)
{
	const struct described key = { .uid = uid_of(att) };
	struct described *mail = bsearch(&key, mails, n_mails, sizeof(*mails), compare_described);

	for (clistiter *i = mail ? clist_begin(att->att_list) : NULL; i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
			take_fact(mail, item->att_data.att_static);
	}
	if (mail != NULL)
		mail->is_found = mail->header != NULL && mail->structure.n_nodes > 0 && mail->size >= 0;
}

void described_finish(struct described *mail)
{
	structure_finish(&mail->structure);
	free(mail->header);
	mail->header = NULL;
}

bool session_describe_mails(struct session *s, struct described *mails, size_t n_mails, struct err *err)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	uint32_t *uids = xcalloc(n_mails, sizeof(*uids));
	bool is_good;

	for (size_t i = 0; i < n_mails; i++) {
		mails[i] = (struct described){ .uid = mails[i].uid, .size = -1 };
		uids[i] = mails[i].uid;
	}
	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_rfc822_size());
	session_ask(type, mailimap_fetch_att_new_bodystructure());
	session_ask(type, mailimap_fetch_att_new_body_peek_section(mailimap_section_new_header()));
	session_arm(s, n_mails == 1 ? MAX_DESCRIPTION : n_mails * DESCRIPTION_BYTES);
	is_good = session_fetch_uids(s, uids, n_mails, type, err);
	free(uids);
	for (clistiter *i = is_good ? clist_begin(s->fetched) : NULL; i != NULL; i = clist_next(i))
		take_description(mails, n_mails, clist_content(i));
	return is_good;
}

/* ---- sections ---- */

static struct mailimap_section *section_of(const struct section *section)
{
	clist *ids = clist_new();
	struct mailimap_section_part *part;
	struct mailimap_section *made;

	for (size_t i = 0; ids != NULL && i < section->path.n; i++) {
		uint32_t *id = malloc(sizeof(*id));	/* libetpan frees it */

		if (id == NULL || clist_append(ids, id) != 0)
			abort();
		*id = section->path.numbers[i];
	}
	part = ids ? mailimap_section_part_new(ids) : NULL;
	if (part == NULL)
		abort();
	if (section->kind == PIECE_MIME)
		made = mailimap_section_new_part_mime(part);
	else if (section->kind == PIECE_HEADER)
		made = mailimap_section_new_part_header(part);
	else
		made = mailimap_section_new_part(part);
	if (made == NULL)
		abort();
	return made;
}

static bool is_path(const struct mailimap_section_part *part, const struct section_path *path)
{
	size_t n = 0;

	for (clistiter *i = clist_begin(part->sec_id); i != NULL; i = clist_next(i), n++)
		if (n == path->n || *(uint32_t *)clist_content(i) != path->numbers[n])
			return false;
	return n == path->n;
}

static bool is_kind(const struct mailimap_section_text *text, enum piece_kind kind)
{
	if (text == NULL)
		return kind == PIECE_BODY;
	if (text->sec_type == MAILIMAP_SECTION_TEXT_MIME)
		return kind == PIECE_MIME;
	return kind == PIECE_HEADER && text->sec_msgtext != NULL &&
	       text->sec_msgtext->sec_type == MAILIMAP_SECTION_MSGTEXT_HEADER;
}

/* Which of the sections this answer is; n_sections when it is none. */
static size_t find_section(const struct mailimap_section *answer, const struct section *sections, size_t n_sections)
{
	const struct mailimap_section_spec *spec = answer ? answer->sec_spec : NULL;
	size_t i = n_sections;

	if (spec != NULL && spec->sec_type == MAILIMAP_SECTION_SPEC_SECTION_PART)
		for (i = 0; i < n_sections; i++)
			if (is_kind(spec->sec_text, sections[i].kind) &&
			    is_path(spec->sec_data.sec_part, &sections[i].path))
				break;
	return i;
}

static void take_sections(const struct mailimap_msg_att *att, const struct section *sections, size_t n_sections,
			  section_fn take, void *arg)
{
	uint32_t uid = uid_of(att);

	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_body_section *section;
		size_t which;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC ||
		    item->att_data.att_static->att_type != MAILIMAP_MSG_ATT_BODY_SECTION)
			continue;
		section = item->att_data.att_static->att_data.att_body_section;
		which = find_section(section->sec_section, sections, n_sections);
		if (which < n_sections && section->sec_body_part != NULL)
			take(arg, uid, which, (struct str){ section->sec_body_part, section->sec_length });
	}
}

bool session_fetch_sections(struct session *s, const uint32_t *uids, size_t n_uids, const struct section *sections,
			    size_t n_sections, uint64_t max_bytes, section_fn take, void *arg, struct err *err)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	session_ask(type, mailimap_fetch_att_new_uid());
	for (size_t i = 0; i < n_sections; i++)
		session_ask(type, mailimap_fetch_att_new_body_peek_section(section_of(&sections[i])));
	session_arm(s, max_bytes + (uint64_t)n_uids * n_sections * SECTION_BYTES);
	if (!session_fetch_uids(s, uids, n_uids, type, err))
		return false;
	for (clistiter *i = clist_begin(s->fetched); i != NULL; i = clist_next(i))
		take_sections(clist_content(i), sections, n_sections, take, arg);
	return true;
}
