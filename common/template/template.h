/* The template language in which models say how a conversation becomes a
 * prompt: the part of Jinja2 that chat templates use, in the environment
 * that transformers gives it (trim_blocks, lstrip_blocks, loop controls,
 * {% generation %}, tojson, raise_exception, strftime_now; immutable
 * sandbox; no escaping). Values mean what they mean in Python.
 *
 * A template is compiled once, immutable, counted; any thread renders. */
#ifndef COMMON_TEMPLATE_TEMPLATE_H
#define COMMON_TEMPLATE_TEMPLATE_H

#include <time.h>

#include "common/base/buf.h"
#include "common/template/value.h"

#define TEMPLATE_MAX_SOURCE_BYTES (1u << 20)

struct template;

/* What one rendering may use before it ends with ERR_LIMIT. */
struct template_limits {
	uint64_t max_steps;
	size_t max_bytes;        /* of output */
	size_t max_memory_bytes; /* of values made on the way */
	unsigned max_calls;      /* macros within macros */
};

/* 2 million steps, which take less than 50 ms whatever is done in them;
 * 16 MiB, 48 MiB, 64. */
struct template_limits template_default_limits(void);

/* ERR_INVALID: not a template; ERR_UNSUPPORTED: uses what we do not have;
 * ERR_LIMIT. The sentence has the line. */
MUST_USE enum status template_load(struct slice source, struct template **out,
				   struct error *err);
struct template *template_ref(struct template *t);
void template_unref(struct template **t); /* NULL is allowed */

/* Does the source use this name as a variable that it leaves to the
 * caller, anywhere? Errs on the side of yes. */
bool template_has_name(const struct template *t, struct slice name);
struct slice template_source(const struct template *t); /* normalised */
/* Does the source have "developer" or 'developer', quoted? */
bool template_quotes_developer(const struct template *t);
size_t template_bytes(const struct template *t); /* memory held */

struct outlining;
struct passes;

/* Appends to `out`; on failure `out` is as it was. With `passes`, which may
 * be NULL, it takes over what cannot have changed (passes.h); with
 * `outlining`, which may be NULL and is if `passes` is not, it is watched
 * (outline.h). `globals` is a
 * dict of the variables; it and what the rendering makes live in `arena`. `now`
 * is the local time for strftime_now. ERR_INVALID: the template itself refused,
 * or would fail in Python, with that sentence; ERR_LIMIT; ERR_UNSUPPORTED. */
MUST_USE enum status template_render(
	const struct template *t, const struct dict *globals,
	const struct tm *now, const struct template_limits *limits,
	struct passes *passes, struct outlining *outlining, struct arena *arena,
	struct buf *out, struct error *err);

#endif
