#include "router/command_demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "tests/unit/router/command_run.h"

/* A tree of folders for one test: files are made with what leads to them,
 * and all of it goes at the end. */
static char root[PATH_MAX / 2];

static int open_tree(void **state)
{
	(void)state;
	strcpy(root, "/tmp/warmpath-demo-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int close_tree(void **state)
{
	char command[PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void place(const char *name, mode_t mode)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static enum status find(const char *folder, char script[PATH_MAX],
			struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	return demo_find(path, script, err);
}

static void it_is_found_where_it_is_installed(void **state)
{
	char script[PATH_MAX];
	struct error err;

	(void)state;
	place("usr/bin/warmpath-sim", 0755);
	place("usr/share/warmpath/tools/demo/demo.py", 0644);
	assert_int_equal(find("usr/bin", script, &err), OK);
	assert_int_equal(access(script, R_OK), 0);
}

static void it_is_found_from_a_build_of_the_tree(void **state)
{
	char script[PATH_MAX];
	struct error err;

	(void)state;
	place("build/release/warmpath-sim", 0755);
	place("tools/demo/demo.py", 0644);
	assert_int_equal(find("build/release", script, &err), OK);
	assert_int_equal(access(script, R_OK), 0);
}

static void without_a_simulator_it_says_what_brings_it(void **state)
{
	char script[PATH_MAX];
	struct error err;

	(void)state;
	place("usr/bin/warmpath", 0755);
	place("usr/share/warmpath/tools/demo/demo.py", 0644);
	assert_int_equal(find("usr/bin", script, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "warmpath-tools"));
	assert_non_null(strstr(err.text, "make run"));
}

static void a_simulator_that_is_no_program_is_none(void **state)
{
	char script[PATH_MAX];
	struct error err;

	(void)state;
	place("usr/bin/warmpath-sim", 0644);
	place("usr/share/warmpath/tools/demo/demo.py", 0644);
	assert_int_equal(find("usr/bin", script, &err), ERR_NOT_FOUND);
}

static void without_its_script_it_says_where_that_should_be(void **state)
{
	char script[PATH_MAX];
	struct error err;

	(void)state;
	place("usr/bin/warmpath-sim", 0755);
	assert_int_equal(find("usr/bin", script, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "demo.py"));
	assert_non_null(strstr(err.text, "warmpath-tools"));
}

static void a_folder_too_long_for_a_path_has_nothing(void **state)
{
	static char folder[2 * PATH_MAX];
	char script[PATH_MAX];
	struct error err;

	(void)state;
	memset(folder, 'a', sizeof(folder) - 1);
	assert_int_equal(demo_find(folder, script, &err), ERR_NOT_FOUND);
}

static void without_its_files_the_command_fails_and_says_so(void **state)
{
	(void)state;
	run_command(command_demo, "demo --once", "");
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.message, "warmpath demo: "));
	assert_non_null(strstr(run.message, "warmpath-tools"));
}

static void other_options_and_words_are_refused(void **state)
{
	(void)state;
	run_command(command_demo, "demo --twice", "");
	assert_int_equal(run.status, 2);
	run_command(command_demo, "demo now", "");
	assert_int_equal(run.status, 2);
}

static void its_help_is_told(void **state)
{
	(void)state;
	run_command(command_demo, "demo --help", "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "--once"));
}

#define IN_TREE(test)                                                          \
	cmocka_unit_test_setup_teardown(test, open_tree, close_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(it_is_found_where_it_is_installed),
		IN_TREE(it_is_found_from_a_build_of_the_tree),
		IN_TREE(without_a_simulator_it_says_what_brings_it),
		IN_TREE(a_simulator_that_is_no_program_is_none),
		IN_TREE(without_its_script_it_says_where_that_should_be),
		cmocka_unit_test(a_folder_too_long_for_a_path_has_nothing),
		cmocka_unit_test(
			without_its_files_the_command_fails_and_says_so),
		cmocka_unit_test(other_options_and_words_are_refused),
		cmocka_unit_test(its_help_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
