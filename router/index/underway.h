/* Prompts that are on their way to being computed: sent to a worker, which
 * has not announced their blocks yet. Whoever asks for the same finds where
 * that will be.
 *
 * Of each prompt some keys of its chain are kept, at even distances; the
 * common prefix with another is found among them, and is short of the truth
 * by less than one such distance. Any thread adds, removes and looks, with
 * no lock; a look that meets a change finds nothing worse than a hint that
 * is off. As many prompts as there is room for are followed, no more. */
#ifndef ROUTER_INDEX_UNDERWAY_H
#define ROUTER_INDEX_UNDERWAY_H

#include <stddef.h>
#include <stdint.h>

#define UNDERWAY_MARKS   64   /* keys of a prompt */
#define UNDERWAY_PROMPTS 1024 /* at a time */
#define UNDERWAY_NONE    UINT16_MAX

struct underway;

struct underway *underway_create(void);
void underway_destroy(struct underway **u);

/* `key[0, n)` is sent to the worker. Returns what underway_remove() takes;
 * UNDERWAY_NONE: it is not followed. */
uint16_t underway_add(struct underway *u, unsigned worker, const uint64_t *key,
		      size_t n);
void underway_remove(struct underway *u, uint16_t prompt);

/* Raises blocks[i], for worker id worker[i], to the longest prefix of
 * `key[0, n)` that is on its way there. */
void underway_match(const struct underway *u, const uint64_t *key, size_t n,
		    const unsigned *worker, size_t n_workers, uint32_t *blocks);

#endif
