/* Conversations found again by the bytes they begin with. One for all lanes,
 * within a byte budget: what was not asked for longest goes first.
 *
 * `text` is what a body has behind the bracket of its messages, with
 * whatever follows them; or a prompt given as text. Nothing of it is parsed
 * before it is found: bytes that were seen are known by their fingerprints
 * (128 bits, under a secret of its own).
 *
 * Any thread. A conversation has one owner: it is found by taking it, and
 * nobody else finds it until it is given back. The lock is held for a look
 * at the table alone. */
#ifndef ROUTER_PROMPT_RECALL_H
#define ROUTER_PROMPT_RECALL_H

#include "router/prompt/conversation.h"

struct recall;

struct recalled {
	/* NULL: nothing is known. The caller's until it is lent or given up. */
	struct conversation *conversation;
	size_t n_turns; /* its first ones, which the text begins with */
	size_t bytes;   /* of the text, up to the last one's end; without
			 * turns, up to where the two may part */
	/* Of the text, in the arena given. */
	struct fingerprint_value *chunk;
	size_t n_chunks;
	uint64_t secret; /* by which they were made */
};

/* Where a turn ends in the text, and what is before. */
struct recall_end {
	size_t at;
	struct fingerprint_value key;
};

struct recall *recall_create(size_t max_bytes);
/* For whoever makes scopes: with it no client can make two that seem
 * alike. */
uint64_t recall_secret(const struct recall *r);
/* Of the prompts of all conversations. */
struct outlines *recall_outlines(const struct recall *r);
/* None may be lent out. */
void recall_destroy(struct recall **r);

/* The conversation that shares most with the text, of those that were kept
 * by whoever found with the same `whose`: 0, or a number that others cannot
 * guess. How long a look takes tells nothing of other ones' texts. */
void recall_find(struct recall *r, uint64_t whose, struct slice text,
		 struct arena *arena, struct recalled *out);
/* It is not gone on with: all is as it was. May hold none. */
void recall_give_up(struct recall *r, struct recalled *f);
struct recall_end recall_end_at(const struct recalled *f, struct slice text,
				size_t at);

/* One to go on with, which the caller owns until recall_keep() or
 * recall_drop(); the first `*kept` turns stay. It is the one found if that
 * is of the same scope and little of it is lost by that; else one of its
 * own, with what the two share. `f` holds none afterwards. */
struct conversation *recall_lend(struct recall *r, struct recalled *f,
				 struct fingerprint_value scope, size_t *kept);
/* Takes it back, under the chunks of its whole text; `end` are those of the
 * turns behind the first `kept`. What no one could find again, or what is
 * over the budget, is forgotten. */
void recall_keep(struct recall *r, struct conversation *c,
		 const struct fingerprint_value *chunk, size_t n_chunks,
		 const struct recall_end *end, size_t kept);
void recall_drop(struct recall *r, struct conversation *c);

size_t recall_bytes(struct recall *r); /* held by conversations */
size_t recall_count(struct recall *r); /* conversations */

#endif
