#include "mime/tnef.h"

#include "base/mem.h"

enum { SIGNATURE = 0x223e9f78, HEAD_BYTES = 6, LEVEL_MESSAGE = 1, LEVEL_ATTACHMENT = 2, GUID_BYTES = 16 };

/* MS-OXTNEF 2.1.3: the lower half of an attribute's id. */
enum attribute {
	ATTR_MESSAGE_CLASS = 0x8008,
	ATTR_BODY = 0x800c,
	ATTR_ATTACH_DATA = 0x800f,
	ATTR_ATTACH_TITLE = 0x8010,
	ATTR_ATTACH_REND_DATA = 0x9002,
	ATTR_MSG_PROPS = 0x9003,
	ATTR_ATTACHMENT = 0x9005,
	ATTR_CODE_PAGE = 0x9007,
};

/* MS-OXPROPS */
enum property {
	PROP_BODY = 0x1000,
	PROP_RTF_COMPRESSED = 0x1009,
	PROP_HTML = 0x1013,
	PROP_ATTACH_DATA = 0x3701,
	PROP_ATTACH_FILENAME = 0x3704,
	PROP_ATTACH_LONG_FILENAME = 0x3707,
	PROP_ATTACH_MIME_TAG = 0x370e,
	PROP_INTERNET_CPID = 0x3fde,
};

enum property_type {
	TYPE_SHORT = 0x02, TYPE_LONG = 0x03, TYPE_FLOAT = 0x04, TYPE_DOUBLE = 0x05, TYPE_CURRENCY = 0x06,
	TYPE_APP_TIME = 0x07, TYPE_ERROR = 0x0a, TYPE_BOOLEAN = 0x0b, TYPE_OBJECT = 0x0d, TYPE_INT64 = 0x14,
	TYPE_STRING8 = 0x1e, TYPE_UNICODE = 0x1f, TYPE_TIME = 0x40, TYPE_CLSID = 0x48, TYPE_BINARY = 0x102,
	TYPE_MULTIPLE = 0x1000,
};

/* ---- a cursor that never passes the end: then it is damaged and gives zeros ---- */

struct cursor {
	struct str rest;
	bool is_damaged;
};

static struct str take(struct cursor *c, size_t n)
{
	struct str s;

	if (n > c->rest.len) {
		c->is_damaged = true;
		c->rest = str_sub(c->rest, c->rest.len, 0);
		return (struct str){ NULL, 0 };
	}
	s = str_sub(c->rest, 0, n);
	c->rest = str_sub(c->rest, n, c->rest.len);
	return s;
}

static uint32_t little_endian(struct str s)
{
	uint32_t value = 0;

	for (size_t i = 0; i < s.len && i < 4; i++)
		value |= (uint32_t)(unsigned char)s.ptr[i] << (8 * i);
	return value;
}

static uint32_t take_long(struct cursor *c)
{
	return little_endian(take(c, 4));
}

/* The last value may lack its padding. */
static void skip_padding(struct cursor *c, size_t n)
{
	size_t padding = (4 - n % 4) % 4;

	c->rest = str_sub(c->rest, padding, c->rest.len);
}

/* Up to the first NUL, as strings of the code page are. */
static struct str text_of(struct str s)
{
	size_t end = s.len > 0 ? str_chr(s, '\0') : STR_NONE;

	return end == STR_NONE ? s : str_sub(s, 0, end);
}

static struct str wide_text_of(struct str s)
{
	size_t n = s.len & ~(size_t)1;

	for (size_t i = 0; i + 1 < s.len; i += 2)
		if (s.ptr[i] == '\0' && s.ptr[i + 1] == '\0')
			return str_sub(s, 0, i);
	return str_sub(s, 0, n);
}

/* ---- properties ---- */

struct value {
	enum property id;
	enum property_type type;
	struct str bytes;
};

static size_t fixed_size(enum property_type type)
{
	switch (type) {
	case TYPE_SHORT: case TYPE_LONG: case TYPE_FLOAT: case TYPE_ERROR: case TYPE_BOOLEAN: return 4;
	case TYPE_DOUBLE: case TYPE_CURRENCY: case TYPE_APP_TIME: case TYPE_INT64: case TYPE_TIME: return 8;
	case TYPE_CLSID: return GUID_BYTES;
	default: return 0;
	}
}

static bool is_variable(enum property_type type)
{
	return type == TYPE_STRING8 || type == TYPE_UNICODE || type == TYPE_OBJECT || type == TYPE_BINARY;
}

/* A property above 0x8000 is named by a number or a text. */
static void skip_name(struct cursor *c)
{
	uint32_t n;

	take(c, GUID_BYTES);
	if (take_long(c) == 0) {
		take(c, 4);
		return;
	}
	n = take_long(c);
	take(c, n);
	skip_padding(c, n);
}

/* The first of its values; the others are passed over. */
static bool take_values(struct cursor *c, bool is_multiple, struct value *v)
{
	size_t fixed = fixed_size(v->type), size;
	uint32_t n = is_multiple || fixed == 0 ? take_long(c) : 1;

	if (fixed == 0 && !is_variable(v->type))
		return false;
	for (uint32_t i = 0; i < n && !c->is_damaged; i++) {
		struct str bytes;

		size = fixed > 0 ? fixed : take_long(c);
		bytes = take(c, size);
		skip_padding(c, size);
		if (i == 0)
			v->bytes = bytes;
	}
	return !c->is_damaged;
}

/* False at the end, or where it cannot be understood further: then the cursor is damaged. */
static bool next_value(struct cursor *c, uint32_t *n_left, struct value *v)
{
	uint32_t tag;

	if (*n_left == 0 || c->is_damaged)
		return false;
	--*n_left;
	tag = take_long(c);
	*v = (struct value){ .id = (enum property)(tag >> 16),
			     .type = (enum property_type)(tag & 0xffff & ~(unsigned)TYPE_MULTIPLE) };
	if (tag >> 16 >= 0x8000)
		skip_name(c);
	if (!take_values(c, tag & TYPE_MULTIPLE, v))
		c->is_damaged = true;
	return !c->is_damaged;
}

static struct str text_in(const struct value *v)
{
	return v->type == TYPE_UNICODE ? wide_text_of(v->bytes) : text_of(v->bytes);
}

static void take_message_value(struct tnef *t, const struct value *v)
{
	if (v->id == PROP_BODY && text_in(v).len > 0) {
		t->body = text_in(v);
		t->is_body_wide = v->type == TYPE_UNICODE;
	} else if (v->id == PROP_HTML && v->type == TYPE_BINARY) {
		t->html = v->bytes;
	} else if (v->id == PROP_RTF_COMPRESSED && v->type == TYPE_BINARY) {
		t->rtf = v->bytes;
	} else if (v->id == PROP_INTERNET_CPID && v->type == TYPE_LONG) {
		t->html_code_page = little_endian(v->bytes);
	}
}

/* An object begins with the id of its interface: a message in Outlook's format, or a plain stream. */
static void take_object(struct tnef_file *file, struct str bytes)
{
	static const char message[GUID_BYTES] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, (char)0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

	file->is_message = str_eq(str_sub(bytes, 0, GUID_BYTES), (struct str){ message, GUID_BYTES });
	file->bytes = str_sub(bytes, GUID_BYTES, bytes.len);
}

static void take_file_value(struct tnef_file *file, const struct value *v)
{
	switch (v->id) {
	case PROP_ATTACH_LONG_FILENAME:
		file->long_name = text_in(v);
		file->is_long_name_wide = v->type == TYPE_UNICODE;
		break;
	case PROP_ATTACH_FILENAME:
		if (file->name.len > 0)
			break;
		file->name = text_in(v);
		file->is_name_wide = v->type == TYPE_UNICODE;
		break;
	case PROP_ATTACH_MIME_TAG:
		if (v->type == TYPE_STRING8)
			file->media_type = text_in(v);
		break;
	case PROP_ATTACH_DATA:
		if (v->type == TYPE_OBJECT)
			take_object(file, v->bytes);
		else if (v->type == TYPE_BINARY)
			file->bytes = v->bytes;
		break;
	default: break;
	}
}

static void take_properties(struct tnef *t, struct tnef_file *file, struct str data)
{
	struct cursor c = { .rest = data };
	uint32_t n = take_long(&c);
	struct value v;

	while (next_value(&c, &n, &v)) {
		if (file != NULL)
			take_file_value(file, &v);
		else
			take_message_value(t, &v);
	}
	t->is_damaged = t->is_damaged || c.is_damaged;
}

/* ---- attributes ---- */

static void take_message_attribute(struct tnef *t, enum attribute id, struct str data)
{
	switch (id) {
	case ATTR_CODE_PAGE: t->code_page = little_endian(data); break;
	case ATTR_MESSAGE_CLASS: t->message_class = text_of(data); break;
	case ATTR_MSG_PROPS: take_properties(t, NULL, data); break;
	case ATTR_BODY:
		if (t->body.len == 0)
			t->body = text_of(data);
		break;
	default: break;
	}
}

static void take_file_attribute(struct tnef *t, struct tnef_file *file, enum attribute id, struct str data)
{
	switch (id) {
	case ATTR_ATTACH_TITLE:
		file->name = text_of(data);
		file->is_name_wide = false;
		break;
	case ATTR_ATTACH_DATA: file->bytes = data; break;
	case ATTR_ATTACHMENT: take_properties(t, file, data); break;
	default: break;
	}
}

/* Every attachment begins with how it is shown. */
static struct tnef_file *begin_file(struct tnef *t)
{
	if (t->n_files == TNEF_FILES_MAX) {
		t->n_unlisted++;
		return NULL;
	}
	return &t->files[t->n_files++];
}

bool tnef_read(struct str bytes, struct tnef *out)
{
	struct cursor c = { .rest = bytes };
	struct tnef_file *file = NULL;

	*out = (struct tnef){ 0 };
	if (little_endian(take(&c, 4)) != SIGNATURE || c.rest.len < HEAD_BYTES - 4)
		return false;
	take(&c, HEAD_BYTES - 4);
	while (c.rest.len > 0 && !c.is_damaged) {
		uint32_t level = little_endian(take(&c, 1)), id = take_long(&c), size = take_long(&c);
		struct str data = take(&c, size);

		take(&c, 2);	/* a checksum that not every program gets right */
		if (data.len < size || (level != LEVEL_MESSAGE && level != LEVEL_ATTACHMENT)) {
			c.is_damaged = true;
		} else if (level == LEVEL_MESSAGE) {
			take_message_attribute(out, (enum attribute)(id & 0xffff), data);
		} else if ((id & 0xffff) == ATTR_ATTACH_REND_DATA) {
			file = begin_file(out);
		} else if (file != NULL) {
			take_file_attribute(out, file, (enum attribute)(id & 0xffff), data);
		}
	}
	out->is_damaged = out->is_damaged || c.is_damaged;
	return true;
}
