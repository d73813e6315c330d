/* What the name of a folder says about the mails in it. Pure. */
#pragma once

#include "cli/import_mail.h"

/* Of a Maildir, by its path below the root: ".Sent", ".INBOX.Itens Enviados", "INBOX/Sent". As a server
 * spells it (modified UTF-7) or in UTF-8. */
enum import_hint import_hint_of_path(struct str path);
/* Of a Maildir that was named itself: mail came in there, unless its name says otherwise. */
enum import_hint import_hint_of_root(const char *path);
/* Of an mbox or a folder of files, by the last part of its path: "Sent.mbox", "Enviados". */
enum import_hint import_hint_of_file(const char *path);

/* Does what lies there (drafts, trash, junk) never count as sent or received? Path as above. */
bool import_is_aside_path(struct str path);
