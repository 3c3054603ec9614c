/* The vocabulary: id to bytes, and bytes to id.
 *
 * Built by one thread (reserve, add, seal), then immutable. Owns its bytes.
 * An entry is `plain` where its bytes are text that a prompt can contain,
 * and not where its written form lies outside the byte alphabet: such an
 * entry is found only by that form. */
#ifndef COMMON_TOKEN_VOCAB_H
#define COMMON_TOKEN_VOCAB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define VOCAB_NONE     UINT32_MAX
#define VOCAB_MAX_ID   (4u << 20)  /* ids stay below */
#define VOCAB_MAX_TEXT (64u << 10) /* bytes of one entry */

struct vocab_entry {
	uint32_t start; /* in bytes */
	uint32_t n : 30;
	uint32_t plain : 1;
	uint32_t used : 1;
};

struct vocab_slot {
	uint32_t tag; /* upper half of the hash */
	uint32_t id;  /* VOCAB_NONE: free */
};

struct vocab {
	struct buf bytes;
	struct vocab_entry *entry; /* n_id of them; holes are not `used` */
	struct vocab_slot *slot;   /* open addressing */
	size_t n_id, n_used, n_slot;
	uint64_t *direct; /* bit per id: see vocab_set_direct */
};

/* Of the two together what may be given to vocab_init(). */
static inline size_t vocab_ids_behind(size_t n_id, size_t n_more)
{
	return n_id + n_more < VOCAB_MAX_ID ? n_id + n_more : VOCAB_MAX_ID;
}

/* `n_id` is one more than the highest id; at most `n_entry` are added. */
void vocab_init(struct vocab *v, size_t n_id, size_t n_entry);
void vocab_fini(struct vocab *v);
/* ERR_INVALID if the id or the text is already there, ERR_LIMIT if id or
 * text are too large. */
MUST_USE enum status vocab_add(struct vocab *v, uint32_t id, struct slice text,
			       bool plain);
uint32_t vocab_find(const struct vocab *v, struct slice text, bool plain);
/* Makes the processor fetch what looking these texts up will read, all at
 * once; n <= VOCAB_FETCH. */
#define VOCAB_FETCH 64
void vocab_fetch(const struct vocab *v, const struct slice *text, size_t n);
/* No more entries will be added: gives spare memory and ids back. */
void vocab_seal(struct vocab *v);
struct slice vocab_text(const struct vocab *v, uint32_t id); /* or empty */
size_t vocab_bytes(const struct vocab *v);                   /* memory held */

/* A direct entry is what a pre-token of the same bytes becomes, as one id,
 * without merging. */
void vocab_set_direct(struct vocab *v, uint32_t id);
/* Id of the direct entry with these bytes, or VOCAB_NONE. */
uint32_t vocab_direct(const struct vocab *v, const char *p, size_t n);

#endif
