/* What a trial found, for people and for programs. */
#pragma once

#include "cli/trial.h"

void trial_print_step(const struct trial_step *step);
/* The fields of a payload, the messages, and the last line. */
void trial_print(const struct trial *t);
void trial_print_json(const struct trial *t, const struct config_connector *conf);
/* Reports the failure, if there is one. Returns the exit code. */
int trial_conclude(const struct trial *t);
