#include "common/event/decode.h"
#include "common/event/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum status next(const void *p, size_t n, struct walk_item *it)
{
	struct walk w = {p, (const uint8_t *)p + n};
	enum status st = walk_next(&w, it);

	if (st == OK && it->type != WALK_ARRAY && it->type != WALK_MAP)
		assert_ptr_equal(w.p, w.end);
	return st;
}

static void each_integer_form_is_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int64_t value;
	} cases[] = {
		{"\x00", 1, 0},
		{"\x7f", 1, 127},
		{"\xff", 1, -1},
		{"\xe0", 1, -32},
		{"\xcc\xff", 2, 255},
		{"\xcd\x01\x02", 3, 258},
		{"\xce\x00\x01\x00\x00", 5, 65536},
		{"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
		{"\xd0\x80", 2, -128},
		{"\xd0\x05", 2, 5},
		{"\xd1\xff\xfe", 3, -2},
		{"\xd2\x80\x00\x00\x00", 5, INT32_MIN},
		{"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN},
	};
	struct walk_item it;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(next(cases[i].bytes, cases[i].n, &it), OK);
		assert_int_equal(it.type,
				 cases[i].value < 0 ? WALK_SINT : WALK_UINT);
		assert_true((int64_t)it.u == cases[i].value);
	}
}

static void each_other_form_is_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum walk_type type;
		uint64_t u;
	} cases[] = {
		{"\xc0", 1, WALK_NIL, 0},
		{"\xc3", 1, WALK_BOOL, 1},
		{"\xa2hi", 3, WALK_STR, 2},
		{"\xd9\x02hi", 4, WALK_STR, 2},
		{"\xda\x00\x02hi", 5, WALK_STR, 2},
		{"\xdb\x00\x00\x00\x02hi", 7, WALK_STR, 2},
		{"\xc4\x01x", 3, WALK_BIN, 1},
		{"\xc5\x00\x01x", 4, WALK_BIN, 1},
		{"\xc6\x00\x00\x00\x01x", 6, WALK_BIN, 1},
		{"\xd4\x01x", 3, WALK_EXT, 2},
		{"\xd5\x01xx", 4, WALK_EXT, 3},
		{"\xc7\x01\x09x", 4, WALK_EXT, 2},
		{"\xc8\x00\x01\x09x", 5, WALK_EXT, 2},
		{"\x92\x01\x02", 3, WALK_ARRAY, 2},
		{"\xdc\x00\x01\x02", 4, WALK_ARRAY, 1},
		{"\xdd\x00\x00\x00\x01\x02", 6, WALK_ARRAY, 1},
		{"\x81\x01\x02", 3, WALK_MAP, 1},
		{"\xde\x00\x01\x01\x02", 5, WALK_MAP, 1},
		{"\xdf\x00\x00\x00\x01\x01\x02", 7, WALK_MAP, 1},
	};
	struct walk_item it;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(next(cases[i].bytes, cases[i].n, &it), OK);
		assert_int_equal(it.type, cases[i].type);
		assert_int_equal(it.u, cases[i].u);
	}
}

static void both_floats_are_read(void **state)
{
	struct walk_item it;

	(void)state;
	assert_int_equal(next("\xca\x3f\x80\x00\x00", 5, &it), OK);
	assert_true(it.type == WALK_FLOAT && it.f == 1.0);
	assert_int_equal(next("\xcb\x41\xd9\x54\xfc\x40\x20\x00\x00", 9, &it),
			 OK);
	assert_true(it.type == WALK_FLOAT && it.f == 1700000000.5);
}

static void what_is_cut_short_is_invalid(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} cases[] = {
		{"", 0},
		{"\xcc", 1},
		{"\xcf\x01\x02\x03\x04\x05\x06\x07", 8},
		{"\xca\x00\x00\x00", 4},
		{"\xa3hi", 3},
		{"\xd9", 1},
		{"\xd9\x03hi", 4},
		{"\xdb\xff\xff\xff\xffx", 6},
		{"\xc4\x01", 2},
		{"\xd4\x01", 2},
		{"\xc7\x01\x09", 3},
		{"\x92\x01", 2},
		{"\x81\x01", 2},
		{"\xdc\xff\xff\x01", 4},
		{"\xdd\xff\xff\xff\xff\x01", 6},
		{"\xdf\xff\xff\xff\xff\x01", 6},
	};
	struct walk_item it;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(next(cases[i].bytes, cases[i].n, &it),
				 ERR_INVALID);
}

static void the_tag_that_is_never_used_is_invalid(void **state)
{
	struct walk_item it;

	(void)state;
	assert_int_equal(next("\xc1", 1, &it), ERR_INVALID);
}

static void a_skip_ends_behind_the_value(void **state)
{
	/* {1: [2, {3: "x"}, []], nil: nil}, then 7 */
	static const uint8_t bytes[] = {0x82, 0x01, 0x93, 0x02, 0x81, 0x03,
					0xa1, 'x',  0x90, 0xc0, 0xc0, 0x07};
	struct walk w = {bytes, bytes + sizeof(bytes)};

	(void)state;
	assert_int_equal(walk_skip(&w, 0), OK);
	assert_ptr_equal(w.p, bytes + sizeof(bytes) - 1);
	assert_int_equal(walk_skip(&w, 0), OK);
	assert_ptr_equal(w.p, w.end);
	assert_int_equal(walk_skip(&w, 0), ERR_INVALID);
}

static void a_skip_stops_at_the_deepest_level(void **state)
{
	uint8_t bytes[EVENT_MAX_DEPTH + 2];
	struct walk w;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0x91;
	bytes[EVENT_MAX_DEPTH] = 0x01;
	w = (struct walk){bytes, bytes + EVENT_MAX_DEPTH + 1};
	assert_int_equal(walk_skip(&w, 0), OK);
	w.p = bytes;
	assert_int_equal(walk_skip(&w, 1), ERR_LIMIT);
	bytes[EVENT_MAX_DEPTH] = 0x91;
	bytes[EVENT_MAX_DEPTH + 1] = 0x01;
	w = (struct walk){bytes, bytes + sizeof(bytes)};
	assert_int_equal(walk_skip(&w, 0), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_integer_form_is_read),
		cmocka_unit_test(each_other_form_is_read),
		cmocka_unit_test(both_floats_are_read),
		cmocka_unit_test(what_is_cut_short_is_invalid),
		cmocka_unit_test(the_tag_that_is_never_used_is_invalid),
		cmocka_unit_test(a_skip_ends_behind_the_value),
		cmocka_unit_test(a_skip_stops_at_the_deepest_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
