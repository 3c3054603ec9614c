/* Counters, gauges and histograms in rows, written as Prometheus text.
 *
 * A family is a row: name, kind, help, label names, buckets. A cell is one
 * series; it is found once and then updated with relaxed atomics by any
 * thread. A thread that counts much does so in a part of its own, where it
 * has no other to mind; what is told of the series is the sum. Past `max_cells`
 * series that are shown, or sixteen times as many that ever were, a family's
 * further label values fall into the cell whose label values are all
 * "other". */
#ifndef COMMON_BASE_METRIC_H
#define COMMON_BASE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_MAX_LABELS 4

struct metric_family {
	const char *name; /* whole name, with prefix and unit */
	enum metric_kind kind;
	const char *help;
	const char *label[METRIC_MAX_LABELS]; /* NULL-ended if fewer */
	const double *bucket; /* histograms: ascending upper bounds */
	size_t n_buckets;
	size_t max_cells; /* 0: 1,024 */
};

struct metric_set;

/* A series, or a part of one: the set's own, here to be counted in without
 * a call. */
struct metric_cell {
	const struct metric_family *family;
	char *value[METRIC_MAX_LABELS];
	bool hidden; /* under the set's lock */
	struct metric_cell *next;
	const void *owner;                  /* of a part; NULL: it is none */
	_Atomic(struct metric_cell *) part; /* the next one of the series */
	_Atomic double number;    /* counter, gauge; histogram: the sum */
	_Atomic uint64_t count[]; /* histogram: buckets, then +Inf */
};

/* `family` outlives the set. Any thread may use the set. */
struct metric_set *metric_set_create(const struct metric_family *family,
				     size_t n);
void metric_set_destroy(struct metric_set **set);
/* Takes a lock; hold on to the cell, it lives as long as the set. One
 * value for each label of the family. */
struct metric_cell *metric_cell(struct metric_set *set, size_t family,
				const char *const *value);

/* A part of that series. Only one thread at a time may add to it, and
 * nobody puts a value. The same `owner` is given the same part again. */
struct metric_cell *metric_part(struct metric_set *set, size_t family,
				const char *const *value, const void *owner);

void metric_add_among_others(struct metric_cell *c, double by);
/* To a counter or a gauge. Nobody else writes to a part. */
static inline void metric_add(struct metric_cell *c, double by)
{
	double now;

	if (UNLIKELY(c->owner == NULL)) {
		metric_add_among_others(c, by);
		return;
	}
	now = atomic_load_explicit(&c->number, memory_order_relaxed);
	atomic_store_explicit(&c->number, now + by, memory_order_relaxed);
}
static inline void metric_inc(struct metric_cell *c)
{
	metric_add(c, 1);
}
void metric_put(struct metric_cell *c, double value);     /* gauge */
void metric_observe(struct metric_cell *c, double value); /* histogram */
/* With all its parts. */
double metric_value(const struct metric_cell *c);   /* counter, gauge */
uint64_t metric_count(const struct metric_cell *c); /* histogram */

struct metric_total {
	double sum;
	uint64_t count; /* histograms: of how many */
};
/* Over the series that are shown, or those of them with this label value;
 * `label` NULL: any. */
struct metric_total metric_total(struct metric_set *set, size_t family,
				 const char *label, const char *value);

/* Drops the series with this label value (a worker that has gone): it is
 * no longer written; its cell stays valid. */
void metric_hide(struct metric_set *set, const char *label, const char *value);
void metric_write(struct metric_set *set, struct buf *out);
/* "name kind labels help" of every row, one a line. */
void metric_describe(const struct metric_family *family, size_t n,
		     struct buf *out);

#endif
