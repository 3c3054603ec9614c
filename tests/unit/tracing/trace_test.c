#include "router/tracing/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct trace_context parent = {.trace_id = {1}, .span_id = 2};

static struct trace *made(void)
{
	struct trace *t = trace_create(&parent);

	assert_non_null(trace_add(t, TRACE_SERVER, NULL, 10, 100));
	return t;
}

static void assert_text(const struct trace *t, struct trace_text text,
			const char *wanted)
{
	struct slice s = trace_text(t, text);

	assert_int_equal(s.n, strlen(wanted));
	assert_memory_equal(s.p, wanted, s.n);
}

static void a_span_is_under_another(void **state)
{
	struct trace *t = made();
	struct trace_span *a = trace_add(t, TRACE_CLIENT, &t->span[0], 11, 110);
	struct trace_span *b = trace_add(t, TRACE_CLIENT, a, 12, 120);

	(void)state;
	assert_int_equal(t->n_spans, 3);
	assert_int_equal(a->parent, 0);
	assert_int_equal(b->parent, 1);
	trace_destroy(&t);
	assert_null(t);
}

static void a_name_has_one_part_or_two(void **state)
{
	struct trace *t = made();

	(void)state;
	trace_name(t, &t->span[0], SLICE("chat"), SLICE("llama"));
	assert_text(t, t->span[0].name, "chat llama");
	trace_name(t, &t->span[0], SLICE("chat"), SLICE(""));
	assert_text(t, t->span[0].name, "chat");
	trace_destroy(&t);
}

static void what_is_not_known_is_not_recorded(void **state)
{
	struct trace *t = made();

	(void)state;
	trace_put_text(t, &t->span[0], TRACE_MODEL, SLICE(""));
	trace_put_text(t, &t->span[0], TRACE_MODEL, (struct slice){NULL, 0});
	trace_put(t, &t->span[0], TRACE_INPUT_TOKENS, -1);
	assert_int_equal(t->n_facts, 0);
	trace_put(t, &t->span[0], TRACE_INPUT_TOKENS, 0);
	assert_int_equal(t->n_facts, 1);
	trace_destroy(&t);
}

static void of_no_span_nothing_is_recorded(void **state)
{
	struct trace *t = made();

	(void)state;
	trace_put_text(t, NULL, TRACE_MODEL, SLICE("m"));
	trace_put(t, NULL, TRACE_PORT, 1);
	trace_name(t, NULL, SLICE("n"), SLICE("n"));
	assert_int_equal(t->n_facts, 0);
	assert_int_equal(t->n_room, 0);
	trace_destroy(&t);
}

static void spans_beyond_the_last_are_left_out(void **state)
{
	struct trace *t = made();

	(void)state;
	for (size_t i = 1; i < TRACE_MAX_SPANS; i++)
		assert_non_null(
			trace_add(t, TRACE_CLIENT, &t->span[0], i, 100));
	assert_null(trace_add(t, TRACE_CLIENT, &t->span[0], 99, 100));
	assert_int_equal(t->n_spans, TRACE_MAX_SPANS);
	assert_int_equal(t->n_left_out, 1);
	trace_destroy(&t);
}

static void facts_beyond_the_last_are_left_out(void **state)
{
	struct trace *t = made();

	(void)state;
	for (size_t i = 0; i < TRACE_MAX_FACTS + 5; i++)
		trace_put(t, &t->span[0], TRACE_TRIES, 1);
	trace_put_text(t, &t->span[0], TRACE_MODEL, SLICE("m"));
	assert_int_equal(t->n_facts, TRACE_MAX_FACTS);
	trace_destroy(&t);
}

static void a_long_text_is_cut_between_characters(void **state)
{
	struct trace *t = made();
	char text[TRACE_TEXT_BYTES + 8];
	struct trace_fact *f = &t->fact[0];

	(void)state;
	/* The third byte of a character would be the first beyond. */
	memset(text, 'a', sizeof(text));
	memcpy(text + TRACE_TEXT_BYTES - 2, "\xe2\x82\xac", 3);
	trace_put_text(t, &t->span[0], TRACE_MODEL,
		       (struct slice){text, sizeof(text)});
	assert_int_equal(trace_text(t, f->text).n, TRACE_TEXT_BYTES - 2);
	trace_destroy(&t);
}

static void texts_beyond_the_room_are_left_out(void **state)
{
	struct trace *t = made();
	char text[TRACE_TEXT_BYTES];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < TRACE_MAX_FACTS; i++)
		trace_put_text(t, &t->span[0], TRACE_MODEL,
			       (struct slice){text, sizeof(text) - 1});
	assert_int_equal(t->n_room, TRACE_ROOM_BYTES);
	for (size_t i = 0; i < t->n_facts; i++)
		assert_true(trace_text(t, t->fact[i].text).n > 0);
	trace_destroy(&t);
}

static void no_span_ends_after_its_request(void **state)
{
	struct trace *t = made();
	struct trace_span *open = trace_add(t, TRACE_CLIENT, t->span, 11, 110);
	struct trace_span *over = trace_add(t, TRACE_CLIENT, t->span, 12, 120);
	struct trace_span *late = trace_add(t, TRACE_CLIENT, t->span, 13, 250);

	(void)state;
	over->end_ns = 130;
	late->end_ns = 260;
	trace_end(t, 200);
	assert_int_equal(t->span[0].end_ns, 200);
	assert_int_equal(open->end_ns, 200);
	assert_int_equal(over->end_ns, 130);
	assert_int_equal(late->start_ns, 200);
	assert_int_equal(late->end_ns, 200);
	trace_destroy(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_is_under_another),
		cmocka_unit_test(a_name_has_one_part_or_two),
		cmocka_unit_test(what_is_not_known_is_not_recorded),
		cmocka_unit_test(of_no_span_nothing_is_recorded),
		cmocka_unit_test(spans_beyond_the_last_are_left_out),
		cmocka_unit_test(facts_beyond_the_last_are_left_out),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(texts_beyond_the_room_are_left_out),
		cmocka_unit_test(no_span_ends_after_its_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
