/* The tokens of an event: an array of small integers, by far the most of
 * what events bring. Internal to this folder. */
#ifndef COMMON_EVENT_TOKENS_H
#define COMMON_EVENT_TOKENS_H

#include "common/event/walk.h"

/* Reads integers of at most four bytes into out[0, n), up to n of them or
 * to one of another form; returns how many. Some may be left unread near
 * the end of `w`. */
size_t tokens_read(struct walk *w, uint32_t *out, size_t n);

#endif
