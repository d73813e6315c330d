/* The conversation that a mail belongs to, by its References, In-Reply-To and what Gmail and Outlook say; never by its
 * subject. Writer thread. */
#pragma once

#include <daybook/interaction.h>

struct intake;
struct mail_links;
struct store;

/* Fills it->thread; leaves what is no mail. Other mails' threads may change with it. */
bool thread_find(struct intake *in, struct store *st, struct interaction *it, struct err *err);

/* What a mail says of its place, as the store has it; of `in` the source, the raw's meta and the arena, into which all is
 * copied, count. Any thread. */
void thread_links(struct intake *in, const struct interaction *it, struct mail_links *links);
