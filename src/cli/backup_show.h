/* A backup as one object of --json. */
#pragma once

struct manifest;

void backup_show_json(const char *path, const struct manifest *head);
