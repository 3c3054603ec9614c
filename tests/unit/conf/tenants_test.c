#include "router/conf/tenants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/file.h"

#define HASH(c)                                                                \
	"sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
		c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
			c c c

static struct conf_tenants *parse(const char *yaml, char faults[8192])
{
	struct conf_faults f = {0};
	struct conf_tenants *t = conf_tenants_parse(slice_of(yaml), "t", &f);

	snprintf(faults, 8192, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	assert_int_equal(t == NULL, f.n > 0);
	buf_fini(&f.text);
	return t;
}

static struct conf_tenants *good(const char *yaml)
{
	char faults[8192];
	struct conf_tenants *t = parse(yaml, faults);

	if (t == NULL)
		fail_msg("%s", faults);
	return t;
}

static void bad(const char *yaml, const char *wanted)
{
	char faults[8192];
	struct conf_tenants *t = parse(yaml, faults);

	if (t != NULL)
		fail_msg("was taken: %s", yaml);
	assert_string_equal(faults, wanted);
}

static void all_keys_are_taken(void **state)
{
	struct conf_tenants *t = good(
		"tenants:\n"
		"- name: acme\n"
		"  keys: [" HASH("a") ", " HASH(
			"B") "]\n"
			     "  models: [m, alias]\n"
			     "  priority: 9\n"
			     "  requests_per_second: 0.5\n"
			     "  burst: 3\n"
			     "  tokens_per_minute: 1000\n"
			     "  max_streams: 4\n"
			     "  expires: 2027-01-31\n"
			     "  disabled: true\n"
			     "- {name: b, keys: " HASH("c") ", models: '*'}\n");
	const struct conf_tenant *a = &t->tenant[0], *b = &t->tenant[1];

	(void)state;
	assert_int_equal(t->n, 2);
	assert_int_equal(t->n_keys, 3);
	assert_string_equal(a->name, "acme");
	assert_int_equal(a->digest[0][31], 0xaa);
	assert_int_equal(a->digest[1][0], 0xbb);
	assert_string_equal(a->model[1], "alias");
	assert_int_equal(a->priority, 9);
	assert_true(a->requests_per_second == 0.5);
	assert_int_equal(a->burst, 3);
	assert_int_equal(a->tokens_per_minute, 1000);
	assert_int_equal(a->max_streams, 4);
	assert_int_equal(a->expires_us, 1801353600ull * 1000000);
	assert_true(a->disabled);
	assert_int_equal(b->priority, CONF_PRIORITY_DEFAULT);
	assert_int_equal(b->expires_us, 0);
	assert_int_equal(b->line, 12);
	assert_false(b->disabled);
	conf_tenants_unref(&t);
	assert_null(t);
	conf_tenants_unref(&t);
}

static void every_fault_is_told_with_its_line(void **state)
{
	(void)state;
	bad("tenants:\n"
	    "- name: a b\n"
	    "  keys: [secret-by-mistake]\n"
	    "  models: []\n"
	    "  burst: 3\n"
	    "- name: other\n"
	    "  kys: []\n"
	    "  priority: 10\n"
	    "  models: '*'\n"
	    "  expires: tomorrow\n",
	    "t:2: tenants[0].name: may have letters, digits, -, _ and . "
	    "alone\n"
	    "t:3: tenants[0].keys: must be sha256: and 64 hexadecimal digits, "
	    "as `warmpath hash-key` prints them\n"
	    "t:5: tenants[0].burst: needs requests_per_second\n"
	    "t:7: tenants[1].kys: no such key; did you mean keys?\n"
	    "t:8: tenants[1].priority: 10 is above the maximum, 9\n"
	    "t:6: tenants[1].keys: must be written: SHA-256 of each of its "
	    "API keys, as `warmpath hash-key` prints them. Several at a time "
	    "let a key be changed without a gap.\n"
	    "t:6: tenants[1].name: must not be other, which metrics use\n"
	    "t:10: tenants[1].expires: must be a day such as 2027-01-31 or a "
	    "moment such as 2027-01-31T12:00:00Z\n");
}

static void names_and_keys_stand_once(void **state)
{
	(void)state;
	bad("tenants:\n"
	    "- {name: a, models: '*', keys: [" HASH(
		    "a") "]}\n"
			 "- {name: a, models: '*', keys: [" HASH("b") ", " HASH(
				 "A") "]}\n",
	    "t:3: tenants[1].name: the name 'a' stands twice, first in line "
	    "2\n"
	    "t:3: tenants[1].keys: key 2 stands twice, first with the tenant "
	    "in line 2\n");
}

/* A file that was cut short must not lock everybody out. */
static void a_file_without_tenants_is_faulty(void **state)
{
	(void)state;
	bad("", "t: tenants: must be written: Who may call, with which keys, "
		"and how much.\n");
	bad("tenants: []\n", "t:1: tenants: must be a list of at least one\n");
	bad("tenants: {}\n", "t:1: tenants: must be a list of at least one\n");
	bad("tenants:\n", "t:1: tenants: must be a list of at least one\n");
	bad("tenant: []\n",
	    "t:1: tenant: no such key; did you mean tenants?\n"
	    "t:1: tenants: must be written: Who may call, with which keys, "
	    "and how much.\n");
}

static void rates_that_never_come_back_are_refused(void **state)
{
	(void)state;
	bad("tenants:\n"
	    "- {name: a, models: '*', keys: " HASH(
		    "a") ",\n   requests_per_second: 0.0000001}\n",
	    "t:3: tenants[0].requests_per_second: is too low: the burst would "
	    "take over a week to come back\n");
}

static void a_stranger_of_a_file_is_given_up_soon(void **state)
{
	struct conf_faults f = {0};
	struct conf_tenants *t;
	struct buf text = {0};

	(void)state;
	buf_puts(&text, "tenants:\n");
	for (int i = 0; i < 5000; i++)
		buf_puts(&text, "- what is this\n");
	t = conf_tenants_parse(buf_slice(&text), "t", &f);
	assert_null(t);
	assert_in_range(f.n, 50, 60);
	buf_fini(&text);
	buf_fini(&f.text);
}

static void ten_thousand_are_read_in_a_moment(void **state)
{
	struct conf_faults f = {0};
	struct conf_tenants *t;
	struct buf text = {0};

	(void)state;
	buf_puts(&text, "tenants:\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(&text,
			   "- name: t%d\n  keys: [\"sha256:%064x\"]\n"
			   "  models: [a, b]\n  requests_per_second: 10\n"
			   "  tokens_per_minute: 100000\n  max_streams: 8\n",
			   i, i);
	t = conf_tenants_parse(buf_slice(&text), "t", &f);
	assert_non_null(t);
	assert_int_equal(t->n, 10000);
	assert_int_equal(t->n_keys, 10000);
	conf_tenants_unref(&t);
	buf_fini(&text);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_file_has_another_stamp_when_it_has_changed(void **state)
{
	static const char text[] =
		"tenants:\n- {name: a, models: '*', keys: " HASH("a") "}\n";
	char dir[] = "/tmp/warmpath-tenants-XXXXXX", path[64], fresh[64];
	struct conf_faults f = {0};
	struct conf_tenants *t;
	struct conf_stamp now;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/t.yaml", dir);
	snprintf(fresh, sizeof(fresh), "%s/new", dir);
	assert_null(conf_tenants_load(path, &f));
	assert_int_equal(f.n, 1);
	put(path, text);
	t = conf_tenants_load(path, &f);
	assert_non_null(t);
	now = conf_stamp_of(path);
	assert_true(conf_stamp_equal(&t->stamp, &now));
	put(fresh, text);
	assert_int_equal(rename(fresh, path), 0);
	now = conf_stamp_of(path);
	assert_false(conf_stamp_equal(&t->stamp, &now));
	unlink(path);
	now = conf_stamp_of(path);
	assert_int_equal(now.inode, 0);
	rmdir(dir);
	conf_tenants_unref(&t);
	buf_fini(&f.text);
}

static void the_committed_reference_is_that_of_the_rows(void **state)
{
	struct buf committed = {0}, made = {0};

	(void)state;
	conf_tenants_reference(&made);
	assert_int_equal(
		file_read("config/tenants.yaml", 1 << 20, &committed, NULL),
		OK);
	assert_true(slice_equal(buf_slice(&made), buf_slice(&committed)));
	buf_fini(&made);
	buf_fini(&committed);
}

static void the_reference_is_a_file_that_is_taken(void **state)
{
	struct conf_faults f = {0};
	struct buf made = {0};
	struct conf_tenants *t;

	(void)state;
	conf_tenants_reference(&made);
	t = conf_tenants_parse(buf_slice(&made), "t", &f);
	assert_non_null(t);
	assert_int_equal(t->n, 1);
	conf_tenants_unref(&t);
	buf_fini(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_are_taken),
		cmocka_unit_test(every_fault_is_told_with_its_line),
		cmocka_unit_test(names_and_keys_stand_once),
		cmocka_unit_test(a_file_without_tenants_is_faulty),
		cmocka_unit_test(rates_that_never_come_back_are_refused),
		cmocka_unit_test(a_stranger_of_a_file_is_given_up_soon),
		cmocka_unit_test(ten_thousand_are_read_in_a_moment),
		cmocka_unit_test(a_file_has_another_stamp_when_it_has_changed),
		cmocka_unit_test(the_committed_reference_is_that_of_the_rows),
		cmocka_unit_test(the_reference_is_a_file_that_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
