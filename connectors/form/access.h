/* Who may post, and what they are told. Pure; runs on the loop, never looks into the body. */
#pragma once

#include "form.h"

/* The token, when there is one; the Origin, when origins are listed. */
bool form_verify(const void *conf, const struct request *rq, struct err *err);
/* A browser's question before it posts from another site. */
bool form_preflight(const void *conf, const struct request *rq, struct reply *rp, struct err *err);
/* 303 to redirect_to, or JSON where Accept asks for it. */
void form_thanks(const void *conf, const struct request *rq, struct reply *rp);
/* Idempotency-Key. */
struct str form_delivery_id(const void *conf, const struct request *rq, struct arena *arena);
