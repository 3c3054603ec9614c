#include "router/conf/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void prints(const char *yaml, bool (*hides)(struct slice key),
		   const char *wanted)
{
	const struct yaml *root;
	struct arena arena;
	struct buf out = {0};
	size_t line;

	arena_init(&arena);
	assert_int_equal(yaml_parse(slice_of(yaml), &arena, &root, &line, NULL),
			 OK);
	flow_print(root, hides, &out);
	assert_int_equal(buf_len(&out), strlen(wanted));
	assert_memory_equal(buf_slice(&out).p, wanted, strlen(wanted));
	buf_fini(&out);
	arena_fini(&arena);
}

static bool is_key(struct slice key)
{
	return slice_equal(key, SLICE("key"));
}

static void all_kinds_of_nodes_become_one_line(void **unused)
{
	(void)unused;
	prints("a: [1, '2']\nb: {c: null}\n", NULL,
	       "{\"a\": [\"1\", \"2\"], \"b\": {\"c\": null}}");
	prints("[]", NULL, "[]");
	prints("{}", NULL, "{}");
}

static void nothing_breaks_out_of_its_quotes(void **unused)
{
	(void)unused;
	prints("'a\"b}': \"x\\n\\\\\"\n", NULL, "{\"a\\\"b}\": \"x\\n\\\\\"}");
}

static void what_is_hidden_is_not_told_at_any_depth(void **unused)
{
	(void)unused;
	prints("{key: a, b: {key: [1, 2]}, c: key}", is_key,
	       "{\"key\": \"***\", \"b\": {\"key\": \"***\"}, \"c\": \"key\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_of_nodes_become_one_line),
		cmocka_unit_test(nothing_breaks_out_of_its_quotes),
		cmocka_unit_test(what_is_hidden_is_not_told_at_any_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
