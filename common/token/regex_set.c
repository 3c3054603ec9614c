#include "common/token/regex_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/token/unicode.h"

#define FIRST_SIZE 8
/* A pattern may name large sets over and over: what is there twice goes
 * before it has grown much. */
#define SORT_EVERY 16384

void regex_set_fini(struct regex_set *s)
{
	mem_free(s->range);
	*s = (struct regex_set){0};
}

static void reserve(struct regex_set *s, size_t n)
{
	size_t size = s->size ? s->size : FIRST_SIZE;

	if (s->size - s->n >= n)
		return;
	while (size - s->n < n)
		size *= 2;
	s->range = mem_realloc(s->range, size * sizeof(*s->range));
	s->size = size;
}

void regex_set_add(struct regex_set *s, uint32_t first, uint32_t last)
{
	reserve(s, 1);
	s->range[s->n++] = (struct regex_range){first, last};
}

void regex_set_join(struct regex_set *s, const struct regex_set *other)
{
	if (other->n == 0)
		return;
	reserve(s, other->n);
	memcpy(s->range + s->n, other->range, other->n * sizeof(*s->range));
	if (s->n / SORT_EVERY != (s->n + other->n) / SORT_EVERY) {
		s->n += other->n;
		regex_set_sort(s);
	} else {
		s->n += other->n;
	}
}

static int compare(const void *a, const void *b)
{
	const struct regex_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void regex_set_sort(struct regex_set *s)
{
	size_t n = 0;

	if (s->n == 0)
		return;
	qsort(s->range, s->n, sizeof(*s->range), compare);
	for (size_t i = 1; i < s->n; i++) {
		struct regex_range *last = &s->range[n], next = s->range[i];

		if (next.first > last->last + 1)
			s->range[++n] = next;
		else if (next.last > last->last)
			last->last = next.last;
	}
	s->n = n + 1;
}

void regex_set_negate(struct regex_set *s)
{
	struct regex_set out = {0};
	uint32_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->range[i].first > at)
			regex_set_add(&out, at, s->range[i].first - 1);
		at = s->range[i].last + 1;
	}
	if (at <= UNICODE_LAST)
		regex_set_add(&out, at, UNICODE_LAST);
	regex_set_fini(s);
	*s = out;
}

void regex_set_intersect(struct regex_set *s, const struct regex_set *other)
{
	struct regex_set out = {0};

	for (size_t i = 0, j = 0; i < s->n && j < other->n;) {
		struct regex_range a = s->range[i], b = other->range[j];
		uint32_t first = a.first > b.first ? a.first : b.first;
		uint32_t last = a.last < b.last ? a.last : b.last;

		if (first <= last)
			regex_set_add(&out, first, last);
		if (a.last < b.last)
			i++;
		else
			j++;
	}
	regex_set_fini(s);
	*s = out;
}

void regex_set_remove(struct regex_set *s, uint32_t c)
{
	struct regex_set one = {0};

	regex_set_add(&one, c, c);
	regex_set_negate(&one);
	regex_set_intersect(s, &one);
	regex_set_fini(&one);
}

bool regex_set_has(const struct regex_set *s, uint32_t c)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c > s->range[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && s->range[low].first <= c;
}

bool regex_set_equal(const struct regex_set *a, const struct regex_set *b)
{
	return a->n == b->n &&
	       (a->n == 0 ||
		memcmp(a->range, b->range, a->n * sizeof(*a->range)) == 0);
}
