/* Root becomes whom the store belongs to: what root makes in it would keep the daemon out. */
#pragma once

#include <daybook/err.h>

bool owner_become(const char *dir, struct err *err);
/* The same, and `folder`, where it is not there, is made for them first. */
bool owner_become_with(const char *dir, const char *folder, struct err *err);
