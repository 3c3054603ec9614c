#include "router/probe/parity_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *lora[] = {(char *)"sql", (char *)"chat"};
static const struct conf_model model = {
	.name = (char *)"llama", .lora = lora, .n_loras = 2};
static struct parity_facts facts;

static int begin(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	return 0;
}

static enum status models(const char *json)
{
	return parity_facts_models(slice_of(json), &model, &facts);
}

static void a_model_is_found_with_its_length(void **state)
{
	(void)state;
	assert_int_equal(
		models("{\"object\":\"list\",\"data\":[{\"id\":\"x\",\"max_"
		       "model_len\":1},{\"id\":\"llama\",\"parent\":null,"
		       "\"max_model_len\":4096,\"permission\":[{}]},{\"id\":"
		       "\"chat\"},{\"id\":\"sql\",\"max_model_len\":null}]}"),
		OK);
	assert_true(facts.models);
	assert_true(facts.has_model);
	assert_int_equal(facts.max_model_len, 4096);
	assert_string_equal(facts.missing, "");
}

static void names_that_are_not_there_are_missing(void **state)
{
	(void)state;
	assert_int_equal(models("{\"data\":[]}"), OK);
	assert_true(facts.models);
	assert_false(facts.has_model);
	assert_string_equal(facts.missing, "sql, chat");
	assert_int_equal(models("{\"data\":[{\"id\":\"s\\u0071l\"}]}"), OK);
	assert_string_equal(facts.missing, "chat");
}

static void more_missing_names_than_fit_are_cut(void **state)
{
	char name[201];
	char *many[] = {name, name, name};
	struct conf_model m = {.name = (char *)"m", .lora = many, .n_loras = 3};

	(void)state;
	memset(name, 'n', 200);
	name[200] = '\0';
	assert_int_equal(
		parity_facts_models(SLICE("{\"data\":[]}"), &m, &facts), OK);
	assert_int_equal(strlen(facts.missing), sizeof(facts.missing) - 1);
}

static void what_is_no_list_of_models_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"data\":null}",
		"{\"data\":{}}",
		"{\"data\":[1]}",
		"{\"data\":[{\"id\":\"llama\"}",
		"{\"data\":[[]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (models(bad[i]) != ERR_INVALID)
			fail_msg("accepted: %s", bad[i]);
		assert_false(facts.models);
	}
	/* A name that is none is nobody's. */
	assert_int_equal(models("{\"data\":[{\"id\":1}]}"), OK);
	assert_false(facts.has_model);
}

static void a_version_is_a_release(void **state)
{
	static const struct {
		const char *json;
		unsigned release;
	} row[] = {
		{"{\"version\":\"0.27.1\"}", 27},
		{"{\"version\":\"0.9.0rc1+cu126\"}", 9},
		{"{\"version\":\"1.2\"}", 1002},
		{"{\"version\":\"0.27.dev3\"}", 27},
		{"{\"version\":\"dev\"}", 0},
		{"{\"version\":\"7\"}", 0},
		{"{\"version\":\"1.x\"}", 0},
		{"{\"version\":\"\"}", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		assert_int_equal(
			parity_facts_version(slice_of(row[i].json), &facts),
			OK);
		assert_int_equal(facts.release, row[i].release);
	}
}

static void what_is_no_version_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parity_facts_version(SLICE("{}"), &facts),
			 ERR_INVALID);
	assert_int_equal(
		parity_facts_version(SLICE("{\"version\":27}"), &facts),
		ERR_INVALID);
	assert_int_equal(parity_facts_version(SLICE("x"), &facts), ERR_INVALID);
	assert_string_equal(facts.version, "");
}

#define T(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(a_model_is_found_with_its_length),
		T(names_that_are_not_there_are_missing),
		T(more_missing_names_than_fit_are_cut),
		T(what_is_no_list_of_models_changes_nothing),
		T(a_version_is_a_release),
		T(what_is_no_version_is_refused),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
