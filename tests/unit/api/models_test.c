#include "router/api/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/json/scan.h"

static char base[] = "org/base", other[] = "other";
static char alias[] = "gpt-\"4\"", lora[] = "tuned";
static char *aliases[] = {alias};
static char *loras[] = {lora};
static struct conf_model conf[] = {
	{.name = base,
	 .alias = aliases,
	 .n_aliases = 1,
	 .lora = loras,
	 .n_loras = 1},
	{.name = other},
};
static struct fleet_model model[] = {{.conf = &conf[0]}, {.conf = &conf[1]}};
static struct fleet fleet = {.model = model, .n_models = 2};
static struct fleet_name names[] = {
	{&model[0], {NULL, 0}},
	{&model[0], {NULL, 0}},
	{&model[0], SLICE("tuned")},
	{&model[1], {NULL, 0}},
};

static int setup(void **state)
{
	(void)state;
	map_init(&fleet.by_name);
	map_set(&fleet.by_name, SLICE("org/base"), &names[0]);
	map_set(&fleet.by_name, SLICE("gpt-\"4\""), &names[1]);
	map_set(&fleet.by_name, SLICE("tuned"), &names[2]);
	map_set(&fleet.by_name, SLICE("other"), &names[3]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	map_fini(&fleet.by_name);
	return 0;
}

static void every_name_is_listed(void **state)
{
	(void)state;
	struct buf b;
	struct json_value v;
	buf_init(&b);
	models_write(&fleet, (struct models_filter){NULL, NULL}, 7, &b);
	assert_int_equal(json_check(buf_slice(&b), 4, &v), OK);
	assert_true(slice_equal(
		buf_slice(&b),
		SLICE("{\"object\":\"list\",\"data\":["
		      "{\"id\":\"org/base\",\"object\":\"model\",\"created\":7,"
		      "\"owned_by\":\"warmpath\",\"root\":\"org/base\","
		      "\"parent\":null},"
		      "{\"id\":\"gpt-\\\"4\\\"\",\"object\":\"model\","
		      "\"created\":7,\"owned_by\":\"warmpath\","
		      "\"root\":\"org/base\",\"parent\":null},"
		      "{\"id\":\"tuned\",\"object\":\"model\",\"created\":7,"
		      "\"owned_by\":\"warmpath\",\"root\":\"tuned\","
		      "\"parent\":\"org/base\"},"
		      "{\"id\":\"other\",\"object\":\"model\",\"created\":7,"
		      "\"owned_by\":\"warmpath\",\"root\":\"other\","
		      "\"parent\":null}]}")));
	buf_fini(&b);
}

static bool shows(const void *arg, struct slice name)
{
	return slice_equal(slice_of(arg), name);
}

static void names_that_are_not_shown_are_not_listed(void **state)
{
	(void)state;
	struct buf b = {0};
	models_write(&fleet, (struct models_filter){shows, "tuned"}, 7, &b);
	assert_true(slice_equal(
		buf_slice(&b),
		SLICE("{\"object\":\"list\",\"data\":["
		      "{\"id\":\"tuned\",\"object\":\"model\",\"created\":7,"
		      "\"owned_by\":\"warmpath\",\"root\":\"tuned\","
		      "\"parent\":\"org/base\"}]}")));
	buf_reset(&b, 0);
	models_write(&fleet, (struct models_filter){shows, "none"}, 7, &b);
	assert_true(slice_equal(buf_slice(&b),
				SLICE("{\"object\":\"list\",\"data\":[]}")));
	buf_fini(&b);
}

static void one_is_told_as_it_stands_in_the_list(void **state)
{
	(void)state;
	struct buf all, one;
	buf_init(&all);
	models_write(&fleet, (struct models_filter){NULL, NULL}, 7, &all);
	const char *known[] = {"org/base", "gpt-\"4\"", "tuned", "other"};
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		buf_init(&one);
		assert_true(
			models_write_one(&fleet, slice_of(known[i]), 7, &one));
		assert_non_null(memmem(all.p + all.start, buf_len(&all),
				       one.p + one.start, buf_len(&one)));
		buf_fini(&one);
	}
	buf_fini(&all);
}

static void an_unknown_name_is_not_told(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	assert_false(models_write_one(&fleet, SLICE("org"), 7, &b));
	assert_false(models_write_one(&fleet, SLICE(""), 7, &b));
	assert_int_equal(buf_len(&b), 0);
	buf_fini(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_name_is_listed),
		TEST(names_that_are_not_shown_are_not_listed),
		TEST(one_is_told_as_it_stands_in_the_list),
		TEST(an_unknown_name_is_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
