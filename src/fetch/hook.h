/* A batch of webhooks to one address: in their order, over one connection, up to the first that is not taken. */
#pragma once

struct buf;
struct json_object;

/* {"url", "tls_ca", "allow": [networks], "timeout_s", "posts": [{"id", "timestamp", "signature", "body"}]} in,
 * {"results": [{"status", "took_ms", "retry_after_s", "error"}]} out: one for each that was tried. */
void hook_run(struct json_object *request, struct buf *out);
