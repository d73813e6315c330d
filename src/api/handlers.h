/* One function a route. */
#pragma once

#include <daybook/err.h>

struct call;

bool api_me(struct call *c, struct err *err);
bool api_login(struct call *c, struct err *err);
bool api_logout(struct call *c, struct err *err);
bool api_login_link(struct call *c, struct err *err);
bool api_login_ways(struct call *c, struct err *err);
bool api_oidc(struct call *c, struct err *err);
bool api_oidc_callback(struct call *c, struct err *err);
bool api_contacts(struct call *c, struct err *err);
bool api_contact(struct call *c, struct err *err);
bool api_timeline(struct call *c, struct err *err);
bool api_record(struct call *c, struct err *err);
bool api_interaction(struct call *c, struct err *err);
bool api_body_html(struct call *c, struct err *err);
bool api_raw(struct call *c, struct err *err);
bool api_attachment(struct call *c, struct err *err);
bool api_search(struct call *c, struct err *err);
bool api_review(struct call *c, struct err *err);
bool api_changes(struct call *c, struct err *err);
bool api_webhooks(struct call *c, struct err *err);
bool api_webhook_add(struct call *c, struct err *err);
bool api_webhook_remove(struct call *c, struct err *err);
bool api_webhook_retry(struct call *c, struct err *err);
bool api_stream(struct call *c, struct err *err);
bool api_connectors(struct call *c, struct err *err);
bool api_dead_letters(struct call *c, struct err *err);
bool api_audit(struct call *c, struct err *err);
bool api_contact_make(struct call *c, struct err *err);
bool api_enter(struct call *c, struct err *err);
bool api_connector(struct call *c, struct err *err);
bool api_connector_pause(struct call *c, struct err *err);
bool api_connector_resume(struct call *c, struct err *err);
bool api_connector_sync(struct call *c, struct err *err);
bool api_connector_reconcile(struct call *c, struct err *err);
bool api_imports(struct call *c, struct err *err);
bool api_import(struct call *c, struct err *err);
bool api_import_undo(struct call *c, struct err *err);
bool api_letter_drop(struct call *c, struct err *err);
bool api_letter_retry(struct call *c, struct err *err);
bool api_tokens(struct call *c, struct err *err);
bool api_token_make(struct call *c, struct err *err);
bool api_token_end(struct call *c, struct err *err);
bool api_contact_erase(struct call *c, struct err *err);
bool api_erasures(struct call *c, struct err *err);
bool api_merge(struct call *c, struct err *err);
bool api_unmerge(struct call *c, struct err *err);
bool api_apart(struct call *c, struct err *err);
bool api_duplicates(struct call *c, struct err *err);
bool api_split(struct call *c, struct err *err);
bool api_contact_change(struct call *c, struct err *err);
bool api_assign(struct call *c, struct err *err);
bool api_share(struct call *c, struct err *err);
bool api_restrict(struct call *c, struct err *err);
bool api_unrestrict(struct call *c, struct err *err);
bool api_consents(struct call *c, struct err *err);
bool api_consent_add(struct call *c, struct err *err);
bool api_identity_add(struct call *c, struct err *err);
bool api_identity_remove(struct call *c, struct err *err);
bool api_reassign(struct call *c, struct err *err);
bool api_review_answer(struct call *c, struct err *err);
bool api_review_dismiss(struct call *c, struct err *err);
bool api_openapi(struct call *c, struct err *err);
bool api_docs(struct call *c, struct err *err);
