/* A stream watched whole, byte by byte and in threes tells the same; and
 * what sse_close_text() says does end whatever had begun. */
#include <string.h>

#include "common/base/assert.h"
#include "common/http/sse.h"

#define MAX_EVENT 512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void watch(struct sse *s, struct slice text, size_t step)
{
	size_t events = 0;
	sse_init(s, MAX_EVENT);
	while (text.n > 0) {
		struct slice part = text;
		if (part.n > step)
			part.n = step;
		events += sse_feed(s, part);
		text = slice_from(text, part.n);
	}
	ASSERT(events == s->events);
	ASSERT(s->kept == NULL || buf_len(&s->kept->part) <= MAX_EVENT);
}

static struct slice usage(const struct sse *s, bool last)
{
	if (s->kept == NULL)
		return (struct slice){NULL, 0};
	return buf_slice(last ? &s->kept->last_usage : &s->kept->first_usage);
}

static void same(const struct sse *a, const struct sse *b)
{
	ASSERT(a->events == b->events);
	ASSERT(a->done == b->done && a->failed == b->failed);
	ASSERT(sse_at_boundary(a) == sse_at_boundary(b));
	ASSERT(sse_inside_line(a) == sse_inside_line(b));
	ASSERT(slice_equal(usage(a, true), usage(b, true)));
	ASSERT(slice_equal(usage(a, false), usage(b, false)));
}

static void close_and_add(struct sse *s)
{
	sse_feed(s, slice_of(sse_close_text(s)));
	ASSERT(sse_at_boundary(s));
	uint64_t before = s->events;
	sse_feed(s, SLICE("data: {\"error\":{}}\n\n"));
	ASSERT(s->events == before + 1);
	ASSERT(s->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	size_t steps[] = {1, 2, 3, n / 2 + 1};
	struct sse whole, other;
	watch(&whole, text, n + 1);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		watch(&other, text, steps[i]);
		same(&whole, &other);
		sse_fini(&other);
	}
	close_and_add(&whole);
	sse_fini(&whole);
	return 0;
}
