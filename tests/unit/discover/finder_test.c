#include "router/discover/finder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/discover/finding.h"

#define ONE "[http://127.0.0.1:1]"
#define TWO "[http://127.0.0.1:1, http://127.0.0.1:2]"

/* A finder whose file is not there: texts come from the tests. */
struct bed {
	struct loop loop;
	struct place place;
	struct conf *conf;
	struct finder *finder;
	/* What was told. */
	size_t n, sets, confirmed, failures;
	char why[256];
};

static void on_found(void *arg, const struct finder *f,
		     struct conf_workers *set)
{
	struct bed *b = arg;

	assert_string_equal(finder_model(f), "m");
	if (set == NULL) {
		b->confirmed++;
		return;
	}
	b->sets++;
	b->n = set->n;
	conf_workers_unref(&set);
}

static void on_failed(void *arg, const struct finder *f, const char *why)
{
	struct bed *b = arg;

	assert_string_equal(finder_model(f), "m");
	b->failures++;
	snprintf(b->why, sizeof(b->why), "%s", why);
}

static const struct finder_events events = {on_found, on_failed};

static void begin(struct bed *b, const char *more)
{
	memset(b, 0, sizeof(*b));
	place_init(&b->place);
	loop_init(&b->loop);
	b->conf = place_conf(&b->place, more);
	b->finder = finder_create(&b->loop, b->conf, &b->conf->model[0],
				  &events, b);
}

static void end(struct bed *b)
{
	finder_destroy(&b->finder);
	conf_unref(&b->conf);
	loop_fini(&b->loop);
	place_fini(&b->place);
}

static void take(struct bed *b, const char *text)
{
	finder_take(b->finder, slice_of(text));
}

static void settle(struct bed *b, size_t sets, size_t failures)
{
	while (b->sets < sets || b->failures < failures)
		loop_turn(&b->loop, true);
}

static void the_first_text_becomes_a_set_at_once(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	take(&b, ONE);
	assert_int_equal(b.sets, 1);
	assert_int_equal(b.n, 1);
	end(&b);
}

static void texts_that_follow_each_other_become_one_set(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	take(&b, ONE);
	take(&b, "[]");
	take(&b, "[http://127.0.0.1:3]");
	take(&b, TWO);
	assert_int_equal(b.sets, 1);
	settle(&b, 2, 0);
	assert_int_equal(b.n, 2);
	end(&b);
}

static void the_same_text_confirms_the_set(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	take(&b, ONE);
	take(&b, ONE);
	assert_int_equal(b.sets, 1);
	assert_int_equal(b.confirmed, 1);
	finder_confirm(b.finder);
	assert_int_equal(b.confirmed, 2);
	end(&b);
}

static void a_faulty_text_is_a_failure_and_stays_one(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	take(&b, "[{nmae: a}]");
	assert_int_equal(b.failures, 1);
	assert_string_equal(b.why, "what it says is faulty");
	take(&b, "[{nmae: a}]");
	finder_confirm(b.finder);
	assert_int_equal(b.failures, 1);
	assert_int_equal(b.confirmed, 0);
	take(&b, ONE);
	settle(&b, 1, 1);
	finder_confirm(b.finder);
	assert_int_equal(b.confirmed, 1);
	end(&b);
}

static void nobody_is_a_failure_unless_that_is_allowed(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	take(&b, "[]");
	assert_int_equal(b.sets, 0);
	assert_int_equal(b.failures, 1);
	end(&b);
	begin(&b, ", allow_empty: true");
	take(&b, "[]");
	assert_int_equal(b.sets, 1);
	assert_int_equal(b.n, 0);
	end(&b);
}

static void more_than_are_allowed_are_a_failure(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, ", max_workers: 1");
	take(&b, TWO);
	assert_int_equal(b.sets, 0);
	assert_int_equal(b.failures, 1);
	end(&b);
}

static void it_goes_on_under_a_configuration_that_says_the_same(void **unused)
{
	struct bed b;
	struct conf *same, *other;

	(void)unused;
	begin(&b, "");
	same = place_conf(&b.place, "");
	other = place_conf(&b.place, ", allow_empty: true");
	assert_true(finder_keep(b.finder, same, &same->model[0]));
	assert_false(finder_keep(b.finder, other, &other->model[0]));
	take(&b, ONE);
	assert_int_equal(b.sets, 1);
	conf_unref(&same);
	conf_unref(&other);
	end(&b);
}

static void a_failure_is_told_in_its_words(void **unused)
{
	struct bed b;

	(void)unused;
	begin(&b, "");
	finder_fail(b.finder, "%s: %d", "status", 500);
	assert_string_equal(b.why, "status: 500");
	finder_confirm(b.finder);
	assert_int_equal(b.confirmed, 0);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_text_becomes_a_set_at_once),
		cmocka_unit_test(texts_that_follow_each_other_become_one_set),
		cmocka_unit_test(the_same_text_confirms_the_set),
		cmocka_unit_test(a_faulty_text_is_a_failure_and_stays_one),
		cmocka_unit_test(nobody_is_a_failure_unless_that_is_allowed),
		cmocka_unit_test(more_than_are_allowed_are_a_failure),
		cmocka_unit_test(
			it_goes_on_under_a_configuration_that_says_the_same),
		cmocka_unit_test(a_failure_is_told_in_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
