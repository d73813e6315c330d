#include "model/role_address.h"

#include "base/mem.h"
#include "model/email.h"

/* Without dots, dashes and underscores. */
static const char *const roles[] = {
	"abuse", "accounting", "accounts", "accountspayable", "accueil", "achats", "administracao", "administracion",
	"administration", "administrativo", "admin", "assistencia", "atendimento", "atencion", "atencionalcliente", "ayuda",
	"billing", "bookkeeping", "booking", "buchhaltung", "careers", "cobranca", "cobranzas", "comercial", "commercial",
	"compras", "comptabilite", "contabilidad", "contabilidade", "contact", "contacto", "contato", "contatos", "contactus",
	"customercare", "customerservice", "diretoria", "einkauf", "empleo", "enquiries", "eventos", "events", "facturacion",
	"facturation", "faturamento", "feedback", "finance", "financas", "financeiro", "financiero", "fiscal", "geral", "gerencia",
	"hello", "help", "helpdesk", "hi", "hola", "hostmaster", "hr", "imprensa", "info", "infos", "informacion",
	"informacoes", "inquiries", "invoice", "invoices", "it", "jobs", "juridico", "kontakt", "kundenservice", "legal",
	"logistica", "logistics", "loja", "mail", "mailbox", "marketing", "media", "nfe", "nf", "nota", "office", "oi", "ola",
	"operacoes", "operations", "orcamento", "orcamentos", "order", "orders", "ouvidoria", "payments", "pedido", "pedidos",
	"post", "postmaster", "pr", "press", "privacy", "producao", "purchasing", "qualidade", "reception", "recepcao", "recepcion",
	"recruiting", "recursoshumanos", "reservas", "reservations", "rh", "rrhh", "sac", "sales", "secretaria", "secretariat",
	"security", "service", "servicio", "servico", "sitio", "site", "soporte", "sugestoes", "suporte", "support", "team", "tecnico", "tesoreria",
	"ti", "tienda", "vendas", "vendite", "ventas", "vente", "ventes", "verkauf", "vertrieb", "web", "webmaster", "welcome",
};

/* "vendas2", "vendas-sp": the same task. */
static bool is_role(struct str local, const char *role)
{
	size_t at = 0;

	for (const char *c = role; *c != '\0'; c++, at++) {
		while (at < local.len && (local.ptr[at] == '.' || local.ptr[at] == '-' || local.ptr[at] == '_'))
			at++;
		if (at == local.len || local.ptr[at] != *c)
			return false;
	}
	return at == local.len || local.ptr[at] == '+' || local.ptr[at] == '.' || local.ptr[at] == '-' || local.ptr[at] == '_' ||
	       (local.ptr[at] >= '0' && local.ptr[at] <= '9');
}

bool email_is_role(struct str email)
{
	struct str local = str_chr(email, '@') == STR_NONE ? email : email_local(email);

	for (size_t i = 0; i < countof(roles); i++)
		if (is_role(local, roles[i]))
			return true;
	return false;
}
