/* Where one model's workers are found: what all kinds of it share.
 *
 * A kind tells, now and then, of all workers that there are, as a text in
 * the shape of a model's workers (conf/workers.h), or that it has failed.
 * Out of that come sets of workers: one for each text that differs from the
 * one before it and has settled. What is faulty, empty (unless that is
 * allowed) or too much is a failure, and changes nothing. Everything here
 * belongs to the thread of discovery (seeker.h), which may block. */
#ifndef ROUTER_DISCOVER_FINDER_H
#define ROUTER_DISCOVER_FINDER_H

#include "common/base/loop.h"
#include "router/conf/workers.h"

struct finder;

struct finder_type {
	const char *name;
	/* The texts are machines' own: addresses are numbers, and one faulty
	 * worker does not speak against the others. */
	bool lenient;
	/* Returns what the kind keeps of its own, which stop() frees. */
	void *(*start)(struct finder *s);
	void (*stop)(void *own);
};

struct finder_events {
	/* `set` is counted for whom is told; NULL: as it was. */
	void (*found)(void *arg, const struct finder *s,
		      struct conf_workers *set);
	void (*failed)(void *arg, const struct finder *s, const char *why);
};

/* Begins to look for the workers of a model that has discover. */
struct finder *finder_create(struct loop *l, struct conf *conf,
			     const struct conf_model *model,
			     const struct finder_events *events, void *arg);
void finder_destroy(struct finder **s);
/* The model as a newer configuration has it, if nothing in it says that the
 * source is another one: false if it does. */
bool finder_keep(struct finder *s, struct conf *conf,
		 const struct conf_model *model);
const char *finder_model(const struct finder *s);

/* --- for kinds --- */

struct loop *finder_loop(const struct finder *s);
/* Stays where it is as long as the finder lives. */
const struct conf_discover *finder_conf(const struct finder *s);
/* These are all workers that there are. */
void finder_take(struct finder *s, struct slice text);
/* What was told last is still so. */
void finder_confirm(struct finder *s);
void finder_fail(struct finder *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
