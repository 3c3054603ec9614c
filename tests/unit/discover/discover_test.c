#include "router/discover/discover.h"

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

struct bed {
	struct loop loop;
	struct place place;
	struct mailbox *mailbox;
	struct metrics *metrics;
	struct discover *discover;
	struct conf *conf;
	unsigned changes;
};

static void on_changed(void *arg)
{
	((struct bed *)arg)->changes++;
}

static int set_up(void **state)
{
	static struct bed b;
	struct discover_options o = {.changed = on_changed, .arg = &b};

	memset(&b, 0, sizeof(b));
	place_init(&b.place);
	loop_init(&b.loop);
	o.mailbox = b.mailbox = mailbox_create(&b.loop, &b);
	o.metrics = b.metrics = metrics_create("1", "c");
	b.discover = discover_create(&o);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	discover_stop(b->discover);
	mailbox_destroy(&b->mailbox);
	discover_destroy(&b->discover);
	conf_unref(&b->conf);
	metrics_destroy(&b->metrics);
	loop_fini(&b->loop);
	place_fini(&b->place);
	return 0;
}

static void set_conf(struct bed *b, struct conf *c)
{
	conf_unref(&b->conf);
	b->conf = c;
	discover_set_conf(b->discover, c);
}

static void wait_known(struct bed *b)
{
	while (!discover_is_known(b->discover))
		loop_turn(&b->loop, true);
}

static void wait_changes(struct bed *b, unsigned n)
{
	while (b->changes < n)
		loop_turn(&b->loop, true);
}

/* Workers found of the model; -1: nothing is. */
static int found(struct bed *b)
{
	struct found *f = discover_found(b->discover);
	struct conf_workers **set = found_for(f, b->conf);
	int n = set[0] != NULL ? (int)set[0]->n : -1;

	mem_free(set);
	found_free(&f);
	return n;
}

static bool reports(struct bed *b, const char *part)
{
	struct buf out = {0};
	bool has;

	discover_report(b->discover, &out);
	buf_putc(&out, '\0');
	has = strstr(buf_slice(&out).p, part) != NULL;
	buf_fini(&out);
	return has;
}

static void what_is_found_is_told_and_kept(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, ONE);
	set_conf(b, place_conf(&b->place, ""));
	assert_false(discover_is_known(b->discover));
	assert_int_equal(found(b), -1);
	wait_changes(b, 1);
	assert_true(discover_is_known(b->discover));
	assert_int_equal(found(b), 1);
	assert_true(reports(b, "\"source\":\"file\",\"workers\":1,"
			       "\"failures\":0,\"failure\":null"));
}

static void a_source_that_fails_is_known_too(void **state)
{
	struct bed *b = *state;

	set_conf(b, place_conf(&b->place, ""));
	wait_known(b);
	assert_int_equal(b->changes, 0);
	assert_int_equal(found(b), -1);
	assert_true(reports(b, "No such file"));
	assert_true(reports(b, "\"last_success\":null"));
}

static void a_failure_leaves_the_last_good_set(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, ONE);
	set_conf(b, place_conf(&b->place, ""));
	wait_changes(b, 1);
	place_put(&b->place, "[{nmae: a}]");
	while (!reports(b, "faulty"))
		loop_turn(&b->loop, true);
	assert_int_equal(found(b), 1);
	assert_int_equal(b->changes, 1);
	place_put(&b->place, "[http://127.0.0.1:1, http://127.0.0.1:2]");
	wait_changes(b, 2);
	assert_int_equal(found(b), 2);
	assert_true(reports(b, "\"failure\":null"));
}

static void another_source_takes_over_when_it_has_found_some(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, ONE);
	set_conf(b, place_conf(&b->place, ""));
	wait_changes(b, 1);
	unlink(b->place.path);
	set_conf(b, place_conf(&b->place, ", allow_empty: true"));
	assert_int_equal(found(b), 1);
	while (!reports(b, "No such file"))
		loop_turn(&b->loop, true);
	assert_int_equal(found(b), 1);
	place_put(&b->place, "[]");
	wait_changes(b, 2);
	assert_int_equal(found(b), 0);
}

static void a_model_without_discover_has_found_nothing(void **state)
{
	struct bed *b = *state;
	struct conf_faults faults = {0};

	place_put(&b->place, ONE);
	set_conf(b, place_conf(&b->place, ""));
	wait_changes(b, 1);
	set_conf(b, conf_parse_numeric(SLICE("models: [{name: m, workers: "
					     "[http://127.0.0.1:9]}]"),
				       "c", &faults));
	assert_int_equal(found(b), -1);
	assert_true(reports(b, "{\"models\":[]}"));
}

static void news_on_their_way_at_the_end_go_nowhere(void **state)
{
	struct bed *b = *state;

	place_put(&b->place, ONE);
	set_conf(b, place_conf(&b->place, ""));
	discover_stop(b->discover);
	assert_int_equal(b->changes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_found_is_told_and_kept,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_source_that_fails_is_known_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_failure_leaves_the_last_good_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			another_source_takes_over_when_it_has_found_some,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_model_without_discover_has_found_nothing, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			news_on_their_way_at_the_end_go_nowhere, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
