/* One function a route. */
#pragma once

#include <daybook/err.h>

struct call;

bool api_me(struct call *c, struct err *err);
bool api_contacts(struct call *c, struct err *err);
bool api_contact(struct call *c, struct err *err);
bool api_timeline(struct call *c, struct err *err);
bool api_interaction(struct call *c, struct err *err);
bool api_body_html(struct call *c, struct err *err);
bool api_raw(struct call *c, struct err *err);
bool api_attachment(struct call *c, struct err *err);
bool api_search(struct call *c, struct err *err);
bool api_review(struct call *c, struct err *err);
bool api_changes(struct call *c, struct err *err);
bool api_connectors(struct call *c, struct err *err);
bool api_dead_letters(struct call *c, struct err *err);
bool api_audit(struct call *c, struct err *err);
bool api_openapi(struct call *c, struct err *err);
bool api_docs(struct call *c, struct err *err);
