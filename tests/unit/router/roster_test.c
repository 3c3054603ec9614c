#include "router/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct error err;

static void good(const char *body, struct roster *out)
{
	*out = (struct roster){0};
	assert_int_equal(roster_parse(slice_of(body), &arena, out, &err), OK);
}

static void refused(struct slice body, const char *why)
{
	struct roster r = {.n_names = 7};

	assert_int_equal(roster_parse(body, &arena, &r, &err), ERR_INVALID);
	assert_int_equal(r.n_names, 7);
	assert_string_equal(err.text, why);
}

static void is(struct slice s, const char *text)
{
	assert_true(slice_equal(s, slice_of(text)));
}

static void a_model_and_its_adapters_are_told_apart(void **unused)
{
	struct roster r;

	(void)unused;
	good("{\"object\":\"list\",\"data\":["
	     "{\"id\":\"llama\",\"parent\":null,\"root\":\"/m\"},"
	     "{\"id\":\"sql\",\"parent\":\"llama\"},"
	     "{\"id\":\"other name\"}]}",
	     &r);
	assert_int_equal(r.n_names, 2);
	assert_int_equal(r.n_loras, 1);
	is(r.name[0], "llama");
	is(r.name[1], "other name");
	is(r.lora[0], "sql");
	arena_reset(&arena);
}

static void what_is_no_list_is_refused(void **unused)
{
	(void)unused;
	refused(SLICE(""), "/v1/models is not a list of models");
	refused(SLICE("{"), "/v1/models is not a list of models");
	refused(SLICE("[]"), "/v1/models is not a list of models");
	refused(SLICE("{\"data\":{}}"), "/v1/models is not a list of models");
	refused(SLICE("{\"data\":[{\"id\":\"a\"}],\"data\":[]}"),
		"/v1/models is not a list of models");
	refused(SLICE("{\"data\":[]}"),
		"/v1/models has 0 models; 1 to 256 can be served");
	refused(SLICE("{\"data\":[{\"id\":\"a\",\"parent\":\"b\"}]}"),
		"/v1/models has adapters alone");
	arena_reset(&arena);
}

static void a_name_must_be_one(void **unused)
{
	static const char why[] =
		"/v1/models: entry 1 has no name that can be used";
	static const char *const bad[] = {
		"null",
		"{}",
		"{\"id\":1}",
		"{\"id\":\"\"}",
		"\"a\"",
		"{\"id\":\"a\\nb\"}",
		"{\"id\":\"a\\u007f\"}",
	};
	struct buf body = {0};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		buf_reset(&body, 0);
		buf_printf(&body, "{\"data\":[{\"id\":\"a\"},%s]}", bad[i]);
		refused(buf_slice(&body), why);
	}
	buf_reset(&body, 0);
	buf_puts(&body, "{\"data\":[{\"id\":\"a\"},{\"id\":\"");
	for (size_t i = 0; i <= ROSTER_MAX_NAME_BYTES; i++)
		buf_putc(&body, 'x');
	buf_puts(&body, "\"}]}");
	refused(buf_slice(&body), why);
	buf_fini(&body);
	arena_reset(&arena);
}

static void too_many_are_refused(void **unused)
{
	struct buf body = {0};

	(void)unused;
	buf_puts(&body, "{\"data\":[");
	for (size_t i = 0; i <= ROSTER_MAX_NAMES; i++)
		buf_printf(&body, "%s{\"id\":\"m%zu\"}", i ? "," : "", i);
	buf_puts(&body, "]}");
	refused(buf_slice(&body),
		"/v1/models has 257 models; 1 to 256 can be served");
	buf_fini(&body);
	arena_reset(&arena);
}

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_and_its_adapters_are_told_apart),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(a_name_must_be_one),
		cmocka_unit_test(too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
