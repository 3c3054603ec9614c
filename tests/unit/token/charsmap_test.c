#include "tests/unit/token/double_array.h"

#include "common/token/charsmap.h"

static struct double_array array;
static struct charsmap map;
static struct error err;

static int begin(void **state)
{
	(void)state;
	array_init(&array);
	return 0;
}

static int end(void **state)
{
	(void)state;
	charsmap_fini(&map);
	return 0;
}

static void load(void)
{
	if (charsmap_parse(&map, slice_of(array_base64(&array)), &err) != OK)
		fail_msg("%s", err.text);
}

static void expect(const char *text, const char *want)
{
	struct buf out;
	bool mapped;

	buf_init(&out);
	mapped = charsmap_append(&map, slice_of(text), &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, want);
	assert_int_equal(mapped, strcmp(text, want) != 0);
	buf_fini(&out);
}

static void keys_are_replaced(void **state)
{
	(void)state;
	array_add(&array, "a", "xyz");
	array_add(&array, "\u00e9", "e");
	load();
	expect("banana", "bxyznxyznxyz");
	expect("caf\u00e9", "cxyzfe");
	expect("", "");
	expect("bcd", "bcd");
}

static void a_key_may_stand_for_nothing(void **state)
{
	(void)state;
	array_add(&array, "\x01", "");
	load();
	expect("\x01"
	       "b\x01",
	       "b");
}

/* The shortest key decides, and takes the cluster with it. */
static void a_short_cluster_is_replaced_as_one(void **state)
{
	(void)state;
	array_add(&array, "a", "x");
	array_add(&array, "\r", " ");
	load();
	expect("a\u0301b", "xb");
	expect("a\r\nb", "x b");
}

static void a_long_cluster_goes_character_by_character(void **state)
{
	(void)state;
	array_add(&array, "a", "x");
	load();
	expect("a\u0301\u0301", "x");
	expect("a\u0301\u0301\u0301", "x\u0301\u0301\u0301");
}

static void without_units_nothing_is_mapped(void **state)
{
	(void)state;
	assert_int_equal(charsmap_parse(&map, SLICE("AAAAAA=="), &err), OK);
	expect("a\u0301", "a\u0301");
}

static void broken_tables_are_refused(void **state)
{
	(void)state;
	assert_int_equal(charsmap_parse(&map, SLICE(""), &err), ERR_INVALID);
	charsmap_fini(&map);
	assert_int_equal(charsmap_parse(&map, SLICE("%%%%"), &err),
			 ERR_INVALID);
	charsmap_fini(&map);
	assert_int_equal(charsmap_parse(&map, SLICE("AAAA"), &err),
			 ERR_INVALID);
	charsmap_fini(&map);
	assert_int_equal(charsmap_parse(&map, SLICE("/////w=="), &err),
			 ERR_INVALID);
	charsmap_fini(&map);
	/* No units, and a text that is not UTF-8. */
	assert_int_equal(charsmap_parse(&map, SLICE("AAAAAP8="), &err),
			 ERR_INVALID);
}

static void units_that_point_nowhere_map_nothing(void **state)
{
	(void)state;
	array_add(&array, "a", "x");
	array_add(&array, "b", "y");
	array.unit[ROOT_BLOCK ^ 'a'] |= 0x3fffffu << 10;
	load();
	expect("ac", "ac");
	charsmap_fini(&map);
	array_init(&array);
	array_add(&array, "a", "\u00e9");
	/* Into the middle of the character, and past the end. */
	array.unit[512]++;
	load();
	expect("a", "a");
	charsmap_fini(&map);
	array.unit[512] = 1u << 31 | 1000;
	load();
	expect("a", "a");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(keys_are_replaced),
		CASE(a_key_may_stand_for_nothing),
		CASE(a_short_cluster_is_replaced_as_one),
		CASE(a_long_cluster_goes_character_by_character),
		CASE(without_units_nothing_is_mapped),
		CASE(broken_tables_are_refused),
		CASE(units_that_point_nowhere_map_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
