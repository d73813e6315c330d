/* What mail programs and providers call the folders of sent, junk, deleted and unsent mail. Compared case-folded. */
#include "imap/folders.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

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

static const char *const junk_names[] = {
	"Spam", "Junk", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail",			/* English */
	"Lixo Eletrônico", "Lixo eletrónico", "Spam e lixo",					/* Portuguese */
	"Correo basura", "Correo no deseado", "No solicitado",					/* Spanish */
	"Junk-E-Mail", "Spamverdacht", "Unerwünscht", "Werbung",				/* German */
	"Courrier indésirable", "Indésirables", "Pourriel",					/* French */
	"Posta indesiderata", "Ongewenst", "Ongewenste e-mail", "Nettsøppel", "Søppelpost", "Skräp", "Skräppost",
	"Uønsket post", "Roskaposti", "Nevyžádaná pošta", "Nevyžiadaná pošta", "Wiadomości-śmieci", "Levélszemét",
	"Önemsiz", "Gereksiz", "Спам", "Нежелательная почта", "Ανεπιθύμητα",
	"垃圾邮件", "垃圾郵件", "迷惑メール", "스팸", "스팸메일함", "דואר זבל", "البريد غير الهام",
};

static const char *const trash_names[] = {
	"Trash", "Bin", "Deleted", "Deleted Items", "Deleted Messages", "Deleted Objects",	/* English */
	"Lixeira", "Lixo", "Caixote do lixo", "Itens Excluídos", "Itens Eliminados",		/* Portuguese; spam at some */
	"Excluídos",
	"Papelera", "Papelera de reciclaje", "Eliminados", "Elementos eliminados",		/* Spanish */
	"Papierkorb", "Gelöscht", "Gelöschte Objekte", "Gelöschte Elemente",			/* German */
	"Corbeille", "Éléments supprimés", "Messages supprimés",				/* French */
	"Cestino", "Posta eliminata", "Prullenbak", "Verwijderde items", "Papirkurv", "Slettede elementer",
	"Slettet post", "Papperskorgen", "Borttagna objekt", "Roskakori", "Poistetut", "Koš", "Kôš", "Kosz",
	"Elementy usunięte", "Lomtár", "Çöp", "Çöp Kutusu", "Silinmiş Öğeler", "Κάδος", "Κάδος απορριμμάτων",
	"Корзина", "Удаленные", "Удалённые", "Кошик", "已删除邮件", "已刪除郵件", "垃圾桶", "ゴミ箱", "ごみ箱",
	"削除済みアイテム", "휴지통", "지운 편지함", "אשפה", "المهملات",
};

static const char *const drafts_names[] = {
	"Drafts", "Draft", "Rascunhos", "Rascunho", "Borradores", "Borrador", "Brouillons", "Brouillon", "Entwürfe", "Entwurf",
	"Bozze", "Concepten", "Kladder", "Kladde", "Utkast", "Luonnokset", "Koncepty", "Rozepsané", "Wersje robocze",
	"Kopie robocze", "Szkice", "Piszkozatok", "Taslaklar", "Πρόχειρα", "Черновики", "Чернетки", "草稿", "草稿箱",
	"下書き", "임시보관함", "임시 보관함", "טיוטות", "المسودات", "Outbox", "Templates",
};

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

static bool is_among(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_same_name(name, str_from(names[i])))
			return true;
	return false;
}

unsigned folder_attr_of_name(struct str last_part)
{
	if (is_among(last_part, sent_names, countof(sent_names)))
		return FOLDER_SENT;
	if (is_among(last_part, junk_names, countof(junk_names)))
		return FOLDER_JUNK;
	if (is_among(last_part, trash_names, countof(trash_names)))
		return FOLDER_TRASH;
	return is_among(last_part, drafts_names, countof(drafts_names)) ? FOLDER_DRAFTS : 0;
}
