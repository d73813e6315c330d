#!/usr/bin/env python3
"""Law 9: the API reads contacts and entries through src/store/view.h alone; of the rest of the store it may ask only what is
about something that was seen there, or about nobody."""
import re

import tree

LOGIN = {       # of who asks, and of nobody else
    "store_find_session", "store_put_session", "store_use_session", "store_end_session", "store_note_login", "store_get_user",
    "store_get_throttle", "store_note_failure", "store_forget_failures", "store_take_totp_step", "store_take_recovery_code",
    "store_take_link",
}
MAY = LOGIN | {
    "store_open", "store_begin_snapshot", "store_close", "store_find_token", "store_is_token_good", "store_use_token", "store_put_token", "store_revoke_token",
    "store_cursor_key", "store_last_change", "store_put_webhook", "store_remove_webhook", "store_retry_webhook",
    "store_rotate_webhook", "store_get_webhook", "store_put_webhook_attempt", "store_advance_webhook", "store_each_webhook", "store_change_span", "store_each_ledger", "store_each_dead", "store_each_identity", "store_each_attachment",
    "store_find_identity", "store_put_sources", "store_get_journal", "store_find_answer", "store_each_reconcile", "store_last_reconcile", "store_each_token", "store_put_answer",
    "store_get_erasure", "store_each_erasure", "store_find_erased_contact",
    "store_pause", "store_resume",     # of a connector
    "store_each_import", "store_get_import", "store_import_extent", "store_find_connector", "store_import_progress",
    "store_get_upload", "store_count_open_uploads", "store_put_upload", "store_note_piece", "store_drop_upload", "store_next_upload",
    "store_put_export", "store_get_export", "store_each_export", "store_note_export", "store_drop_export", "store_next_export",
    "store_drop_old_exports", "store_has_old_exports",    # whose it is, api/exports.c asks; what is in it came through view.h
    "store_start_upload", "store_end_upload", "store_put_unread", "store_next_stale_upload",    # numbers, and what the file was called
}


def main():
    top = tree.root()
    faults, n = [], 0
    for path in tree.files(top, (".c", ".h")):
        if not path.startswith("src/api/"):
            continue
        n += 1
        text = tree.without_comments(tree.read(top, path))
        for m in re.finditer(r"\bstore_\w+(?=\()", text):
            if m.group(0) not in MAY:
                faults.append("%s:%d: %s() does not ask who looks; view.h does" %
                              (path, tree.line_of(text, m.start()), m.group(0)))
    tree.finish("views", n, faults)


if __name__ == "__main__":
    main()
