#include "router/placement/book.h"

#include <math.h>
#include <string.h>

#define SOON_HALF_MS 4000.0
#define LATE_HALF_MS 30000.0
/* Of the mean, that each sighting moves it by. */
#define BEYOND_MEMORY 0.1
#define SETS          (BOOK_PREFIXES / BOOK_WAYS)

static double since_ms(const struct book_prefix *p, uint64_t now_ms)
{
	return now_ms > p->at_ms ? (double)(now_ms - p->at_ms) : 0;
}

static double soon_of(const struct book_prefix *p, uint64_t now_ms)
{
	return p->soon * exp2(-since_ms(p, now_ms) / SOON_HALF_MS);
}

static double late_of(const struct book_prefix *p, uint64_t now_ms)
{
	return p->late * exp2(-since_ms(p, now_ms) / LATE_HALF_MS);
}

/* What decays so and stays at `amount` is fed with so many a second. */
static double per_second(double amount, double half_ms)
{
	return amount * M_LN2 / half_ms * 1e3;
}

double book_rate(const struct book_prefix *p, uint64_t now_ms)
{
	return per_second(soon_of(p, now_ms), SOON_HALF_MS);
}

double book_outlook(const struct book_prefix *p, uint64_t now_ms)
{
	double soon = book_rate(p, now_ms);
	double late = per_second(late_of(p, now_ms), LATE_HALF_MS);

	return soon > late ? soon + (soon - late) : late;
}

double book_weight(const struct book_prefix *p, uint64_t now_ms)
{
	return late_of(p, now_ms);
}

/* Its own place; or else the one to give up for it. */
static struct book_prefix *place_of(struct book *b, const struct sighting *s,
				    uint64_t now_ms)
{
	struct book_prefix *set = &b->prefix[s->tokens_key % SETS * BOOK_WAYS];
	struct book_prefix *least = set;

	for (struct book_prefix *p = set; p < set + BOOK_WAYS; p++) {
		if (p->blocks > 0 && p->tokens_key == s->tokens_key)
			return p;
		if (late_of(p, now_ms) < late_of(least, now_ms))
			least = p;
	}
	*least = (struct book_prefix){
		.tokens_key = s->tokens_key,
		.blocks = s->blocks,
		.model = s->model,
		.beyond = s->beyond,
		.at_ms = now_ms,
	};
	return least;
}

void book_saw(struct book *b, const struct sighting *s, double weight,
	      uint64_t now_ms)
{
	struct book_prefix *p = place_of(b, s, now_ms);

	p->soon = soon_of(p, now_ms) + weight;
	p->late = late_of(p, now_ms) + weight;
	p->at_ms = now_ms;
	p->beyond += BEYOND_MEMORY * (s->beyond - p->beyond);
	if (s->engine_key != 0)
		p->engine_key = s->engine_key;
}

void book_clear(struct book *b)
{
	memset(b, 0, sizeof(*b));
}
