#include "router/api/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static struct api_messages m;
static size_t known_bytes;
static struct slice asked;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	m = (struct api_messages){.arena = &arena, .max = 3};
	known_bytes = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static size_t known(void *arg, struct slice rest)
{
	(void)arg;
	asked = rest;
	return known_bytes;
}

static enum status read_text(const char *json, struct json_value *out)
{
	static const struct api_known k = {known, NULL};
	struct json_scan s;
	json_begin(&s, slice_of(json), 8);
	api_messages_read(&m, &k, &s, out);
	return json_end(&s);
}

static void each_message_is_a_span(void **state)
{
	struct json_value v;
	(void)state;
	assert_int_equal(read_text("[{\"a\":1}, 2 ,\"x\"]", &v), OK);
	assert_int_equal(m.n, 3);
	assert_true(slice_equal(m.turn[0], SLICE("{\"a\":1}")));
	assert_true(slice_equal(m.turn[1], SLICE("2")));
	assert_true(slice_equal(m.turn[2], SLICE("\"x\"")));
	assert_true(slice_equal(v.raw, SLICE("[{\"a\":1}, 2 ,\"x\"]")));
	assert_true(slice_equal(asked, SLICE("{\"a\":1}, 2 ,\"x\"]")));
	assert_int_equal(m.known_bytes, 0);
}

static void known_ones_are_passed_over(void **state)
{
	struct json_value v;
	(void)state;
	known_bytes = strlen("{\"a\":1}, 2");
	assert_int_equal(read_text("[{\"a\":1}, 2 ,\"x\"]", &v), OK);
	assert_int_equal(m.n, 1);
	assert_true(slice_equal(m.turn[0], SLICE("\"x\"")));
	assert_true(slice_equal(v.raw, SLICE("[{\"a\":1}, 2 ,\"x\"]")));
	assert_int_equal(m.known_bytes, known_bytes);
}

static void all_may_be_known(void **state)
{
	struct json_value v;
	(void)state;
	known_bytes = 1;
	assert_int_equal(read_text("[7]", &v), OK);
	assert_int_equal(m.n, 0);
	assert_true(slice_equal(v.raw, SLICE("[7]")));
}

static void none_and_too_many_are_told_apart(void **state)
{
	struct json_value v;
	(void)state;
	assert_int_equal(read_text("[]", &v), OK);
	assert_int_equal(m.n, 0);
	assert_int_equal(read_text("[1,2,3,4]", &v), ERR_LIMIT);
}

static void what_is_no_list_is_a_fault(void **state)
{
	struct json_value v;
	(void)state;
	assert_int_equal(read_text("{}", &v), ERR_INVALID);
	assert_int_equal(read_text("[1 2]", &v), ERR_INVALID);
	assert_int_equal(read_text("[1", &v), ERR_INVALID);
	known_bytes = 1;
	assert_int_equal(read_text("[1 2]", &v), ERR_INVALID);
}

static void all_of_them_can_be_had_again(void **state)
{
	const struct slice *turn;
	size_t n;
	(void)state;
	assert_int_equal(
		api_messages_all(SLICE("[1,{\"b\":[2]}]"), &arena, &turn, &n),
		OK);
	assert_int_equal(n, 2);
	assert_true(slice_equal(turn[1], SLICE("{\"b\":[2]}")));
	assert_int_equal(api_messages_all(SLICE("[1,"), &arena, &turn, &n),
			 ERR_INVALID);
}

static void other_messages_may_take_their_place(void **state)
{
	static const struct api_known k = {known, NULL};
	struct api_request r = {.n_turns = 7};
	(void)state;
	known_bytes = 3;
	assert_int_equal(api_messages_set(&r, SLICE("[111,22]"), 3, &k, &arena),
			 OK);
	assert_true(slice_equal(r.messages, SLICE("[111,22]")));
	assert_true(slice_equal(asked, SLICE("111,22]")));
	assert_int_equal(r.known_bytes, 3);
	assert_int_equal(r.n_turns, 1);
	assert_true(slice_equal(r.turn[0], SLICE("22")));
}

static void too_many_others_leave_all_as_it_was(void **state)
{
	struct api_request r = {.n_turns = 7};
	(void)state;
	assert_int_equal(
		api_messages_set(&r, SLICE("[1,2,3,4]"), 3, NULL, &arena),
		ERR_LIMIT);
	assert_int_equal(api_messages_set(&r, SLICE("{}"), 3, NULL, &arena),
			 ERR_INVALID);
	assert_int_equal(r.n_turns, 7);
	assert_null(r.messages.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_message_is_a_span, setup,
						teardown),
		cmocka_unit_test_setup_teardown(known_ones_are_passed_over,
						setup, teardown),
		cmocka_unit_test_setup_teardown(all_may_be_known, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			none_and_too_many_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_list_is_a_fault,
						setup, teardown),
		cmocka_unit_test_setup_teardown(all_of_them_can_be_had_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			other_messages_may_take_their_place, setup, teardown),
		cmocka_unit_test_setup_teardown(
			too_many_others_leave_all_as_it_was, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
