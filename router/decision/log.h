/* The log of decisions: a file with a line of JSON for each decision, and
 * one for what came of its request. In it is what a policy was told, so
 * that the decision can be made again by another; block keys are salted
 * anew by each process, and of prompts there is nothing.
 *
 * Whoever decides copies a record into a bounded queue; a thread makes the
 * lines and writes them. What finds no room, or no room on the disk, is
 * dropped and counted. A file that was moved away, as for rotation, is
 * noticed within a second, and a new one begun in its place. */
#ifndef ROUTER_DECISION_LOG_H
#define ROUTER_DECISION_LOG_H

#include "common/base/metric.h"
#include "router/decision/record.h"

struct decision_log;

/* `dropped` counts lines; NULL is allowed. */
struct decision_log *decision_log_create(struct metric_cell *dropped);
/* Writes what is left. */
void decision_log_destroy(struct decision_log **l);

/* Where lines go from now on; NULL: nowhere. On failure it stays as it is.
 * Main thread, as the next. */
MUST_USE enum status decision_log_open(struct decision_log *l, const char *file,
				       struct error *err);
/* The file is looked at anew, at once. */
void decision_log_reopen(struct decision_log *l);

/* Any thread. `l` may be NULL. */
bool decision_log_is_on(const struct decision_log *l);
/* To be mixed into keys; nobody outside of the process knows it. */
uint64_t decision_log_salt(const struct decision_log *l);
void decision_log_put(struct decision_log *l, const struct decision_record *r);
/* What came of the request of this id. */
void decision_log_end(struct decision_log *l, const char *id,
		      const struct decision_outcome *o);
#endif
