/* The control socket's part of `daybook oauth`. Loop thread; each answers the request, now or later. */
#pragma once

struct http_request;
struct json_object;
struct serve;

void control_oauth_begin(struct serve *s, struct http_request *rq, struct json_object *body);
void control_oauth_finish(struct serve *s, struct http_request *rq, struct json_object *body);
void control_oauth_poll(struct serve *s, struct http_request *rq, struct json_object *body);
void control_oauth_status(struct serve *s, struct http_request *rq, struct json_object *body);
void control_oauth_revoke(struct serve *s, struct http_request *rq, struct json_object *body);
