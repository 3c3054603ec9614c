/* Prompts of scripts: segments, "name:tokens", joined by +.
 *
 * A segment's tokens follow from its name and their place, so a longer one
 * begins like a shorter one of the same name. */
#ifndef TESTS_SCENARIO_PROMPT_H
#define TESTS_SCENARIO_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/slice.h"

struct chain;
struct world;

/* `chain` is the arena's. False: it is none. */
bool prompt_chain(struct world *w, struct slice prompt, struct arena *a,
		  struct chain *chain, size_t *n_tokens);
/* The key of its last full block; 0: it is none, or too short. */
uint64_t prompt_key(struct world *w, struct slice prompt);

#endif
