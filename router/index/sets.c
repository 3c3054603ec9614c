#include "router/index/sets.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/index/pages.h"

#define FIRST_BUCKETS 256
#define BYTES_PER_SET 24 /* mask, users, two to four buckets */

/* Address space for all numbers is set aside at once, so that readers
 * never see the arrays move; memory comes with use. */
#define MASK_BYTES  ((size_t)SETS_MAX * sizeof(uint64_t))
#define USERS_BYTES ((size_t)SETS_MAX * sizeof(uint32_t))

static uint32_t bucket_of(const struct sets *s, uint64_t mask)
{
	return (uint32_t)(mask * 0x9e3779b97f4a7c15 >> 32) & (s->n_buckets - 1);
}

static uint64_t mask_of(const struct sets *s, uint32_t number)
{
	return atomic_load_explicit(&s->mask[number], memory_order_relaxed);
}

/* Where `mask` stands, or the free bucket where it would. */
static uint32_t find(const struct sets *s, uint64_t mask)
{
	uint32_t at = bucket_of(s, mask);

	while (s->bucket[at] != 0 && mask_of(s, s->bucket[at]) != mask)
		at = (at + 1) & (s->n_buckets - 1);
	return at;
}

static void grow_buckets(struct sets *s)
{
	uint32_t *old = s->bucket;
	uint32_t n = s->n_buckets;

	s->n_buckets *= 2;
	s->bucket = mem_zalloc(s->n_buckets * sizeof(*s->bucket));
	for (uint32_t i = 0; i < n; i++)
		if (old[i] != 0)
			s->bucket[find(s, mask_of(s, old[i]))] = old[i];
	mem_free(old);
}

static uint32_t take_number(struct sets *s)
{
	uint32_t number = s->free;

	if (number != 0) {
		s->free = s->users[number];
		return number;
	}
	return s->n < s->max ? s->n++ : 0;
}

/* Closes the gap, so that no search ends before what it looks for. */
static void drop_bucket(struct sets *s, uint32_t gap)
{
	uint32_t last = s->n_buckets - 1;
	uint32_t at = gap;

	for (;;) {
		uint32_t home;

		at = (at + 1) & last;
		if (s->bucket[at] == 0)
			break;
		home = bucket_of(s, mask_of(s, s->bucket[at]));
		if (((at - home) & last) < ((at - gap) & last))
			continue;
		s->bucket[gap] = s->bucket[at];
		gap = at;
	}
	s->bucket[gap] = 0;
}

uint32_t sets_ref(struct sets *s, uint64_t mask)
{
	uint32_t at, number;

	if (mask == 0)
		return 0;
	at = find(s, mask);
	if (s->bucket[at] != 0) {
		s->users[s->bucket[at]]++;
		return s->bucket[at];
	}
	number = take_number(s);
	if (number == 0)
		return 0;
	atomic_store_explicit(&s->mask[number], mask, memory_order_release);
	s->users[number] = 1;
	s->bucket[at] = number;
	if (++s->used > s->n_buckets / 2)
		grow_buckets(s);
	return number;
}

void sets_unref(struct sets *s, uint32_t number)
{
	if (number == 0)
		return;
	ASSERT(s->users[number] > 0);
	if (--s->users[number] > 0)
		return;
	drop_bucket(s, find(s, mask_of(s, number)));
	s->users[number] = s->free;
	s->free = number;
	s->used--;
}

size_t sets_bytes(const struct sets *s)
{
	return (size_t)s->n * (sizeof(*s->mask) + sizeof(*s->users)) +
	       (size_t)s->n_buckets * sizeof(*s->bucket);
}

void sets_init(struct sets *s, size_t max_bytes)
{
	size_t max = max_bytes / BYTES_PER_SET;

	memset(s, 0, sizeof(*s));
	s->mask = pages_map(MASK_BYTES);
	s->users = pages_map(USERS_BYTES);
	s->n = 1;
	s->max = max < SETS_MAX ? (uint32_t)max : SETS_MAX;
	s->n_buckets = FIRST_BUCKETS;
	s->bucket = mem_zalloc(s->n_buckets * sizeof(*s->bucket));
}

void sets_fini(struct sets *s)
{
	pages_unmap(s->mask, MASK_BYTES);
	pages_unmap(s->users, USERS_BYTES);
	mem_free(s->bucket);
	memset(s, 0, sizeof(*s));
}
