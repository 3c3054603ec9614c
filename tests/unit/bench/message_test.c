#include "tools/bench/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct slice body_of(const struct message_request *m)
{
	return (struct slice){m->p + m->n - m->body_bytes, m->body_bytes};
}

static void a_request_has_the_size_asked_for(void **state)
{
	static const size_t sizes[] = {400, 1000, 40000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct message_request m;

		struct message_shape shape = {SLICE("h"), 7, sizes[i],
					      0,          0, i == 1};

		message_request_make(&m, &shape);
		assert_in_range(m.body_bytes, sizes[i], sizes[i] + 32);
		message_request_fini(&m);
	}
}

static void the_number_comes_back_out_of_the_body(void **state)
{
	struct message_request m;
	struct message_shape shape = {SLICE("h"), 0, 500, 20, 30000, false};
	uint64_t number = 0, events = 0, every_us = 0;

	(void)state;
	message_request_make(&m, &shape);
	message_request_number(&m, 12345678901234567u);
	assert_true(message_number_find(body_of(&m), &number));
	assert_true(number == 12345678901234567u);
	assert_true(message_stream_find(body_of(&m), &events, &every_us));
	assert_int_equal(events, 20);
	assert_int_equal(every_us, 30000);
	assert_false(message_number_find(SLICE("{\"user\":\"\"}"), &number));
	message_request_fini(&m);
}

static void prompts_of_two_sessions_differ_at_their_start(void **state)
{
	struct message_shape one = {SLICE("h"), 1, 2000, 0, 0, false};
	struct message_shape two = {SLICE("h"), 2, 2000, 0, 0, false};
	struct message_request a, b;

	(void)state;
	message_request_make(&a, &one);
	message_request_make(&b, &two);
	uint64_t events, every_us;

	assert_false(message_stream_find(body_of(&a), &events, &every_us));
	const char *at = memmem(a.p, a.n, "session 1 ", 10);

	assert_non_null(at);
	assert_null(memmem(b.p, b.n, at, 100));
	message_request_fini(&a);
	message_request_fini(&b);
}

static struct slice answer_body(struct buf *out)
{
	struct slice all = buf_slice(out);
	const char *end = memmem(all.p, all.n, "\r\n\r\n", 4);

	assert_non_null(end);
	return slice_from(all, (size_t)(end - all.p) + 4);
}

static void only_the_right_answer_is_right(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	message_answer_write(&out, 42, 300, 10);
	struct slice body = answer_body(&out);

	assert_true(message_answer_check(body, 42, 300));
	assert_true(message_answer_check(body, 42, 299)); /* spliced */
	assert_false(message_answer_check(body, 43, 300));
	assert_false(message_answer_check(body, 42, 301));
	body.n--;
	assert_false(message_answer_check(body, 42, 300));
	buf_fini(&out);
}

static void an_event_is_read_as_it_was_written(void **state)
{
	struct message_event in = {3, 1234567890123u, 9}, e;
	struct buf out;

	(void)state;
	buf_init(&out);
	message_event_write(&out, &in);
	struct slice text = buf_slice(&out);

	slice_split(&text, '\n'); /* the chunk's size */
	text.n -= 4;              /* two line ends of it, two of the chunk */
	assert_true(message_event_read(text, &e));
	assert_true(e.place == 3 && e.number == 9 && e.sent_ns == in.sent_ns);
	assert_false(message_event_read(SLICE("data: [DONE]"), &e));
	assert_false(message_event_read(slice_from(text, 1), &e));
	buf_fini(&out);
}

static void a_key_is_sent_where_there_is_one(void **state)
{
	struct message_shape shape = {.host = SLICE("h"), .body_bytes = 400};
	struct message_request without, with;

	(void)state;
	message_request_make(&without, &shape);
	shape.key = SLICE("sk-1");
	message_request_make(&with, &shape);
	assert_null(memmem(without.p, without.n, "Authorization", 13));
	assert_non_null(memmem(with.p, with.n,
			       "\r\nAuthorization: Bearer sk-1\r\n", 30));
	message_request_fini(&without);
	message_request_fini(&with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_the_size_asked_for),
		cmocka_unit_test(the_number_comes_back_out_of_the_body),
		cmocka_unit_test(prompts_of_two_sessions_differ_at_their_start),
		cmocka_unit_test(only_the_right_answer_is_right),
		cmocka_unit_test(a_key_is_sent_where_there_is_one),
		cmocka_unit_test(an_event_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
