/* What a plan for a model is made of: what its workers have in hand, and who
 * holds the prefixes that are asked for most. Main thread. */
#ifndef ROUTER_PLACEMENT_SURVEY_H
#define ROUTER_PLACEMENT_SURVEY_H

#include "router/fleet/fleet.h"
#include "router/index/index.h"
#include "router/placement/book.h"
#include "router/placement/moves.h"

#define SURVEY_PREFIXES 64

struct survey {
	struct plan_query query;
	const struct book_prefix *prefix[SURVEY_PREFIXES]; /* by their id */
	struct policy_rates *rates;
	enum plan_holds *holds;
};

struct survey_view {
	const struct fleet_model *model;
	uint32_t number; /* the model's, in the book */
	const struct book *book;
	const struct moves *moves;
	const struct index *index;
	struct index_reader *read;
	uint64_t now_ms;
};

/* No prefix, where none of the workers can fetch. */
void survey_make(const struct survey_view *v, struct survey *out);
void survey_fini(struct survey *s);

/* Prefixes asked for of late that the worker holds, and nobody who takes new
 * work: what would be lost if it went. */
unsigned survey_only_there(const struct survey *s, size_t worker);

/* Whether the worker holds the prefix by now, in either tier. */
bool survey_is_there(struct index_reader *read, const struct worker *w,
		     uint64_t tokens_key, uint64_t engine_key);

#endif
