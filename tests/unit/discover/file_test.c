#include "router/discover/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/discover/finding.h"

/* A finder with its file. */
struct bed {
	struct loop loop;
	struct place place;
	struct conf *conf;
	struct finder *finder;
	size_t n, sets, confirmed, failures;
	char why[256];
};

static void on_found(void *arg, const struct finder *f,
		     struct conf_workers *set)
{
	struct bed *b = arg;

	(void)f;
	b->confirmed += set == NULL;
	b->sets += set != NULL;
	if (set != NULL)
		b->n = set->n;
	conf_workers_unref(&set);
}

static void on_failed(void *arg, const struct finder *f, const char *why)
{
	struct bed *b = arg;

	(void)f;
	b->failures++;
	snprintf(b->why, sizeof(b->why), "%s", why);
}

static const struct finder_events events = {on_found, on_failed};

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	place_init(&b.place);
	loop_init(&b.loop);
	b.conf = place_conf(&b.place, "");
	assert_ptr_equal(kinds_of(&b.conf->model[0].discover), &kinds_file);
	b.finder = finder_create(&b.loop, b.conf, &b.conf->model[0], &events,
				 &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	finder_destroy(&b->finder);
	conf_unref(&b->conf);
	loop_fini(&b->loop);
	place_fini(&b->place);
	return 0;
}

static void wait_for(struct bed *b, const size_t *count, size_t n)
{
	while (*count < n)
		loop_turn(&b->loop, true);
}

static void what_is_written_is_read_and_then_confirmed(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, "[http://127.0.0.1:1]");
	wait_for(b, &b->sets, 1);
	assert_int_equal(b->n, 1);
	wait_for(b, &b->confirmed, 2);
	assert_int_equal(b->sets, 1);
	place_put(&b->place, "[http://127.0.0.1:1, http://127.0.0.1:2]");
	wait_for(b, &b->sets, 2);
	assert_int_equal(b->n, 2);
	assert_int_equal(b->failures, 0);
}

static void a_file_that_comes_later_is_found(void **state)
{
	struct bed *b = *state;

	wait_for(b, &b->failures, 2);
	assert_non_null(strstr(b->why, "No such file"));
	assert_int_equal(b->sets, 0);
	place_put(&b->place, "[http://127.0.0.1:1]");
	wait_for(b, &b->sets, 1);
}

static void a_file_that_goes_is_a_failure_until_it_is_back(void **state)
{
	struct bed *b = *state;
	size_t confirmed;

	place_put(&b->place, "[http://127.0.0.1:1]");
	wait_for(b, &b->sets, 1);
	unlink(b->place.path);
	wait_for(b, &b->failures, 1);
	confirmed = b->confirmed;
	place_put(&b->place, "[http://127.0.0.1:1]");
	wait_for(b, &b->confirmed, confirmed + 1);
	assert_int_equal(b->sets, 1);
}

static void a_faulty_file_is_told_once_and_not_confirmed(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, "[{nmae: a}]");
	wait_for(b, &b->failures, 1);
	for (int i = 0; i < 4; i++)
		loop_turn(&b->loop, true);
	assert_int_equal(b->failures, 1);
	assert_int_equal(b->confirmed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_and_then_confirmed),
		TEST(a_file_that_comes_later_is_found),
		TEST(a_file_that_goes_is_a_failure_until_it_is_back),
		TEST(a_faulty_file_is_told_once_and_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
