/* The check of a backup with its faults on stderr. Returns an exit code. */
#pragma once

struct manifest;

int backup_verify(const char *path, struct manifest *head);
