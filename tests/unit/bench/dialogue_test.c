#include "tools/bench/dialogue.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Numbered words with all that JSON escapes, some kB of it. */
static void make_text(struct buf *out, size_t kb)
{
	buf_init(out);
	for (unsigned i = 0; buf_len(out) < kb * 1000; i++)
		buf_printf(out, "word%u \"quoted\"\n\tcaf\xc3\xa9 \\ ", i);
}

static void init_text(struct dialogue_text *t)
{
	struct buf text;

	make_text(&text, 100);
	assert_int_equal(dialogue_text_init(t, buf_slice(&text)), OK);
	buf_fini(&text);
}

static const struct message_shape shape = {
	.host = SLICE("h"),
	.session = 3,
	.body_bytes = 60000,
	.shared_bytes = 20000,
	.events = 4,
};

static struct slice body_of(const struct message_request *m)
{
	return (struct slice){m->p + m->n - m->body_bytes, m->body_bytes};
}

static char *copy_of(struct slice s)
{
	return mem_strndup(s.p, s.n);
}

/* How many bytes of two bodies' prompts are the same. Their numbers, in
 * the fields before, are made the same. */
static size_t shared_by(const char *a, const char *b)
{
	size_t i = 0;

	a = strstr(a, "\"messages\"");
	b = strstr(b, "\"messages\"");
	while (a[i] != '\0' && a[i] == b[i])
		i++;
	return i;
}

static void assert_well_formed(const struct message_request *m)
{
	char length[64];
	uint64_t number;

	snprintf(length, sizeof(length), " %zu\r\n\r\n{", m->body_bytes);
	assert_non_null(memmem(m->p, 300, length, strlen(length)));
	assert_true(message_number_find(body_of(m), &number));
	assert_int_equal(number, 77);
	assert_non_null(memmem(m->p + m->n - 2500, 2500,
			       MESSAGE_TURN_MARK "00000000000000000077. ", 35));
	assert_true(slice_ends(body_of(m), SLICE("\"}]}")));
}

static void a_text_too_short_to_choose_from_is_refused(void **state)
{
	struct dialogue_text t;
	struct buf text;

	(void)state;
	make_text(&text, 5);
	assert_int_equal(dialogue_text_init(&t, buf_slice(&text)), ERR_INVALID);
	assert_int_equal(dialogue_text_init(&t, SLICE("")), ERR_INVALID);
	buf_fini(&text);
}

static void what_is_too_long_when_escaped_is_left_out(void **state)
{
	struct dialogue_text t;
	char text[20000];

	(void)state;
	memset(text, 1, sizeof(text));
	assert_int_equal(
		dialogue_text_init(&t, (struct slice){text, sizeof(text)}),
		ERR_INVALID);
}

static void a_chat_has_the_size_asked_for_and_a_right_length(void **state)
{
	struct dialogue_text t;
	struct dialogue d;
	struct message_request m;

	(void)state;
	init_text(&t);
	dialogue_make(&d, &t, &shape, &m);
	message_request_number(&m, 77);
	assert_well_formed(&m);
	assert_in_range(m.body_bytes, 55000, 65000);
	message_request_fini(&m);
	dialogue_text_fini(&t);
}

static void conversations_share_their_system_message_alone(void **state)
{
	struct message_shape other = shape;
	struct dialogue_text t;
	struct dialogue d;
	struct message_request a, b;

	(void)state;
	init_text(&t);
	dialogue_make(&d, &t, &shape, &a);
	other.session++;
	dialogue_make(&d, &t, &other, &b);
	char *one = copy_of(body_of(&a)), *two = copy_of(body_of(&b));

	assert_in_range(shared_by(one, two), 20000, 22500);
	mem_free(one);
	mem_free(two);
	message_request_fini(&a);
	message_request_fini(&b);
	dialogue_text_fini(&t);
}

/* Bytes of its prompt that a request has in common with the one before,
 * the fewest and the most. */
static void follow(bool grows, unsigned requests, size_t range[2])
{
	struct message_shape s = shape;
	struct dialogue_text t;
	struct dialogue d;
	struct message_request m;

	s.grows = grows;
	range[0] = SIZE_MAX;
	range[1] = 0;
	init_text(&t);
	dialogue_make(&d, &t, &s, &m);
	message_request_number(&m, 77);
	for (unsigned i = 0; i < requests; i++) {
		char *before = copy_of(body_of(&m));

		dialogue_next(&d, &m);
		message_request_number(&m, 77);
		assert_well_formed(&m);
		char *after = copy_of(body_of(&m));
		size_t n = shared_by(before, after);

		range[0] = n < range[0] ? n : range[0];
		range[1] = n > range[1] ? n : range[1];
		mem_free(before);
		mem_free(after);
	}
	message_request_fini(&m);
	dialogue_text_fini(&t);
}

static void a_new_prompt_shares_no_more_than_the_system_message(void **state)
{
	size_t shared[2];

	(void)state;
	follow(false, 40, shared);
	assert_in_range(shared[0], 20000, 22500);
	assert_in_range(shared[1], 20000, 22500);
}

static void of_a_conversation_that_grows_the_history_stays(void **state)
{
	size_t shared[2];

	(void)state;
	follow(true, 3 * DIALOGUE_TURNS, shared);
	assert_true(shared[0] > 50000);
	assert_true(shared[1] < 110000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_too_short_to_choose_from_is_refused),
		cmocka_unit_test(what_is_too_long_when_escaped_is_left_out),
		cmocka_unit_test(
			a_chat_has_the_size_asked_for_and_a_right_length),
		cmocka_unit_test(
			conversations_share_their_system_message_alone),
		cmocka_unit_test(
			a_new_prompt_shares_no_more_than_the_system_message),
		cmocka_unit_test(
			of_a_conversation_that_grows_the_history_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
