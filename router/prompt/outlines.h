/* Outlines of prompts (common/template/outline.h), by the kinds of messages
 * that they are of: conversations whose messages follow one another in the
 * same way share one. As many as there is room for, which is little; a new
 * one takes the place of another.
 *
 * Any thread. The lock is held for a look at one place alone. */
#ifndef ROUTER_PROMPT_OUTLINES_H
#define ROUTER_PROMPT_OUTLINES_H

#include "common/base/fingerprint.h"
#include "common/template/outline.h"

/* A power of two; at most OUTLINE_MAX_BYTES and a little each. */
#define OUTLINES_PLACES 256

struct outlines;

struct outlines *outlines_create(void);
void outlines_destroy(struct outlines **o);
/* The caller's to unref; NULL if there is none. */
struct outline *outlines_get(struct outlines *o, struct fingerprint_value key);
/* Takes it over. */
void outlines_put(struct outlines *o, struct fingerprint_value key,
		  struct outline *outline);

#endif
