#include "common/template/search.h"

#include <string.h>

#include "common/template/eval.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A try costs as much as so many bytes looked at, besides those compared. */
#define TRY_BYTES 64

struct search {
	struct slice what;
	uint64_t *steps;
	size_t bytes; /* not paid yet */
};

static bool pay(struct search *s, size_t bytes)
{
	s->bytes += bytes;
	size_t n = s->bytes / EVAL_BULK_BYTES;
	s->bytes %= EVAL_BULK_BYTES;
	*s->steps = *s->steps > n ? *s->steps - n : 0;
	return *s->steps > 0;
}

static bool is_at(struct search *s, const char *p)
{
	return pay(s, TRY_BYTES + s->what.n) &&
	       memcmp(p, s->what.p, s->what.n) == 0;
}

/* Starts from `p` on and before `end`, by the first byte alone. */
static const char *by_first(struct search *s, const char *p, const char *end)
{
	while (p<end && * s->steps> 0) {
		const char *at = memchr(p, s->what.p[0], (size_t)(end - p));
		if (!pay(s, (size_t)((at ? at : end) - p)) || !at)
			return NULL;
		if (is_at(s, at))
			return at;
		p = at + 1;
	}
	return NULL;
}

#if defined(__SSE2__)
/* Sixteen starts at once, by the first and the last byte. */
static const char *by_both(struct search *s, const char *p, const char *end,
			   const char **rest)
{
	const __m128i first = _mm_set1_epi8(s->what.p[0]);
	const __m128i last = _mm_set1_epi8(s->what.p[s->what.n - 1]);
	const char *from = p;
	for (; end - p >= 16 && *s->steps > 0; p += 16) {
		const char *q = p + s->what.n - 1;
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)q);
		unsigned both = (unsigned)_mm_movemask_epi8(_mm_and_si128(
			_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
		for (; both != 0; both &= both - 1)
			if (is_at(s, p + __builtin_ctz(both)))
				return p + __builtin_ctz(both);
	}
	*rest = p;
	pay(s, (size_t)(p - from));
	return NULL;
}
#endif

const char *search_first(struct slice in, struct slice what, uint64_t *steps)
{
	struct search s = {.what = what, .steps = steps};
	if (what.n == 0)
		return in.p;
	if (what.n > in.n)
		return NULL;
	const char *p = in.p, *end = in.p + in.n - what.n + 1;
#if defined(__SSE2__)
	const char *at = what.n > 1 ? by_both(&s, p, end, &p) : NULL;
	if (at)
		return at;
#endif
	return by_first(&s, p, end);
}

const char *search_last(struct slice in, struct slice what, uint64_t *steps)
{
	struct search s = {.what = what, .steps = steps};
	if (what.n == 0)
		return in.p + in.n;
	if (what.n > in.n)
		return NULL;
	for (size_t n = in.n - what.n + 1; n > 0 && *steps > 0;) {
		const char *at = memrchr(in.p, what.p[0], n);
		if (!pay(&s, at ? (size_t)(in.p + n - at) : n) || !at)
			return NULL;
		if (is_at(&s, at))
			return at;
		n = (size_t)(at - in.p);
	}
	return NULL;
}
