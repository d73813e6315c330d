/* Notices of mail systems that are written for people alone: bounces of qmail, Exim, Exchange and Gmail without
 * the parts of RFC 3464, and Outlook's "Read:". Read line by line, with the words that those programs use. */
#pragma once

#include <stdbool.h>

struct mail;

/* Did a mail system write it, by its sender and header? Says nothing about what it writes. */
bool notice_is_from_system(struct mail *m);

/* A bounce, or a warning that a mail is late: m->report has recipients, status, diagnostic. */
bool notice_read_bounce(struct mail *m);

/* "Your message … was read on …": m->report has the disposition. */
bool notice_read_receipt(struct mail *m);

/* The Message-ID of the mail it is about, where m->report has none: from a copy in the text, else from the
 * header by which the notice answers it. */
void notice_find_about(struct mail *m);
