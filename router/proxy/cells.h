/* The parts of metric series that a lane counts in, found again without a
 * lock.
 *
 * Keyed by the addresses of what the labels name (a model, a worker, a
 * static word), which stay put while a fleet is in force: forget all of
 * them when another comes. There are as many as there are series that the
 * lane has counted in. One thread. */
#ifndef ROUTER_PROXY_CELLS_H
#define ROUTER_PROXY_CELLS_H

#include "common/base/attr.h"
#include "router/fleet/metrics.h"

struct cells_slot {
	enum metrics_row row;
	const char *value[3];
	struct metric_cell *cell; /* NULL: free */
};

/* Series of one model, worker or tenant that each request counts in: their
 * columns are X(column, row, second label, third label). */
#define CELLS_COLUMNS(X)                                                       \
	X(OK, REQUESTS, "200", "ok")                                           \
	X(DURATION, DURATION, NULL, NULL)                                      \
	X(FIRST_BYTE, FIRST_BYTE, NULL, NULL)                                  \
	X(TOKEN_TIME, TOKEN_TIME, NULL, NULL)                                  \
	X(DECISION, DECISION, NULL, NULL)                                      \
	X(REPORTED_TOKENS, PROMPT_TOKENS, "worker", NULL)                      \
	X(COUNTED_TOKENS, PROMPT_TOKENS, "gateway", NULL)                      \
	X(PREDICTED_CACHED, PREDICTED_CACHED, NULL, NULL)                      \
	X(BEST_CACHED, BEST_CACHED, NULL, NULL)                                \
	X(REPORTED_CACHED, REPORTED_CACHED, NULL, NULL)                        \
	X(EXACT, PREDICTION, "exact", NULL)                                    \
	X(INDEX_CHANGED, PREDICTION, "index_changed", NULL)                    \
	X(WRONG, PREDICTION, "wrong", NULL)                                    \
	X(UNKNOWN, PREDICTION, "unknown", NULL)                                \
	X(SAME_COUNT, PROMPT_COUNTS, "same", NULL)                             \
	X(OTHER_COUNT, PROMPT_COUNTS, "differs", NULL)                         \
	X(LOST_UNKNOWN, UNCACHED, "held", "unknown")                           \
	X(LOST_TAIL, UNCACHED, "held", "tail")                                 \
	X(LOST_COLD, UNCACHED, "held", "cold")                                 \
	X(LOST_NEW, UNCACHED, "held", "new")                                   \
	X(LOST_EVICTED, UNCACHED, "held", "evicted")                           \
	X(LOST_HEALTH, UNCACHED, "chosen", "health")                           \
	X(LOST_ADMISSION, UNCACHED, "chosen", "admission")                     \
	X(LOST_LOAD, UNCACHED, "chosen", "load")                               \
	X(LOST_POLICY, UNCACHED, "chosen", "policy")                           \
	X(LOST_UNTOLD, UNCACHED, "delivered", "untold")                        \
	X(LOST_GUESS, UNCACHED, "delivered", "guess")                          \
	X(LOST_CHANGED, UNCACHED, "delivered", "changed")                      \
	X(LOST_ENGINE, UNCACHED, "delivered", "engine")                        \
	X(SAVED, PREFILL_SAVED, NULL, NULL)                                    \
	X(BODY_SIZE, BODY_SIZE, NULL, NULL)                                    \
	X(ANSWER_SIZE, ANSWER_SIZE, NULL, NULL)                                \
	X(PROMPT_SIZE, PROMPT_SIZE, NULL, NULL)                                \
	X(OUTPUT_SIZE, OUTPUT_SIZE, NULL, NULL)                                \
	X(FINISH_STOP, FINISHES, "stop", NULL)                                 \
	X(FINISH_LENGTH, FINISHES, "length", NULL)                             \
	X(FINISH_TOOL_CALLS, FINISHES, "tool_calls", NULL)                     \
	X(FINISH_CONTENT_FILTER, FINISHES, "content_filter", NULL)             \
	X(FINISH_OTHER, FINISHES, "other", NULL)                               \
	X(TENANT_OK, TENANT_REQUESTS, "ok", NULL)                              \
	X(TENANT_PROMPT, TENANT_TOKENS, "prompt", NULL)                        \
	X(TENANT_ANSWER, TENANT_TOKENS, "answer", NULL)

enum cells_column {
#define X(id, ...) CELLS_##id,
	CELLS_COLUMNS(X)
#undef X
		CELLS_N
};

struct cells_sheet {
	const char *name;
	struct metric_cell *cell[CELLS_N]; /* NULL: not asked for yet */
};

struct cells {
	struct metrics *metrics;
	struct cells_slot *slot; /* `size` of them, a power of two */
	size_t n, size;
	struct cells_sheet **sheet; /* by name; NULL: free */
	size_t n_sheets, sheets_size;
};

void cells_init(struct cells *c, struct metrics *m);
void cells_fini(struct cells *c);
void cells_forget(struct cells *c);
/* Labels past the row's are NULL. The texts are compared by address. */
struct metric_cell *cells_get(struct cells *c, enum metrics_row row,
			      const char *a, const char *b, const char *d);

/* Where the sheet of a name is looked for first: the heap's addresses differ
 * from the fifth bit on. */
static inline size_t cells_home(const struct cells *c, const char *name)
{
	return (uintptr_t)name >> 4 & (c->sheets_size - 1);
}

struct cells_sheet *cells_find_sheet(struct cells *c, const char *name);

/* The series whose first label is this name, by its address. It is the
 * caller's until it returns: a fleet may come before it is asked again. */
static inline struct cells_sheet *cells_sheet(struct cells *c, const char *name)
{
	struct cells_sheet *s = c->sheet[cells_home(c, name)];

	if (LIKELY(s != NULL && s->name == name))
		return s;
	return cells_find_sheet(c, name);
}

struct metric_cell *cells_fill(struct cells *c, struct cells_sheet *s,
			       enum cells_column column);

static inline struct metric_cell *cells_of(struct cells *c,
					   struct cells_sheet *s,
					   enum cells_column column)
{
	struct metric_cell *cell = s->cell[column];

	return LIKELY(cell != NULL) ? cell : cells_fill(c, s, column);
}

#endif
