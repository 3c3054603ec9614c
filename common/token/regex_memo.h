/* What was found out about places of a program at places of a text.
 *
 * Whether a part of the program leads to its end from a place depends on
 * nothing else, as there are no references back, so what is known of one
 * attempt counts for all. One thread. */
#ifndef COMMON_TOKEN_REGEX_MEMO_H
#define COMMON_TOKEN_REGEX_MEMO_H

#include "common/token/regex.h"

#define REGEX_FAILS UINT32_MAX

/* Forgets all; grows to what `n_op` operations need. */
void regex_memo_clear(struct regex_room *r, size_t n_op);
void regex_memo_fini(struct regex_room *r);
size_t regex_memo_bytes(const struct regex_room *r);
/* REGEX_FAILS, or where it ends. False if nothing is known. */
bool regex_memo_get(const struct regex_room *r, uint32_t op, uint32_t at,
		    uint32_t *fate);
void regex_memo_put(struct regex_room *r, uint32_t op, uint32_t at,
		    uint32_t fate);

/* A run of a class that began at `at` and went up to `end`, but nothing
 * that could follow did; one that begins within it fails as well. */
void regex_memo_put_run(struct regex_room *r, uint32_t op, uint32_t at,
			uint32_t end);
bool regex_memo_fails(const struct regex_room *r, uint32_t op, uint32_t at);

#endif
