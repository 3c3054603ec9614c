#include "router/policy/reuse.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <math.h>

#define SLOTS 32768 /* 2^15 */
/* Ages in steps of a quarter octave, from 1/16 s to a day. */
#define AGES    84
#define AGE_MIN 0.0625
/* Counts are halved when they reach it: the past weighs less. */
#define MAX_COUNT  65536
#define AGE_MEMORY 0.05 /* of a worker's age, that each drop moves it by */

struct seen {
	uint64_t key;
	double asked_s;
	unsigned worker;
};

struct reuse {
	size_t n_workers;
	unsigned every;
	struct seen *seen;
	double asked;       /* keys, new ones and again */
	double again[AGES]; /* of them, by age */
	double *age_s;      /* at which each worker drops; 0: it does not */
};

static uint64_t scramble(uint64_t key)
{
	uint64_t x = key * 0x9e3779b97f4a7c15u;

	return x ^ (x >> 31);
}

static struct seen *slot_of(const struct reuse *r, uint64_t key)
{
	uint64_t x = scramble(key);

	if ((x & (r->every - 1)) != 0)
		return NULL;
	return &r->seen[x >> 49];
}

size_t reuse_sample(unsigned every, const uint64_t *key, size_t n,
		    uint64_t *out, size_t max)
{
	size_t taken = 0;

	for (size_t i = 0; i < n && taken < max; i++) {
		out[taken] = key[i];
		taken += (scramble(key[i]) & (every - 1)) == 0;
	}
	return taken;
}

static int age_of(double s)
{
	double steps = 4 * log2(s / AGE_MIN);

	return steps < 0 ? 0 : steps >= AGES ? AGES - 1 : (int)steps;
}

struct reuse *reuse_create(size_t n_workers, unsigned every)
{
	struct reuse *r = mem_zalloc(sizeof(*r));

	ASSERT(every > 0 && (every & (every - 1)) == 0);
	r->n_workers = n_workers;
	r->every = every;
	r->seen = mem_zalloc(SLOTS * sizeof(*r->seen));
	r->age_s = mem_zalloc((n_workers + 1) * sizeof(*r->age_s));
	return r;
}

void reuse_destroy(struct reuse **r)
{
	if (*r == NULL)
		return;
	mem_free((*r)->seen);
	mem_free((*r)->age_s);
	mem_free(*r);
	*r = NULL;
}

static void forget_half(struct reuse *r)
{
	r->asked /= 2;
	for (size_t i = 0; i < AGES; i++)
		r->again[i] /= 2;
}

void reuse_asked(struct reuse *r, unsigned worker, const uint64_t *key,
		 size_t n, double now_s)
{
	for (size_t i = 0; i < n; i++) {
		struct seen *s = slot_of(r, key[i]);

		if (s == NULL)
			continue;
		if (s->key == key[i])
			r->again[age_of(now_s - s->asked_s)]++;
		if (++r->asked > MAX_COUNT)
			forget_half(r);
		*s = (struct seen){key[i], now_s, worker};
	}
}

void reuse_dropped(struct reuse *r, unsigned worker, uint64_t key, double now_s)
{
	const struct seen *s = slot_of(r, key);
	double *age;

	/* Where it was asked for elsewhere since, its age there is told. */
	if (s == NULL || s->key != key || s->worker != worker ||
	    worker >= r->n_workers)
		return;
	age = &r->age_s[worker];
	if (*age == 0)
		*age = now_s - s->asked_s;
	else
		*age += AGE_MEMORY * (now_s - s->asked_s - *age);
}

double reuse_chance(const struct reuse *r, unsigned worker)
{
	double sooner = 0, later = 0, left;
	int age;

	if (worker >= r->n_workers || r->age_s[worker] == 0)
		return 0;
	age = age_of(r->age_s[worker]);
	for (int i = 0; i < AGES; i++)
		if (i < age)
			sooner += r->again[i];
		else
			later += r->again[i];
	left = r->asked - sooner;
	return left > 0 ? fmin(later / left, 1) : 0;
}
