#include "router/command_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct options {
	const char *name;
	int help;
};

static enum status take(void *of, int letter, const char *value,
			struct error *err)
{
	struct options *o = of;

	if (letter == 'h')
		o->help++;
	else if (strcmp(value, "bad") == 0)
		return command_usage(err, "--name", value, "not a name");
	else
		o->name = value;
	return OK;
}

static const struct option known[] = {
	{"name", required_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static enum status parse(struct options *o, struct error *err, const char *a,
			 const char *b)
{
	const struct command_options c = {known, "words", take};
	char word[3][32] = {"test"}, *argv[4] = {word[0]};
	int argc = 1;

	for (; a; a = b, b = NULL) {
		strcpy(word[argc], a);
		argv[argc] = word[argc];
		argc++;
	}
	return command_options_parse(&c, o, argc, argv, err);
}

static void check_refused(const char *a, const char *b, const char *says)
{
	struct options o = {0};
	struct error err = {0};

	assert_int_equal(parse(&o, &err, a, b), ERR_INVALID);
	assert_string_equal(err.text, says);
}

static void options_are_handed_on(void **state)
{
	struct options o = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(parse(&o, &err, NULL, NULL), OK);
	assert_null(o.name);
	assert_int_equal(parse(&o, &err, "--help", "--help"), OK);
	assert_int_equal(o.help, 2);
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	check_refused("--name", "bad", "--name bad: not a name");
	check_refused("--name", NULL, "--name: its value is missing");
	check_refused("--nothing", NULL,
		      "--nothing: no such option; try --help");
	check_refused("-x", NULL, "-x: no such option; try --help");
	check_refused("--help=3", NULL, "--help=3: no such option; try --help");
	check_refused("file", NULL,
		      "file: takes no arguments; words are read from standard "
		      "input");
}

static enum status take_word(void *of, const char *value, struct error *err)
{
	char *words = of;

	if (strcmp(value, "no") == 0)
		return command_usage(err, value, NULL, "not this word");
	strcat(words, value);
	return OK;
}

static void words_are_handed_on_where_they_are_wanted(void **state)
{
	const struct command_options c = {
		.known = known, .take = take, .take_argument = take_word};
	char name[] = "test", a[] = "a", b[] = "b", no[] = "no", words[8] = "";
	struct error err = {0};

	(void)state;
	assert_int_equal(command_options_parse(&c, words, 3,
					       (char *[]){name, a, b, NULL},
					       &err),
			 OK);
	assert_string_equal(words, "ab");
	assert_int_equal(command_options_parse(&c, words, 2,
					       (char *[]){name, no, NULL},
					       &err),
			 ERR_INVALID);
	assert_string_equal(err.text, "no: not this word");
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(options_are_handed_on),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(words_are_handed_on_where_they_are_wanted),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
