/* The usual names of form fields in English, Portuguese and Spanish. */
#pragma once

#include "post.h"

/* By the whole key (its words joined, fillers dropped): "fullname", "email" … */
enum meaning words_meaning(struct str key);
/* By one word that tells alone: "whatsapp" in "WhatsApp com DDD". */
enum meaning words_hint(struct str word);
/* Says nothing by itself: "your", "seu", "contact". */
bool words_is_filler(struct str word);
/* A container that only wraps a form: lead[…], data.… */
bool words_is_wrapper(struct str key);
