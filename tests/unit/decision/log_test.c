#include "router/decision/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/json/scan.h"
#include "router/decision/write.h"
#include "tests/unit/decision/made.h"

static struct made m;
static char directory[64], path[96];

static int set_up(void **unused)
{
	(void)unused;
	strcpy(directory, "/tmp/warmpath-decisions-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	made_begin(&m, "cost", 3);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	made_end(&m);
	unlink(path);
	return rmdir(directory);
}

/* Lines of the file that hold this; each must be JSON. */
static size_t lines_with(const char *text)
{
	struct buf all = {0};
	struct slice left;
	size_t n = 0;

	assert_int_equal(file_read(path, 64 << 20, &all, NULL), OK);
	left = buf_slice(&all);
	while (left.n > 0) {
		struct slice line = slice_split(&left, '\n');
		struct json_value v;

		assert_int_equal(json_check(line, 16, &v), OK);
		n += memmem(line.p, line.n, text, strlen(text)) != NULL;
	}
	buf_fini(&all);
	return n;
}

static void put(struct decision_log *l, int times)
{
	const struct decision_outcome o = {.name = "ok", .status = 200};
	struct decision_record *r = made_record(&m);

	for (int i = 0; i < times; i++) {
		decision_log_put(l, r);
		decision_log_end(l, r->id, &o);
	}
	decision_free(&r);
}

static void what_is_put_is_in_the_file_when_the_log_has_ended(void **unused)
{
	struct decision_log *l = decision_log_create(NULL);

	(void)unused;
	assert_false(decision_log_is_on(l));
	assert_int_equal(decision_log_open(l, path, NULL), OK);
	assert_true(decision_log_is_on(l));
	put(l, 100);
	decision_log_destroy(&l);
	assert_null(l);
	assert_int_equal(lines_with("\"candidates\":["), 100);
	assert_int_equal(lines_with("\"ended\":{"), 100);
	assert_int_equal(lines_with(DECISION_LOG_HEAD), 1);
}

static void a_log_that_is_off_writes_nothing(void **unused)
{
	struct decision_log *l = decision_log_create(NULL);

	(void)unused;
	put(l, 3);
	assert_int_equal(decision_log_open(l, path, NULL), OK);
	assert_int_equal(decision_log_open(l, NULL, NULL), OK);
	assert_false(decision_log_is_on(l));
	decision_log_reopen(l);
	decision_log_destroy(&l);
	assert_int_equal(lines_with("candidates"), 0);
	assert_false(decision_log_is_on(NULL));
}

static void a_file_that_cannot_be_leaves_the_log_as_it_is(void **unused)
{
	struct decision_log *l = decision_log_create(NULL);
	struct error err;

	(void)unused;
	assert_int_not_equal(decision_log_open(l, directory, &err), OK);
	assert_false(decision_log_is_on(l));
	assert_int_equal(decision_log_open(l, path, &err), OK);
	assert_int_not_equal(decision_log_open(l, directory, &err), OK);
	assert_true(decision_log_is_on(l));
	put(l, 1);
	decision_log_destroy(&l);
	assert_int_equal(lines_with("candidates"), 1);
}

static const struct metric_family family[] = {
	{.name = "dropped", .kind = METRIC_COUNTER, .help = "Dropped."},
};

/* Faster than anybody writes: what the queue cannot hold is counted. */
static void all_that_is_put_is_written_or_counted(void **unused)
{
	struct metric_set *set = metric_set_create(family, 1);
	struct metric_cell *dropped = metric_cell(set, 0, NULL);
	struct decision_log *l = decision_log_create(dropped);

	(void)unused;
	assert_int_equal(decision_log_open(l, path, NULL), OK);
	put(l, 5000);
	decision_log_destroy(&l);
	assert_int_equal(lines_with("candidates") + lines_with("ended") +
				 (size_t)metric_value(dropped),
			 10000);
	metric_set_destroy(&set);
}

static void each_log_salts_keys_in_its_own_way(void **unused)
{
	struct decision_log *a = decision_log_create(NULL);
	struct decision_log *b = decision_log_create(NULL);

	(void)unused;
	assert_true(decision_log_salt(a) != decision_log_salt(b));
	decision_log_destroy(&a);
	decision_log_destroy(&b);
	decision_log_destroy(&b);
	assert_int_equal(
		decision_log_open(a = decision_log_create(NULL), path, NULL),
		OK);
	decision_log_destroy(&a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_in_the_file_when_the_log_has_ended),
		TEST(a_log_that_is_off_writes_nothing),
		TEST(a_file_that_cannot_be_leaves_the_log_as_it_is),
		TEST(all_that_is_put_is_written_or_counted),
		TEST(each_log_salts_keys_in_its_own_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
