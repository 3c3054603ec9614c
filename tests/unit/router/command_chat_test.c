#include "router/command_chat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct command_chat chat;
static struct error err;

static enum status take(int letter, const char *value)
{
	memset(&chat, 0, sizeof(chat));
	return command_chat_take(&chat, letter, value, &err);
}

static void directory_and_template_are_taken_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(take('m', "dir"), OK);
	assert_string_equal(chat.model, "dir");
	assert_int_equal(take('t', "file"), OK);
	assert_string_equal(chat.options.template_file, "file");
}

static void a_format_is_one_of_three_words(void **state)
{
	static const struct {
		const char *word;
		enum chat_format format;
	} row[] = {
		{"auto", CHAT_FORMAT_AUTO},
		{"string", CHAT_FORMAT_STRING},
		{"openai", CHAT_FORMAT_OPENAI},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		assert_int_equal(take('f', row[i].word), OK);
		assert_int_equal(chat.options.format, row[i].format);
	}
	assert_int_equal(take('f', "String"), ERR_INVALID);
	assert_non_null(strstr(err.text, "--content-format String"));
}

static void a_time_knows_its_day_of_the_week_and_of_the_year(void **state)
{
	struct tm now;

	(void)state;
	assert_int_equal(take('n', "2025-07-10T12:34:56"), OK);
	command_chat_now(&chat, &now);
	assert_int_equal(now.tm_wday, 4);
	assert_int_equal(now.tm_yday, 190);
	assert_int_equal(now.tm_min, 34);
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {"", "noon", "2025-07-10",
					  "2025-07-10T12:00:00Z",
					  "2025-13-10T12:00:00"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(take('n', bad[i]), ERR_INVALID);
		assert_non_null(strstr(err.text, "--now"));
		assert_false(chat.has_now);
	}
}

static void another_letter_is_not_its_own(void **state)
{
	(void)state;
	assert_int_equal(take('x', "value"), ERR_INVALID);
}

static void without_a_time_it_is_the_clocks(void **state)
{
	time_t before = time(NULL);
	struct tm now;

	(void)state;
	assert_int_equal(take('m', "dir"), OK);
	command_chat_now(&chat, &now);
	assert_true(mktime(&now) >= before);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(directory_and_template_are_taken_as_they_are),
		cmocka_unit_test(a_format_is_one_of_three_words),
		cmocka_unit_test(
			a_time_knows_its_day_of_the_week_and_of_the_year),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(another_letter_is_not_its_own),
		cmocka_unit_test(without_a_time_it_is_the_clocks),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
