/* Who may do what: roles of the configuration, and those there are without one. Pure. */
#pragma once

#include <daybook/str.h>

#include "store/view.h"

struct arena;
struct config;
struct config_staff;
struct err;

enum right {
	RIGHT_READ = 1 << 0, RIGHT_WRITE = 1 << 1, RIGHT_ASSIGN = 1 << 2, RIGHT_MERGE = 1 << 3, RIGHT_ERASE = 1 << 4,
	RIGHT_EXPORT = 1 << 5, RIGHT_CONNECTORS = 1 << 6, RIGHT_DEAD_LETTERS = 1 << 7, RIGHT_METRICS = 1 << 8,
	RIGHT_AUDIT = 1 << 9,
	RIGHT_ALL = (1 << 10) - 1,
};

struct powers {
	unsigned rights;
	enum sees sees;
};

const char *right_name(unsigned right);		/* "read" …; of one right, or RIGHT_ALL */
unsigned right_from(struct str name);		/* 0: none of that name */
const char *sees_name(enum sees sees);

/* False: there is no such role; the role may do nothing then. */
bool role_find(const struct config *config, struct str name, struct powers *powers);
/* What somebody with this role sees. staff may be empty; its team is looked up in the configuration. Texts live in arena
 * and config. Without the right to read nothing is seen. */
void role_viewer(const struct powers *powers, const struct config *config, struct str staff, struct arena *arena,
		 struct viewer *viewer);
bool role_has_staff(const struct config *config, struct str staff);
/* What was given to somebody ends with the reload that takes them out of staff. An empty name is nobody, who stays. */
bool staff_is_gone(const struct config *config, struct str staff);
/* By name, or by one of their mail addresses; NULL: nobody. */
const struct config_staff *staff_find(const struct config *config, struct str who);
/* ERR_INPUT: nobody of that name is in staff, or there is no role that they have. */
bool staff_may_log_in(const struct config *config, struct str name, struct err *err);
