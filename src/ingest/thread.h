/* The conversation that a mail belongs to, by its References, In-Reply-To and what Gmail and Outlook say; never by its
 * subject. Writer thread. */
#pragma once

#include <daybook/interaction.h>

struct intake;
struct store;

/* Fills it->thread; leaves what is no mail. Other mails' threads may change with it. */
bool thread_find(struct intake *in, struct store *st, struct interaction *it, struct err *err);
