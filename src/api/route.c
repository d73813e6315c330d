#include "api/route.h"

#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/rights.h"
#include "base/buf.h"
#include "base/json.h"

#define V1 "/api/v1"

const struct api_route api_routes[] = {
	{ "GET", V1 "/me", 0, false, api_me },
	{ "POST", V1 "/session", 0, true, api_login, BODY_JSON, .hashes = true },
	{ "DELETE", V1 "/session", 0, false, api_logout },
	{ "GET", V1 "/session", 0, true, api_login_ways },
	{ "GET", "/login/oidc", 0, true, api_oidc },
	{ "GET", "/login/oidc/callback", 0, true, api_oidc_callback },
	{ "GET", "/login/{link}", 0, true, api_login_link },
	{ "GET", V1 "/contacts", RIGHT_READ, false, api_contacts },
	{ "GET", V1 "/contacts/duplicates", RIGHT_READ, false, api_duplicates },
	{ "GET", V1 "/contacts/{id}", RIGHT_READ, false, api_contact },
	{ "GET", V1 "/contacts/{id}/timeline", RIGHT_READ, false, api_timeline },
	{ "GET", V1 "/companies", RIGHT_READ, false, api_companies },
	{ "GET", V1 "/companies/{name}", RIGHT_READ, false, api_company },
	{ "GET", V1 "/companies/{name}/timeline", RIGHT_READ, false, api_company_timeline },
	{ "POST", V1 "/interactions", RIGHT_WRITE, false, api_record, BODY_JSON },
	{ "GET", V1 "/interactions/{id}", RIGHT_READ, false, api_interaction },
	{ "GET", V1 "/interactions/{id}/body.html", RIGHT_READ, false, api_body_html },
	{ "GET", V1 "/interactions/{id}/raw", RIGHT_READ, false, api_raw },
	{ "GET", V1 "/interactions/{id}/attachments/{n}", RIGHT_READ, false, api_attachment },
	{ "GET", V1 "/search", RIGHT_READ, false, api_search },
	{ "GET", V1 "/review", RIGHT_READ, false, api_review },
	{ "GET", V1 "/changes", 0, false, api_changes },
	{ "GET", V1 "/stream", 0, false, api_stream },
	{ "GET", V1 "/connectors", RIGHT_CONNECTORS, false, api_connectors },
	{ "GET", V1 "/dead-letters", RIGHT_DEAD_LETTERS, false, api_dead_letters },
	{ "GET", V1 "/imports", RIGHT_CONNECTORS, false, api_imports },
	{ "GET", V1 "/imports/{id}", RIGHT_CONNECTORS, false, api_import },
	{ "POST", V1 "/imports", RIGHT_ALL, false, api_upload_begin, BODY_JSON },
	{ "PUT", V1 "/imports/{id}/data", RIGHT_ALL, false, api_upload_piece, BODY_BYTES },
	{ "DELETE", V1 "/imports/{id}", RIGHT_ALL, false, api_upload_drop },
	{ "POST", V1 "/imports/{id}/undo", RIGHT_ALL, false, api_import_undo, BODY_JSON },
	{ "GET", V1 "/exports", RIGHT_EXPORT, false, api_exports },
	{ "POST", V1 "/exports", RIGHT_EXPORT, false, api_export_begin, BODY_JSON },
	{ "GET", V1 "/exports/{id}", RIGHT_EXPORT, false, api_export },
	{ "GET", V1 "/exports/{id}/data", RIGHT_EXPORT, false, api_export_data },
	{ "DELETE", V1 "/exports/{id}", RIGHT_EXPORT, false, api_export_drop },
	{ "GET", V1 "/webhooks", RIGHT_EXPORT, false, api_webhooks },
	{ "POST", V1 "/webhooks", RIGHT_EXPORT, false, api_webhook_add, BODY_JSON },
	{ "DELETE", V1 "/webhooks/{id}", RIGHT_EXPORT, false, api_webhook_remove },
	{ "POST", V1 "/webhooks/{id}/retry", RIGHT_EXPORT, false, api_webhook_retry, BODY_JSON },
	{ "POST", V1 "/webhooks/{id}/rotate", RIGHT_EXPORT, false, api_webhook_rotate, BODY_JSON },
	{ "GET", V1 "/audit", RIGHT_AUDIT, false, api_audit },
	{ "POST", V1 "/contacts", RIGHT_WRITE, false, api_contact_make, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/interactions", RIGHT_WRITE, false, api_enter, BODY_JSON },
	{ "GET", V1 "/connectors/{name}", RIGHT_CONNECTORS, false, api_connector },
	{ "POST", V1 "/connectors/{name}/reconcile", RIGHT_CONNECTORS, false, api_connector_reconcile, BODY_JSON },
	{ "POST", V1 "/connectors/{name}/pause", RIGHT_CONNECTORS, false, api_connector_pause, BODY_JSON },
	{ "POST", V1 "/connectors/{name}/resume", RIGHT_CONNECTORS, false, api_connector_resume, BODY_JSON },
	{ "POST", V1 "/connectors/{name}/sync", RIGHT_CONNECTORS, false, api_connector_sync, BODY_JSON },
	{ "POST", V1 "/dead-letters/{id}/retry", RIGHT_DEAD_LETTERS, false, api_letter_retry, BODY_JSON },
	{ "POST", V1 "/dead-letters/{id}/drop", RIGHT_DEAD_LETTERS, false, api_letter_drop, BODY_JSON },
	{ "GET", V1 "/tokens", RIGHT_ALL, false, api_tokens },
	{ "POST", V1 "/tokens", RIGHT_ALL, false, api_token_make, BODY_JSON },
	{ "DELETE", V1 "/tokens/{id}", RIGHT_ALL, false, api_token_end },
	{ "GET", V1 "/erasures", RIGHT_ERASE, false, api_erasures },
	{ "DELETE", V1 "/contacts/{id}", RIGHT_ERASE, false, api_contact_erase },
	{ "PATCH", V1 "/contacts/{id}", RIGHT_WRITE, false, api_contact_change, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/assign", RIGHT_ASSIGN, false, api_assign, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/company", RIGHT_WRITE, false, api_set_company, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/restrict", RIGHT_ASSIGN, false, api_restrict, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/unrestrict", RIGHT_ASSIGN, false, api_unrestrict, BODY_JSON },
	{ "GET", V1 "/contacts/{id}/consents", RIGHT_READ, false, api_consents },
	{ "POST", V1 "/contacts/{id}/consents", RIGHT_WRITE, false, api_consent_add, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/merge", RIGHT_MERGE, false, api_merge, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/unmerge", RIGHT_MERGE, false, api_unmerge, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/apart", RIGHT_MERGE, false, api_apart, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/split", RIGHT_MERGE, false, api_split, BODY_JSON },
	{ "POST", V1 "/contacts/{id}/identities", RIGHT_WRITE, false, api_identity_add, BODY_JSON },
	{ "DELETE", V1 "/contacts/{id}/identities", RIGHT_WRITE, false, api_identity_remove },
	{ "POST", V1 "/interactions/{id}/reassign", RIGHT_WRITE, false, api_reassign, BODY_JSON },
	{ "POST", V1 "/interactions/{id}/share", RIGHT_WRITE, false, api_share, BODY_JSON },
	{ "POST", V1 "/review/{id}/answer", RIGHT_WRITE, false, api_review_answer, BODY_JSON },
	{ "POST", V1 "/review/{id}/dismiss", RIGHT_WRITE, false, api_review_dismiss, BODY_JSON },
	{ "GET", "/openapi.yaml", 0, true, api_openapi },
	{ "GET", "/docs", 0, true, api_docs },
	{ 0 },
};

static bool matches(struct str pattern, struct str path, struct str parts[ROUTE_MAX_PARTS])
{
	struct str want, have;
	size_t n = 0;

	while (str_next(&pattern, '/', &want)) {
		if (!str_next(&path, '/', &have))
			return false;
		if (want.len > 0 && want.ptr[0] == '{') {
			if (have.len == 0 || n == ROUTE_MAX_PARTS)
				return false;
			parts[n++] = have;
		} else if (!str_eq(want, have)) {
			return false;
		}
	}
	return path.len == 0 && path.ptr == NULL;
}

static void add_method(char allow[64], const char *method)
{
	size_t n = strlen(allow);

	snprintf(allow + n, 64 - n, "%s%s%s", n ? ", " : "", method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

enum route_result route_find(struct str method, struct str path, const struct api_route **out,
			     struct str parts[ROUTE_MAX_PARTS], char allow[64])
{
	allow[0] = '\0';
	for (const struct api_route *r = api_routes; r->method != NULL; r++) {
		if (!matches(str_from(r->path), path, parts))
			continue;
		*out = r;
		if (str_eq(method, str_from(r->method)))
			return ROUTE_FOUND;
		add_method(allow, r->method);
	}
	return allow[0] != '\0' ? ROUTE_OTHER_METHOD : ROUTE_NONE;
}

void routes_json(struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '[');
	for (const struct api_route *r = api_routes; r->method != NULL; r++) {
		json_open(&w, '{');
		json_member(&w, "method", str_from(r->method));
		json_member(&w, "path", str_from(r->path));
		json_member_or_null(&w, "right", str_from(r->right ? right_name(r->right) : NULL));
		json_member_bool(&w, "public", r->is_public);
		json_close(&w, '}');
	}
	json_close(&w, ']');
}
