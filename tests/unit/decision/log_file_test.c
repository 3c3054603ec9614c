#include "router/decision/log_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "router/decision/write.h"

#define HEAD DECISION_LOG_HEAD "\n"

/* A directory of its own, and a name in it. */
static char directory[64], path[96], moved[96];

static int set_up(void **unused)
{
	(void)unused;
	strcpy(directory, "/tmp/warmpath-decisions-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	snprintf(moved, sizeof(moved), "%s/log.1", directory);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	unlink(path);
	unlink(moved);
	return rmdir(directory);
}

static void holds(const char *file, const char *wanted)
{
	struct buf text = {0};

	assert_int_equal(file_read(file, 1 << 20, &text, NULL), OK);
	buf_putc(&text, '\0');
	assert_string_equal(text.p, wanted);
	buf_fini(&text);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct decision_file *opened(void)
{
	struct error err;
	struct decision_file *f = decision_file_open(path, &err);

	assert_non_null(f);
	return f;
}

static void a_file_begins_with_what_it_is_and_is_its_owners(void **unused)
{
	struct decision_file *f = opened();
	struct stat st;

	(void)unused;
	assert_int_equal(decision_file_write(f, SLICE("{}\n")), 0);
	holds(path, HEAD "{}\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	decision_file_close(&f);
	assert_null(f);
	decision_file_close(&f);
}

static void what_is_there_stays_and_a_torn_line_is_ended(void **unused)
{
	struct decision_file *f;

	(void)unused;
	write_file("{\"torn\":");
	f = opened();
	decision_file_close(&f);
	holds(path, "{\"torn\":\n" HEAD);
}

static void a_file_that_was_moved_away_is_begun_anew(void **unused)
{
	struct decision_file *f = opened();

	(void)unused;
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(decision_file_write(f, SLICE("1\n")), 0);
	decision_file_look(f);
	assert_int_equal(decision_file_write(f, SLICE("2\n")), 0);
	decision_file_look(f);
	decision_file_close(&f);
	holds(moved, HEAD "1\n");
	holds(path, HEAD "2\n");
}

static void where_no_new_one_can_be_the_old_one_goes_on(void **unused)
{
	struct decision_file *f = opened();

	(void)unused;
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	decision_file_look(f);
	assert_int_equal(decision_file_write(f, SLICE("1\n")), 0);
	decision_file_close(&f);
	holds(moved, HEAD "1\n");
	assert_int_equal(rmdir(path), 0);
}

static void what_is_no_plain_file_is_refused(void **unused)
{
	static const char *const bad[] = {"/dev/null", "/", "",
					  "/no/such/directory/log"};
	struct error err;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err.text[0] = '\0';
		assert_null(decision_file_open(bad[i], &err));
		assert_non_null(strstr(err.text, "decisions: "));
	}
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(decision_file_open(path, &err));
	assert_non_null(strstr(err.text, "not a plain file"));
}

/* As on a disk that is full. */
static void what_finds_no_room_is_counted(void **unused)
{
	struct decision_file *f = opened();
	struct rlimit was, small = {0};

	(void)unused;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_IGN);
	small.rlim_cur = strlen(HEAD) + 5;
	small.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(decision_file_write(f, SLICE("1\n2\n3\n4\n")), 2);
	assert_int_equal(decision_file_write(f, SLICE("5\n6\n")), 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(decision_file_write(f, SLICE("7\n")), 0);
	decision_file_close(&f);
	holds(path, HEAD "1\n2\n37\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_begins_with_what_it_is_and_is_its_owners),
		TEST(what_is_there_stays_and_a_torn_line_is_ended),
		TEST(a_file_that_was_moved_away_is_begun_anew),
		TEST(where_no_new_one_can_be_the_old_one_goes_on),
		TEST(what_is_no_plain_file_is_refused),
		TEST(what_finds_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
