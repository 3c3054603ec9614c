#include "router/tracing/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* A head of these names and values, NULL behind the last. */
static struct http_head head_of(struct http_header *room,
				const char *const *text)
{
	struct http_head h = {.header = room};

	for (; text[0] != NULL; text += 2)
		room[h.n_headers++] = http_header_make(slice_of(text[0]),
						       slice_of(text[1]));
	return h;
}

static enum status parent_of(const char *const *text)
{
	struct http_header room[4];
	struct http_head h = head_of(room, text);
	struct trace_context c;

	return trace_head_parent(&h, &c);
}

static void a_parent_is_found_in_any_spelling(void **state)
{
	static const char *const text[] = {"host", "a", "TraceParent", PARENT,
					   NULL};
	struct http_header room[4];
	struct http_head h = head_of(room, text);
	struct trace_context c;

	(void)state;
	assert_int_equal(trace_head_parent(&h, &c), OK);
	assert_true(c.span_id == UINT64_C(0xb7ad6b7169203331));
}

static void two_parents_are_none(void **state)
{
	static const char *const text[] = {"traceparent", PARENT, "traceparent",
					   PARENT, NULL};

	(void)state;
	assert_int_equal(parent_of(text), ERR_INVALID);
}

static void no_parent_is_none(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const other[] = {"x-traceparent", PARENT,
					    "trace-parent", PARENT, NULL};
	static const char *const bad[] = {"traceparent", "00-1-2-01", NULL};

	(void)state;
	assert_int_equal(parent_of(none), ERR_INVALID);
	assert_int_equal(parent_of(other), ERR_INVALID);
	assert_int_equal(parent_of(bad), ERR_INVALID);
}

static void assert_left(bool goes_on, const char *const *wanted)
{
	static const char *const text[] = {"traceparent", PARENT,       "host",
					   "a",           "TraceState", "v=1",
					   "accept",      "b",          NULL};
	struct http_header room[4];
	struct http_head h = head_of(room, text);
	const struct http_head *cut;
	struct arena arena;
	size_t n = 0;

	arena_init(&arena);
	h.content_length = 7;
	cut = trace_head_cut(&h, goes_on, &arena);
	assert_int_equal(cut->content_length, 7);
	for (; wanted[n] != NULL; n++)
		assert_true(
			slice_equal(cut->header[n].name, slice_of(wanted[n])));
	assert_int_equal(cut->n_headers, n);
	assert_int_equal(h.n_headers, 4);
	arena_fini(&arena);
}

static void a_trace_that_goes_on_keeps_its_state(void **state)
{
	static const char *const wanted[] = {"host", "TraceState", "accept",
					     NULL};

	(void)state;
	assert_left(true, wanted);
}

static void the_state_of_no_trace_is_left_out(void **state)
{
	static const char *const wanted[] = {"host", "accept", NULL};

	(void)state;
	assert_left(false, wanted);
}

static void a_head_without_headers_stays_so(void **state)
{
	static const struct http_head none = {0};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(trace_head_cut(&none, false, &arena)->n_headers, 0);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parent_is_found_in_any_spelling),
		cmocka_unit_test(two_parents_are_none),
		cmocka_unit_test(no_parent_is_none),
		cmocka_unit_test(a_trace_that_goes_on_keeps_its_state),
		cmocka_unit_test(the_state_of_no_trace_is_left_out),
		cmocka_unit_test(a_head_without_headers_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
