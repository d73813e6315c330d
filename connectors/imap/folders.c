#include "imap/folders.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/mutf7.h"

enum { MAX_FOLDERS = 64, MAX_NAME = 4096 };

/* Spelled as mail programs and providers spell them; compared case-folded. */
static const char *const sent_names[] = {
	"Sent", "Sent Mail", "Sent Items", "Sent Messages", "Sent Objects", "Sent-Mail",	/* English */
	"Enviados", "Enviada", "Enviadas", "Enviado", "Itens Enviados", "E-mails enviados",	/* Portuguese */
	"Mensagens enviadas", "Correio enviado",
	"Elementos enviados", "Correo enviado", "Mensajes enviados",				/* Spanish */
	"Gesendet", "Gesendete Objekte", "Gesendete Elemente", "Gesendete Nachrichten",		/* German */
	"Envoyés", "Messages envoyés", "Éléments envoyés", "Courrier envoyé",			/* French */
	"Posta inviata", "Inviati", "Inviata", "Elementi inviati",				/* Italian */
	"Verzonden", "Verzonden berichten", "Verzonden items", "Verzonden objecten",		/* Dutch */
	"Wysłane", "Elementy wysłane",								/* Polish */
	"Odeslané", "Odeslaná pošta", "Odoslané", "Odoslaná pošta",				/* Czech, Slovak */
	"Sendt", "Sendte e-mails", "Sendt post", "Sendte elementer",				/* Danish, Norwegian */
	"Skickat", "Skickade objekt", "Skickade meddelanden",					/* Swedish */
	"Lähetetyt", "Lähetetyt viestit",							/* Finnish */
	"Gönderildi", "Gönderilmiş Öğeler", "Gönderilenler",					/* Turkish */
	"Elküldött", "Elküldött elemek", "Trimise", "Elemente trimise",				/* Hungarian, Romanian */
	"Απεσταλμένα",										/* Greek */
	"Отправленные", "Надіслані", "Изпратени",						/* Russian, Ukrainian, Bulgarian */
	"已发送", "已发送邮件", "已傳送郵件", "寄件備份", "寄件匣",				/* Chinese */
	"送信済み", "送信済みメール", "送信済みアイテム",						/* Japanese */
	"보낸편지함", "보낸 편지함",								/* Korean */
	"נשלח", "דואר שנשלח", "المرسلة", "البريد المرسل",						/* Hebrew, Arabic */
};

static const struct {
	const char *flag;
	unsigned attr;
} attrs[] = {
	{ "noselect", FOLDER_NOSELECT }, { "nonexistent", FOLDER_NOSELECT }, { "sent", FOLDER_SENT },
	{ "all", FOLDER_ALL }, { "allmail", FOLDER_ALL }, { "archive", FOLDER_ARCHIVE },
	{ "drafts", FOLDER_DRAFTS }, { "flagged", FOLDER_FLAGGED }, { "starred", FOLDER_FLAGGED },
	{ "junk", FOLDER_JUNK }, { "spam", FOLDER_JUNK }, { "trash", FOLDER_TRASH }, { "inbox", FOLDER_INBOX },
};

unsigned folder_attr_from(struct str flag)
{
	if (str_starts(flag, STR("\\")))
		flag = str_sub(flag, 1, STR_NONE);
	for (size_t i = 0; i < countof(attrs); i++)
		if (str_ieq(flag, str_from(attrs[i].flag)))
			return attrs[i].attr;
	return 0;
}

char *folder_fold(struct str s)
{
	utf8proc_uint8_t *out = NULL;

	if (utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &out,
			 UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
				 UTF8PROC_IGNORE) < 0)
		return NULL;
	return (char *)out;
}

static bool is_same_name(struct str a, struct str b)
{
	auto_free char *fa = folder_fold(a), *fb = folder_fold(b);

	return fa != NULL && fb != NULL ? strcmp(fa, fb) == 0 : str_eq(a, b);
}

bool folder_is_sent_name(struct str last_part)
{
	for (size_t i = 0; i < countof(sent_names); i++)
		if (is_same_name(last_part, str_from(sent_names[i])))
			return true;
	return false;
}

static char *label_of(const char *name)
{
	struct buf label;

	buf_init(&label, 2 * MAX_NAME);
	mutf7_decode(str_from(name), &label);
	return buf_steal(&label);
}

/* The name of the folder of sent mail at the top, or right below INBOX or Gmail's root: "Projects/Sent" of
 * a person who files by project is not it. */
static bool is_sent_by_name(const struct listed *l)
{
	auto_free char *label = label_of(l->name);
	struct str text = str_from(label), parent;
	size_t at = l->delimiter ? str_rchr(text, l->delimiter) : STR_NONE;

	if (at == STR_NONE)
		return folder_is_sent_name(text);
	parent = str_sub(text, 0, at);
	return (str_ieq(parent, STR("INBOX")) || str_ieq(parent, STR("[Gmail]")) ||
		str_ieq(parent, STR("[Google Mail]"))) &&
	       folder_is_sent_name(str_sub(text, at + 1, STR_NONE));
}

static bool is_inbox(struct str name)
{
	return str_ieq(name, STR("INBOX"));
}

static bool is_usable(const struct listed *l)
{
	struct str name = str_from(l->name);

	if (name.len == 0 || name.len > MAX_NAME || (l->attrs & FOLDER_NOSELECT))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return false;	/* would break out of a command or a meta line */
	return true;
}

static void add_folder(struct folder_list *out, const char *name, enum folder_hint hint)
{
	for (size_t i = 0; i < out->n_items; i++)
		if (strcmp(out->items[i].name, name) == 0)
			return;
	if (out->n_items == MAX_FOLDERS)
		return;
	out->items = xrealloc(out->items, out->n_items + 1, sizeof(*out->items));
	out->items[out->n_items++] = (struct folder){ xstrdup(name), label_of(name), hint };
}

static enum folder_hint hint_of(const struct listed *l)
{
	if (is_inbox(str_from(l->name)))
		return FOLDER_HINT_INBOX;
	return (l->attrs & FOLDER_SENT) || is_sent_by_name(l) ? FOLDER_HINT_SENT : FOLDER_HINT_NONE;
}

static bool add_by_attr(struct folder_list *out, unsigned attr, const struct listed *all, size_t n_all)
{
	bool is_found = false;

	for (size_t i = 0; attr != 0 && i < n_all; i++) {
		if (!(all[i].attrs & attr) || !is_usable(&all[i]))
			continue;
		add_folder(out, all[i].name, hint_of(&all[i]));
		is_found = true;
	}
	/* No special-use from this server: by name. */
	for (size_t i = 0; !is_found && attr == FOLDER_SENT && i < n_all; i++)
		if (is_usable(&all[i]) && is_sent_by_name(&all[i])) {
			add_folder(out, all[i].name, FOLDER_HINT_SENT);
			is_found = true;
		}
	return is_found;
}

static bool add_by_name(struct folder_list *out, struct str wanted, const struct listed *all, size_t n_all)
{
	for (size_t i = 0; i < n_all; i++) {
		auto_free char *label = label_of(all[i].name);

		if (!is_usable(&all[i]) ||
		    !(str_eq(wanted, str_from(all[i].name)) || str_eq(wanted, str_from(label))))
			continue;
		add_folder(out, all[i].name, hint_of(&all[i]));
		return true;
	}
	return false;
}

/* The server would not list: take the name at its word. */
static bool add_unseen(struct folder_list *out, struct str wanted)
{
	struct buf name;
	bool is_good;

	buf_init(&name, 2 * MAX_NAME);
	is_good = !str_starts(wanted, STR("\\")) && mutf7_encode(wanted, &name) && name.len > 0;
	if (is_good) {
		struct listed l = { .name = name.ptr };

		is_good = is_usable(&l);
		if (is_good)
			add_folder(out, name.ptr, hint_of(&l));
	}
	buf_finish(&name);
	return is_good;
}

static void note_missing(struct folder_list *out, const char *wanted)
{
	char *text = out->missing ? xasprintf("%s, %s", out->missing, wanted) : xstrdup(wanted);

	free(out->missing);
	out->missing = text;
}

void folders_choose(const struct conf_list *wanted, const struct listed *all, size_t n_all,
		    struct folder_list *out)
{
	const char *const defaults[] = { "INBOX", "\\Sent" };
	size_t n = wanted->n_items ? wanted->n_items : countof(defaults);

	*out = (struct folder_list){ 0 };
	for (size_t i = 0; i < n; i++) {
		const char *text = wanted->n_items ? wanted->items[i] : defaults[i];
		struct str want = str_from(text);
		bool is_found;

		if (is_inbox(want) || str_ieq(want, STR("\\Inbox"))) {
			add_folder(out, "INBOX", FOLDER_HINT_INBOX);
			continue;
		}
		if (all == NULL)
			is_found = add_unseen(out, want);
		else if (str_starts(want, STR("\\")))
			is_found = add_by_attr(out, folder_attr_from(want), all, n_all);
		else
			is_found = add_by_name(out, want, all, n_all);
		if (!is_found)
			note_missing(out, text);
	}
}

void folder_list_finish(struct folder_list *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		free(list->items[i].name);
		free(list->items[i].label);
	}
	free(list->items);
	free(list->missing);
	*list = (struct folder_list){ 0 };
}
