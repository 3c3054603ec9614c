#include "router/placement/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/placement/bed.h"

static struct bed bed;
static struct book book;
static struct moves moves;
static int only_there[INDEX_MAX_WORKERS];
static struct placement_view view;

static int begin(void **unused)
{
	(void)unused;
	bed_begin(&bed, "advise");
	book_clear(&book);
	moves = (struct moves){0};
	memset(only_there, -1, sizeof(only_there));
	view = (struct placement_view){bed.fleet, &book, &moves, only_there,
				       BED_NOW_MS};
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	bed_end(&bed);
	return 0;
}

static void add(const char *from)
{
	struct move v = {.tokens_key = 0xdeadbeef,
			 .blocks = 40,
			 .tokens = 640,
			 .reason = PLAN_WARM,
			 .to_name = "w2"};

	snprintf(v.from_name, sizeof(v.from_name), "%s", from);
	moves_add(&moves, &v, BED_NOW_MS - 2500);
}

static json_t *told(void)
{
	json_t *all;

	buf_reset(&bed.out, SIZE_MAX);
	placement_json(&view, &bed.out);
	all = json_loadb(buf_slice(&bed.out).p, buf_len(&bed.out), 0, NULL);
	assert_non_null(all);
	return all;
}

static const char *from_of(json_t *all, size_t i)
{
	json_t *move = json_array_get(json_object_get(all, "moves"), i);

	return json_string_value(json_object_get(move, "from"));
}

static void the_newest_is_told_first(void **unused)
{
	json_t *all;

	(void)unused;
	add("w1");
	add("w3");
	all = told();
	assert_string_equal(from_of(all, 0), "w3");
	assert_string_equal(from_of(all, 1), "w1");
	assert_null(from_of(all, 2));
	json_decref(all);
}

static void names_are_escaped_and_keys_are_not_told(void **unused)
{
	json_t *all;

	(void)unused;
	add("w\"\\1");
	all = told();
	assert_string_equal(from_of(all, 0), "w\"\\1");
	assert_null(memmem(buf_slice(&bed.out).p, buf_len(&bed.out), "deadbeef",
			   8));
	json_decref(all);
}

static void where_nothing_is_planned_that_is_told(void **unused)
{
	json_t *all = told();

	(void)unused;
	assert_int_equal(json_array_size(json_object_get(all, "moves")), 0);
	json_decref(all);
	buf_reset(&bed.out, SIZE_MAX);
	placement_table(&view, &bed.out);
	assert_non_null(memmem(buf_slice(&bed.out).p, buf_len(&bed.out),
			       "placement is advise: 0 prefixes", 31));
}

static void who_drains_is_told_with_what_would_be_lost(void **unused)
{
	json_t *all, *draining;

	(void)unused;
	only_there[bed.worker[1]->id] = 3;
	all = told();
	draining = json_object_get(all, "draining");
	assert_int_equal(json_array_size(draining), 1);
	draining = json_array_get(draining, 0);
	assert_string_equal(
		json_string_value(json_object_get(draining, "worker")), "w2");
	assert_int_equal(
		json_integer_value(json_object_get(draining, "only_there")), 3);
	json_decref(all);
	buf_reset(&bed.out, SIZE_MAX);
	placement_table(&view, &bed.out);
	assert_non_null(memmem(buf_slice(&bed.out).p, buf_len(&bed.out),
			       "w2 drains: 3 hot", 16));
}

static void a_model_that_has_gone_has_no_name(void **unused)
{
	json_t *all, *move;

	(void)unused;
	add("w1");
	moves.move[0].model = 9;
	all = told();
	move = json_array_get(json_object_get(all, "moves"), 0);
	assert_string_equal(json_string_value(json_object_get(move, "model")),
			    "");
	json_decref(all);
}

static void the_table_has_a_line_each(void **unused)
{
	struct slice all;
	size_t lines = 0;

	(void)unused;
	add("w1");
	add("w3");
	placement_table(&view, &bed.out);
	all = buf_slice(&bed.out);
	while (all.n > 0) {
		slice_split(&all, '\n');
		lines++;
	}
	assert_int_equal(lines, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(the_newest_is_told_first),
		TEST(names_are_escaped_and_keys_are_not_told),
		TEST(where_nothing_is_planned_that_is_told),
		TEST(who_drains_is_told_with_what_would_be_lost),
		TEST(a_model_that_has_gone_has_no_name),
		TEST(the_table_has_a_line_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
