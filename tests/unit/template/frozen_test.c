#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/from_json.h"
#include "common/template/frozen.h"

/* Frozen, with all that it was made from gone. */
static struct frozen *freeze(const char *json)
{
	struct arena arena;
	struct value v;
	arena_init(&arena);
	struct slice text = arena_copy(&arena, slice_of(json));
	assert_int_equal(value_from_json(text, 100, &arena, &v), OK);
	struct frozen *f = frozen_create(v);
	memset((char *)text.p, 'x', text.n);
	arena_fini(&arena);
	return f;
}

static void check(const char *json)
{
	struct arena arena;
	struct value want;
	uint64_t steps = 100000;
	struct frozen *f = freeze(json);
	arena_init(&arena);
	assert_int_equal(value_from_json(slice_of(json), 100, &arena, &want),
			 OK);
	assert_true(value_equal(frozen_value(f), want, 100, &steps));
	arena_fini(&arena);
	frozen_unref(&f);
	assert_null(f);
}

static void every_kind_of_value_outlives_its_arena(void **state)
{
	(void)state;
	check("null");
	check("true");
	check("-12");
	check("1.5");
	check("123456789012345678901234567890");
	check("\"\"");
	check("\"a \\n b\"");
	check("[]");
	check("{}");
	check("[1, [2, [3, \"x\"]], {\"a\": {\"b\": [null]}}]");
}

static void a_dict_of_many_keys_still_finds_them(void **state)
{
	(void)state;
	struct frozen *f = freeze("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,"
				  "\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10}");
	const struct dict *d = frozen_value(f).dict;
	assert_int_equal(d->n, 10);
	assert_non_null(d->index);
	assert_int_equal(dict_find_text(d, SLICE("j"))->i, 10);
	assert_int_equal(dict_find_text(d, SLICE("a"))->i, 1);
	assert_null(dict_find_text(d, SLICE("k")));
	frozen_unref(&f);
}

static void the_last_holder_frees_it(void **state)
{
	(void)state;
	struct frozen *f = freeze("[\"text\"]"), *again = frozen_ref(f);
	assert_true(frozen_bytes(f) >= sizeof(struct value));
	frozen_unref(&f);
	assert_true(value_is(frozen_value(again).item[0], "text"));
	frozen_unref(&again);
	frozen_unref(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_outlives_its_arena),
		cmocka_unit_test(a_dict_of_many_keys_still_finds_them),
		cmocka_unit_test(the_last_holder_frees_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
