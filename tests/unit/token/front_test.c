#include "tests/unit/token/double_array.h"

#include "common/base/mem.h"
#include "common/token/normalize.h"

static struct normalizer z;
static struct normalize_room room;

static int begin(void **state)
{
	(void)state;
	normalizer_init(&z);
	z.keeps_front = true;
	normalize_room_init(&room);
	return 0;
}

static int end(void **state)
{
	(void)state;
	normalizer_fini(&z);
	normalize_room_fini(&room);
	return 0;
}

static void add(enum normalize_kind kind, const char *from, const char *to)
{
	assert_int_equal(normalizer_add(&z, kind, slice_of(from), slice_of(to)),
			 OK);
}

static size_t front(const char *text)
{
	struct slice got;

	assert_int_equal(normalize(&z, slice_of(text), &room, &got), OK);
	assert_true(room.front <= got.n);
	return room.front;
}

static void without_steps_it_is_the_first_character(void **state)
{
	(void)state;
	assert_int_equal(front("ab"), 1);
	assert_int_equal(front("\u4f60\u597d"), 3);
	assert_int_equal(front(""), 0);
}

static void a_replacement_comes_from_the_last_one_replaced(void **state)
{
	(void)state;
	add(NORMALIZE_REPLACE, "  ", "_");
	assert_int_equal(front("  a"), 0);
	assert_int_equal(front("a  a"), 1);
	assert_int_equal(front(" a"), 1);
}

static void one_character_for_one_keeps_its_place(void **state)
{
	(void)state;
	add(NORMALIZE_REPLACE, " ", "\u2581");
	assert_int_equal(front(" a"), 3);
	add(NORMALIZE_REPLACE, "\u2581", "");
	assert_int_equal(front(" a"), 0);
	assert_int_equal(front("a"), 1);
}

static void what_is_dropped_takes_the_front_with_it(void **state)
{
	(void)state;
	add(NORMALIZE_NMT, "", "");
	assert_int_equal(front("\x01"
			       "a"),
			 0);
	assert_int_equal(front("a\x01"), 1);
}

static void white_space_at_the_end_is_no_matter(void **state)
{
	(void)state;
	add(NORMALIZE_STRIP_RIGHT, "", "");
	assert_int_equal(front("a "), 1);
	assert_int_equal(front("  a"), 1);
	assert_int_equal(front("  "), 0);
	add(NORMALIZE_STRIP_LEFT, "", "");
	assert_int_equal(front(" a"), 0);
}

static void a_character_that_becomes_two_has_both(void **state)
{
	(void)state;
	add(NORMALIZE_NFKD, "", "");
	assert_int_equal(front("\u0e33a"), 6);
	add(NORMALIZE_ACCENTS, "", "");
	assert_int_equal(front("\u0e33a"), 3);
	assert_int_equal(front("\u0301a"), 0);
}

static void what_is_put_before_the_text_belongs_to_it(void **state)
{
	(void)state;
	add(NORMALIZE_PREPEND, "", "xy");
	assert_int_equal(front("ab"), 3);
}

/* One that stands for nothing at the start passes its place on. */
static void a_table_of_characters_keeps_count_by_itself(void **state)
{
	static struct double_array array;
	struct charsmap *map = mem_zalloc(sizeof(*map));
	struct error err;

	(void)state;
	array_init(&array);
	array_add(&array, "\x01", "");
	array_add(&array, "a", "xyz");
	array_add(&array, "\r", "q");
	assert_int_equal(
		charsmap_parse(map, slice_of(array_base64(&array)), &err), OK);
	assert_int_equal(normalizer_add_map(&z, map), OK);
	assert_int_equal(front("b"), 1);
	assert_int_equal(front("ab"), 3);
	assert_int_equal(front("\x01"
			       "b"),
			 1);
	assert_int_equal(front("\r\nb"), 1);
	assert_int_equal(front("b\x01"
			       "c"),
			 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_steps_it_is_the_first_character),
		CASE(a_replacement_comes_from_the_last_one_replaced),
		CASE(one_character_for_one_keeps_its_place),
		CASE(what_is_dropped_takes_the_front_with_it),
		CASE(white_space_at_the_end_is_no_matter),
		CASE(a_character_that_becomes_two_has_both),
		CASE(what_is_put_before_the_text_belongs_to_it),
		CASE(a_table_of_characters_keeps_count_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
