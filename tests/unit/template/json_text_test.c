#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/from_json.h"
#include "common/template/json_text.h"

static void check(const char *json, const char *python, const char *rust)
{
	struct arena arena;
	struct value v;
	struct buf b;
	arena_init(&arena);
	buf_init(&b);
	assert_int_equal(value_from_json(slice_of(json), 16, &arena, &v), OK);
	json_text_value(&b, v, &json_style_python);
	buf_putc(&b, '\0');
	assert_string_equal(b.p + b.start, python);
	buf_reset(&b, SIZE_MAX);
	json_text_value(&b, v, &json_style_rust);
	buf_putc(&b, '\0');
	assert_string_equal(b.p + b.start, rust);
	buf_fini(&b);
	arena_fini(&arena);
}

static void containers_are_parted_as_each_does(void **state)
{
	(void)state;
	check("{\"a\":[1,true,null],\"b\":{},\"c\":[]}",
	      "{\"a\": [1, true, null], \"b\": {}, \"c\": []}",
	      "{\"a\":[1,true,null],\"b\":{},\"c\":[]}");
}

static void strings_are_escaped(void **state)
{
	(void)state;
	check("\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\\u00e9\\u007f\"",
	      "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\xc3\xa9\x7f\"",
	      "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\xc3\xa9\x7f\"");
}

static void floats_are_spelt_as_each_does(void **state)
{
	(void)state;
	check("[1.0,0.5,-0.0,1e15]", "[1.0, 0.5, -0.0, 1000000000000000.0]",
	      "[1.0,0.5,-0.0,1000000000000000.0]");
	check("[1e16,1e-5,1.25e-5,-1e-5,1e-7,1.5e300]",
	      "[1e+16, 1e-05, 1.25e-05, -1e-05, 1e-07, 1.5e+300]",
	      "[1e16,0.00001,0.0000125,-0.00001,1e-7,1.5e300]");
}

static void ints_beyond_64_bits_are_floats_to_rust(void **state)
{
	(void)state;
	check("[18446744073709551615,18446744073709551616,"
	      "-9223372036854775809]",
	      "[18446744073709551615, 18446744073709551616, "
	      "-9223372036854775809]",
	      "[18446744073709551615,1.8446744073709552e19,"
	      "-9.223372036854776e18]");
	check("[100000000000000000000000000000000000000]",
	      "[100000000000000000000000000000000000000]", "[1e38]");
}

static void all_but_ascii_may_be_escaped(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b);
	json_text_string(&b, SLICE("\xc3\xa9\xf0\x9f\x99\x82\x7f"), true);
	assert_true(slice_equal(buf_slice(&b),
				SLICE("\"\\u00e9\\ud83d\\ude42\\u007f\"")));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_are_parted_as_each_does),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(floats_are_spelt_as_each_does),
		cmocka_unit_test(ints_beyond_64_bits_are_floats_to_rust),
		cmocka_unit_test(all_but_ascii_may_be_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
