/* Workers that are found while the gateway runs, besides those that are
 * written: what was found last of each model, and how that went.
 *
 * Sources look for them on a thread of their own (seeker.h), which there is
 * once a model has discover. What is here belongs to the main thread. The
 * last good set stays through any failure of its source, and through a
 * reload that gives the model another source until that has found some. */
#ifndef ROUTER_DISCOVER_DISCOVER_H
#define ROUTER_DISCOVER_DISCOVER_H

#include "common/base/mailbox.h"
#include "router/conf/workers.h"
#include "router/fleet/metrics.h"

struct discover;

/* All of it outlives what is made with it. */
struct discover_options {
	struct mailbox *mailbox; /* of the main loop */
	struct metrics *metrics;
	/* Other workers are found by now. */
	void (*changed)(void *arg);
	void *arg;
};

struct discover *discover_create(const struct discover_options *o);
/* Ends its thread, which no mail comes from afterwards: before the mailbox
 * goes. */
void discover_stop(struct discover *d);
/* After the mailbox has gone, which may have held news. */
void discover_destroy(struct discover **d);

/* It has come into force. */
void discover_set_conf(struct discover *d, struct conf *conf);
/* Every source has found something or failed, if only once. */
bool discover_is_known(const struct discover *d);
/* {"models":[…]}, one for each that has discover. */
void discover_report(const struct discover *d, struct buf *out);

/* What is found by now, for another thread: sets with their models' names.
 * Immutable. */
struct found;

struct found *discover_found(const struct discover *d);
void found_free(struct found **f);
/* For each model of a configuration what was found, or NULL: where it has
 * no discover, too. The array is the caller's to mem_free, and lives no
 * longer than `f`. */
struct conf_workers **found_for(const struct found *f, const struct conf *c);

#endif
