/* What a request's worker is to load from the store that it shares with
 * others. Its connector does so by itself, by the blocks' names: nothing is
 * said to it. What comes of it shows in the answer's usage, when the draft
 * has long gone; so the names are kept until then, 8 bytes a block.
 * Private to this folder. */
#ifndef ROUTER_PROXY_STORE_LOAD_H
#define ROUTER_PROXY_STORE_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct request;

struct store_load {
	unsigned worker; /* its id */
	unsigned puts;   /* its store_puts, then */
	uint32_t n;      /* blocks, behind those that the worker has itself */
	uint64_t key[];  /* as its events name them */
};

/* By whoever computes its prompt, as that has just been chosen; what another
 * was to load is forgotten. */
void store_load_note(struct request *r);
void store_load_forget(struct request *r);

/* Where it loads from; NULL: it loads nothing. */
const char *store_load_name(const struct request *r);

#endif
