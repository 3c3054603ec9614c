#include "router/ingest/verify.h"

#include "common/base/attr.h"

#include <string.h>

#define WINDOW      50
#define MIN_SAMPLE  20
#define MAX_STRIKES 3
/* Percent of the window. Blocks may have come or gone for good reasons, so
 * that evidence must be far stronger. */
#define MAX_WRONG  20
#define MAX_ABSENT 60

void verify_init(struct verify *v)
{
	memset(v, 0, sizeof(*v));
}

enum ingest_verdict verify_judge(uint32_t predicted, uint32_t reported,
				 size_t block_size, bool changed)
{
	uint32_t apart = predicted > reported ? predicted - reported
					      : reported - predicted;

	if (block_size == 0)
		return INGEST_UNKNOWN;
	if (apart < block_size)
		return INGEST_EXACT;
	return changed ? INGEST_INDEX_CHANGED : INGEST_WRONG;
}

static unsigned percent(uint64_t bits, unsigned n)
{
	uint64_t mask = (UINT64_C(1) << n) - 1;

	return (unsigned)__builtin_popcountll(bits & mask) * 100 / n;
}

static enum verify_action strike(struct verify *v)
{
	unsigned strikes = v->strikes + 1;

	verify_init(v);
	if (strikes > MAX_STRIKES)
		return VERIFY_DISTRUST;
	v->strikes = strikes;
	return VERIFY_RESYNC;
}

enum verify_action verify_add(struct verify *v, enum ingest_verdict verdict,
			      bool absent)
{
	bool wrong = verdict == INGEST_WRONG;
	bool gone = absent && (wrong || verdict == INGEST_INDEX_CHANGED);

	if (verdict == INGEST_UNKNOWN)
		return VERIFY_FINE;
	v->wrong = v->wrong << 1 | (wrong ? 1 : 0);
	v->absent = v->absent << 1 | (gone ? 1 : 0);
	v->n += v->n < WINDOW ? 1 : 0;
	if (v->n < MIN_SAMPLE)
		return VERIFY_FINE;
	if (percent(v->wrong, v->n) > MAX_WRONG ||
	    percent(v->absent, v->n) > MAX_ABSENT)
		return strike(v);
	if (v->strikes > 0 && ++v->good >= WINDOW) {
		v->strikes = 0;
		v->good = 0;
	}
	return VERIFY_FINE;
}
