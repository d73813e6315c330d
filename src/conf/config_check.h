/* What the text of an option must look like beyond its type. */
#pragma once

struct diags;
struct yaml_node;

/* All options of the main file that have such a rule. */
void config_check_values(const struct yaml_node *root, struct diags *diags);
