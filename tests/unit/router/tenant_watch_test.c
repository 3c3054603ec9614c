#include "router/tenant_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/mem.h"

#define KEYS                                                                   \
	"keys: \"sha256:"                                                      \
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\""
#define ONE   "tenants:\n- {name: one, models: '*', " KEYS "}\n"
#define OTHER "tenants:\n- {name: other-one, models: '*', " KEYS "}\n"

/* A watch on a file, on a loop of its own. */
struct bed {
	struct loop loop;
	struct mailbox *mailbox;
	struct workq *helpers;
	struct metrics *metrics;
	struct tenant_watch *watch;
	struct conf *conf;
	char dir[64], path[80], fresh[80];
	/* What was told. */
	unsigned changes;
	char name[64]; /* of the first tenant; "": there are none */
};

static void on_changed(void *arg, struct tenants *t)
{
	struct bed *b = arg;

	b->changes++;
	snprintf(b->name, sizeof(b->name), "%s",
		 t != NULL ? t->tenant[0]->name : "");
}

static void put(struct bed *b, const char *text)
{
	FILE *f = fopen(b->fresh, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(b->fresh, b->path), 0);
}

static struct conf *conf_of(struct bed *b, bool tenants)
{
	struct conf_faults faults = {0};
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text),
		 "models: [{name: m, workers: [http://127.0.0.1:1]}]\n%s%s%s",
		 tenants ? "tenants: {check_interval: 100ms, file: " : "",
		 tenants ? b->path : "", tenants ? "}\n" : "");
	c = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_non_null(c);
	if (tenants)
		c->tenants.list = conf_tenants_load(b->path, &faults);
	assert_int_equal(faults.n, 0);
	return c;
}

static int set_up(void **state)
{
	static struct bed b;
	struct tenant_watch_options o = {.changed = on_changed, .arg = &b};

	memset(&b, 0, sizeof(b));
	strcpy(b.dir, "/tmp/warmpath-watch-XXXXXX");
	assert_non_null(mkdtemp(b.dir));
	snprintf(b.path, sizeof(b.path), "%s/tenants.yaml", b.dir);
	snprintf(b.fresh, sizeof(b.fresh), "%s/fresh", b.dir);
	put(&b, ONE);
	loop_init(&b.loop);
	o.loop = &b.loop;
	o.mailbox = b.mailbox = mailbox_create(&b.loop, &b);
	o.helpers = b.helpers = workq_create(1);
	o.metrics = b.metrics = metrics_create("1", "c");
	b.watch = tenant_watch_create(&o);
	b.conf = conf_of(&b, true);
	tenant_watch_set_conf(b.watch, b.conf);
	assert_int_equal(b.changes, 1);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	workq_destroy(&b->helpers);
	mailbox_destroy(&b->mailbox);
	tenant_watch_destroy(&b->watch);
	tenant_watch_destroy(&b->watch);
	conf_unref(&b->conf);
	metrics_destroy(&b->metrics);
	loop_fini(&b->loop);
	unlink(b->path);
	rmdir(b->dir);
	return 0;
}

static double gauge(const struct bed *b, enum metrics_row row)
{
	return metric_value(b->metrics->cell[row]);
}

static void until_changes(struct bed *b, unsigned n)
{
	while (b->changes < n)
		loop_turn(&b->loop, true);
}

static void what_is_in_the_file_comes_into_force(void **state)
{
	struct bed *b = *state;

	assert_string_equal(b->name, "one");
	assert_true(gauge(b, METRICS_TENANTS) == 1);
	put(b, OTHER);
	until_changes(b, 2);
	assert_string_equal(b->name, "other-one");
	assert_true(gauge(b, METRICS_TENANTS_OK) == 1);
}

static void a_faulty_file_changes_nothing_and_is_read_once(void **state)
{
	struct bed *b = *state;

	put(b, "tenants: []\n");
	while (gauge(b, METRICS_TENANTS_OK) == 1)
		loop_turn(&b->loop, true);
	assert_int_equal(b->changes, 1);
	assert_string_equal(b->name, "one");
	assert_true(gauge(b, METRICS_TENANTS) == 1);
	put(b, OTHER);
	until_changes(b, 2);
	assert_string_equal(b->name, "other-one");
	assert_true(gauge(b, METRICS_TENANTS_OK) == 1);
}

static void a_file_that_has_gone_changes_nothing(void **state)
{
	struct bed *b = *state;

	unlink(b->path);
	while (gauge(b, METRICS_TENANTS_OK) == 1)
		loop_turn(&b->loop, true);
	assert_int_equal(b->changes, 1);
	put(b, OTHER);
	until_changes(b, 2);
}

static void a_configuration_may_switch_tenants_off(void **state)
{
	struct bed *b = *state;
	struct conf *off = conf_of(b, false);

	tenant_watch_set_conf(b->watch, off);
	assert_int_equal(b->changes, 2);
	assert_string_equal(b->name, "");
	assert_true(gauge(b, METRICS_TENANTS) == 0);
	conf_unref(&off);
	tenant_watch_set_conf(b->watch, b->conf);
	assert_string_equal(b->name, "one");
}

/* What a look has found goes with the configuration that it was for. */
static void a_look_that_comes_late_is_dropped(void **state)
{
	struct bed *b = *state;
	struct conf *off = conf_of(b, false);

	put(b, OTHER);
	/* Up to where the helper has been asked. */
	usleep(150000);
	loop_turn(&b->loop, false);
	tenant_watch_set_conf(b->watch, off);
	assert_string_equal(b->name, "");
	workq_destroy(&b->helpers);
	loop_turn(&b->loop, false);
	assert_string_equal(b->name, "");
	conf_unref(&off);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_in_the_file_comes_into_force, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			a_faulty_file_changes_nothing_and_is_read_once, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			a_file_that_has_gone_changes_nothing, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			a_configuration_may_switch_tenants_off, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			a_look_that_comes_late_is_dropped, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
