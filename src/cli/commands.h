/* Every command of the command line; commands[] ends with a NULL name. */
#pragma once

#include "cli/cli.h"

extern const struct command commands[];
/* "contact show X" and "timeline X": the longest name that fits. NULL: none; *n_words are its own. */
const struct command *command_find(int argc, char **argv, int *n_words);

int cmd_status(struct cli *cli);
int cmd_ledger(struct cli *cli);
int cmd_connectors(struct cli *cli);
int cmd_connector_blocked(struct cli *cli);
int cmd_connector_test(struct cli *cli);
int cmd_contacts(struct cli *cli);
int cmd_contact_show(struct cli *cli);
int cmd_contact_merge(struct cli *cli);
int cmd_contact_unmerge(struct cli *cli);
int cmd_contact_split(struct cli *cli);
int cmd_contact_move(struct cli *cli);
int cmd_contact_add(struct cli *cli);
int cmd_contact_remove(struct cli *cli);
int cmd_contact_name(struct cli *cli);
int cmd_contact_assign(struct cli *cli);
int cmd_erase(struct cli *cli);
int cmd_export_person(struct cli *cli);
int cmd_review_dismiss(struct cli *cli);
int cmd_timeline(struct cli *cli);
int cmd_interactions(struct cli *cli);
int cmd_search(struct cli *cli);
int cmd_dead_letters(struct cli *cli);
int cmd_dead_letter_show(struct cli *cli);
int cmd_html(struct cli *cli);
int cmd_dead_letter_retry(struct cli *cli);
int cmd_dead_letter_drop(struct cli *cli);
int cmd_review(struct cli *cli);
int cmd_note(struct cli *cli);
int cmd_import(struct cli *cli);
int cmd_setup_imap(struct cli *cli);
int cmd_backup(struct cli *cli);
int cmd_backup_list(struct cli *cli);
int cmd_backup_verify(struct cli *cli);
int cmd_restore(struct cli *cli);
int cmd_rebuild(struct cli *cli);
int cmd_reconcile(struct cli *cli);
int cmd_reclassify(struct cli *cli);
int cmd_reload(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_oauth_login(struct cli *cli);
int cmd_oauth_status(struct cli *cli);
int cmd_oauth_revoke(struct cli *cli);
int cmd_config_check(struct cli *cli);
int cmd_config_explain(struct cli *cli);
int cmd_config_schema(struct cli *cli);
int cmd_config_example(struct cli *cli);
int cmd_config_man(struct cli *cli);
int cmd_completion(struct cli *cli);
int cmd_complete(struct cli *cli);
int cmd_token_create(struct cli *cli);
int cmd_token_list(struct cli *cli);
int cmd_token_revoke(struct cli *cli);
int cmd_audit(struct cli *cli);
int cmd_audit_verify(struct cli *cli);
int cmd_user_list(struct cli *cli);
int cmd_user_passwd(struct cli *cli);
int cmd_user_totp(struct cli *cli);
int cmd_session_list(struct cli *cli);
int cmd_session_revoke(struct cli *cli);
int cmd_login_link(struct cli *cli);
int cmd_api_routes(struct cli *cli);
int cmd_version(struct cli *cli);
int cmd_fetch(struct cli *cli);
int cmd_help(struct cli *cli);
