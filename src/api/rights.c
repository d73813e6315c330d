#include "api/rights.h"

#include <daybook/arena.h>
#include <daybook/err.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "conf/config.h"

enum { MAX_TEAM = 1 << 20 };

static const char *const names[] = { "read", "write", "assign", "merge", "erase", "export", "connectors", "dead_letters",
				     "metrics", "audit" };

static const struct {
	const char *name;
	struct powers powers;
} roles[] = {
	{ "admin", { RIGHT_ALL, SEES_ALL } },
	{ "manager", { RIGHT_READ | RIGHT_WRITE | RIGHT_ASSIGN | RIGHT_MERGE | RIGHT_ERASE | RIGHT_EXPORT, SEES_ALL } },
	{ "seller", { RIGHT_READ | RIGHT_WRITE | RIGHT_ASSIGN, SEES_TEAM } },
	{ "viewer", { RIGHT_READ, SEES_ALL } },
	{ "ops", { RIGHT_CONNECTORS | RIGHT_DEAD_LETTERS | RIGHT_METRICS, SEES_NOTHING } },
};

const char *right_name(unsigned right)
{
	for (size_t i = 0; i < countof(names); i++)
		if (right == 1U << i)
			return names[i];
	return right == RIGHT_ALL ? "all" : "none";
}

unsigned right_from(struct str name)
{
	for (size_t i = 0; i < countof(names); i++)
		if (str_eq(name, str_from(names[i])))
			return 1U << i;
	return str_eq(name, STR("all")) ? RIGHT_ALL : 0;
}

const char *sees_name(enum sees sees)
{
	static const char *const texts[] = { "nothing", "own", "team", "all" };

	return texts[sees];
}

static struct powers read_role(const struct config_role *role)
{
	struct powers powers = { .sees = SEES_OWN + (enum sees)role->sees };

	for (size_t i = 0; i < role->can.n_items; i++)
		powers.rights |= right_from(str_from(role->can.items[i]));
	return powers;
}

bool role_find(const struct config *config, struct str name, struct powers *powers)
{
	*powers = (struct powers){ 0 };
	for (size_t i = 0; i < config->n_roles; i++) {
		if (!str_eq(name, str_from(config->roles[i].name)))
			continue;
		*powers = read_role(&config->roles[i]);
		return true;
	}
	for (size_t i = 0; i < countof(roles); i++) {
		if (!str_eq(name, str_from(roles[i].name)))
			continue;
		*powers = roles[i].powers;
		return true;
	}
	return false;
}

static const struct config_staff *find_staff(const struct config *config, struct str name)
{
	for (size_t i = 0; i < config->n_staff; i++)
		if (str_eq(name, str_from(config->staff[i].name)))
			return &config->staff[i];
	return NULL;
}

bool role_has_staff(const struct config *config, struct str staff)
{
	return find_staff(config, staff) != NULL;
}

bool staff_is_gone(const struct config *config, struct str staff)
{
	return staff.len > 0 && find_staff(config, staff) == NULL;
}

static bool has_address(const struct config_staff *staff, struct str address)
{
	for (size_t i = 0; i < staff->email.n_items; i++)
		if (str_ieq(address, str_from(staff->email.items[i])))
			return true;
	return false;
}

const struct config_staff *staff_find(const struct config *config, struct str who)
{
	const struct config_staff *found = find_staff(config, who);

	for (size_t i = 0; found == NULL && i < config->n_staff; i++)
		if (has_address(&config->staff[i], who))
			found = &config->staff[i];
	return found;
}

bool staff_may_log_in(const struct config *config, struct str name, struct err *err)
{
	const struct config_staff *staff = find_staff(config, name);
	struct powers powers;

	if (staff == NULL)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not in staff: see staff in daybook.yaml(5)",
				STR_ARG(str_sub(name, 0, 60)));
	if (staff->role == NULL)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" has no role in staff, and may not log in without one: role: seller",
				STR_ARG(str_sub(name, 0, 60)));
	return role_find(config, str_from(staff->role), &powers) ||
	       err_setf(err, ERR_INPUT, "\"" STR_FMT "\" has the role \"%.60s\", which there is not", STR_ARG(str_sub(name, 0, 60)),
			staff->role);
}

static struct str team_of(const struct config *config, const struct config_staff *me, struct arena *arena)
{
	struct json_writer w;
	struct buf list;
	struct str team;

	buf_init(&list, MAX_TEAM);
	json_begin(&w, &list);
	json_open(&w, '[');
	for (size_t i = 0; i < config->n_staff; i++)
		if (me->team != NULL && config->staff[i].team != NULL && strcmp(config->staff[i].team, me->team) == 0)
			json_str_value(&w, str_from(config->staff[i].name));
	json_close(&w, ']');
	team = buf_is_exceeded(&list) ? STR("") : arena_str(arena, buf_str(&list));
	buf_finish(&list);
	return team;
}

void role_viewer(const struct powers *powers, const struct config *config, struct str staff, struct arena *arena,
		 struct viewer *viewer)
{
	const struct config_staff *me = find_staff(config, staff);

	*viewer = (struct viewer){ .sees = powers->rights & RIGHT_READ ? powers->sees : SEES_NOTHING };
	if (me == NULL)
		return;
	viewer->me = str_from(me->name);
	viewer->team = team_of(config, me, arena);
}
