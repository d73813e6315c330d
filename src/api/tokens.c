/* Tokens over HTTP: for who may do everything, and never with eyes that see more than the own ones. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/list.h"
#include "api/query_text.h"
#include "api/token.h"
#include "base/clock.h"

enum { MAX_NAME = 80 };

struct new_token {
	struct token_row row;
	char text[TOKEN_TEXT_SIZE];
	unsigned char hash[TOKEN_HASH_SIZE];
};

/* ---- list ---- */

static const char *state_of(const struct token_row *row)
{
	if (row->revoked_us != 0)
		return "revoked";
	return row->expires_us != 0 && row->expires_us <= clock_wall_us() ? "expired" : "good";
}

static void put_what(struct json_writer *w, const struct token_row *row)
{
	put_id(w, "id", row->id, "tok_");
	json_member(w, "name", row->name);
	json_member(w, "role", row->role);
	json_member_or_null(w, "staff", row->staff);
	put_time(w, "expires_at", row->expires_us);
}

static bool put_token(const struct token_row *row, void *arg)
{
	struct list *l = arg;

	if (row->id <= l->last.id)
		return true;
	if (list_is_full(l))
		return false;
	l->last.id = row->id;
	json_open(&l->w, '{');
	put_what(&l->w, row);
	json_member(&l->w, "state", str_from(state_of(row)));
	json_member(&l->w, "made_by", row->made_by);
	put_time(&l->w, "created_at", row->created_us);
	put_time(&l->w, "last_used_at", row->last_used_us);
	json_close(&l->w, '}');
	return true;
}

bool api_tokens(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &l.last) || !params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_token(c->st, put_token, &l, err));
}

/* ---- make ---- */

/* A token shown once is not in the answer that is kept under the Idempotency-Key. */
static bool make(struct call *c, struct err *err)
{
	struct new_token *t = c->wish;
	struct json_writer w;
	char id[ID_TEXT_SIZE];

	if (!token_put(c->st, &t->row, t->hash, err) || !store_find_token(c->st, t->hash, c->arena, &t->row, err))
		return false;
	call_created(c, arena_strf(c->arena, "/api/v1/tokens/%s", id_format(t->row.id, "tok_", id)));
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_what(&w, &t->row);
	json_close(&w, '}');
	c->secret_name = "token";
	c->secret = str_from(t->text);
	return true;
}

/* Sees as much as the one who makes it, at most, and lives no longer. */
static bool fits(struct call *c, const struct token_row *row)
{
	struct powers powers;

	if (!role_find(c->config, row->role, &powers))
		return !problem_body(c, "/role", "unknown_value", "there is no role \"" STR_FMT "\"; see roles in daybook.yaml(5)",
				     STR_ARG(str_sub(row->role, 0, 60)));
	if (powers.sees > c->viewer.sees)
		return !problem(c, 403, "missing-right", "a token of this role would see more than this one");
	if (row->staff.len > 0 && !role_has_staff(c->config, row->staff))
		return !problem_body(c, "/staff", "unknown_value", "\"" STR_FMT "\" is not in staff",
				     STR_ARG(str_sub(row->staff, 0, 60)));
	if (c->viewer.sees != SEES_ALL && row->staff.len > 0 && !str_eq(row->staff, c->token.staff))
		return !problem(c, 403, "missing-right", "a token with somebody else's eyes would see what this one does not");
	/* Whoever has logged in makes tokens for longer than the login. */
	return c->session != 0 || c->token.expires_us == 0 || (row->expires_us != 0 && row->expires_us <= c->token.expires_us) ||
	       !problem_body(c, "/expires_at", "too_late", "it cannot live longer than the token that makes it");
}

static bool read_expiry(struct call *c, int64_t *expires_us)
{
	struct str text;

	if (!body_line(c, "expires_at", 40, &text))
		return false;
	return text.len == 0 || (query_time(text, expires_us) && *expires_us > clock_wall_us()) ||
	       !problem_body(c, "/expires_at", "not_a_time", "expires_at is a time to come, such as 2027-10-01T00:00:00Z");
}

bool api_token_make(struct call *c, struct err *err)
{
	struct new_token *t = arena_new(c->arena, struct new_token);

	(void)err;
	t->row = (struct token_row){ .made_by = call_by(c), .created_us = clock_wall_us() };
	if (!body_line(c, "name", MAX_NAME, &t->row.name) || !body_needs(c, "name", t->row.name.len > 0) ||
	    !body_line(c, "role", MAX_NAME, &t->row.role) || !body_needs(c, "role", t->row.role.len > 0) ||
	    !body_line(c, "staff", 200, &t->row.staff) || !read_expiry(c, &t->row.expires_us) || !body_end(c) || !fits(c, &t->row))
		return true;
	token_random(t->text, t->hash);
	c->wish = t;
	c->deed = make;
	return true;
}

/* ---- end ---- */

struct find {
	int64_t id;
	struct str name;
	struct arena *arena;
};

static bool take(const struct token_row *row, void *arg)
{
	struct find *f = arg;

	if (row->id != f->id || row->revoked_us != 0)
		return true;
	f->name = arena_str(f->arena, row->name);
	return false;
}

static bool end(struct call *c, struct err *err)
{
	struct find *f = c->wish;

	f->name = STR("");
	if (!store_each_token(c->st, take, f, err))
		return false;
	if (f->name.len == 0)
		return err_setf(err, ERR_MISSING, "there is no such token");
	if (!token_end(c->st, f->name, call_by(c), err))
		return false;
	c->reply.status = 204;
	c->reply.type = NULL;
	return true;
}

bool api_token_end(struct call *c, struct err *err)
{
	struct find *f = arena_new(c->arena, struct find);

	if (!params_end(c))
		return true;
	f->arena = c->arena;
	c->wish = f;
	c->deed = end;
	return id_parse(c->parts[0], "tok_", &f->id) || err_setf(err, ERR_MISSING, "there is no such token");
}
