#include "common/template/chat_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct chat_field f[3];

static bool take(const char *object)
{
	f[0] = (struct chat_field){"a"};
	f[1] = (struct chat_field){"b"};
	f[2] = (struct chat_field){"c"};
	return chat_fields_read(slice_of(object), f, 3);
}

static void members_are_found_by_name(void **unused)
{
	(void)unused;
	assert_true(take(" {\"b\" : [1, 2] ,\"x\":{},\"a\":\"t\\u00e9\"} "));
	assert_true(slice_equal(f[0].raw, SLICE("\"t\\u00e9\"")));
	assert_true(chat_field_is(&f[0], JSON_TYPE_STRING));
	assert_true(slice_equal(f[1].raw, SLICE("[1, 2]")));
	assert_true(chat_field_is(&f[1], JSON_TYPE_ARRAY));
	assert_false(chat_field_is(&f[1], JSON_TYPE_STRING));
	assert_false(chat_field_is_set(&f[2]));
	assert_false(chat_field_is(&f[2], JSON_TYPE_NULL));
}

static void the_last_of_repeated_members_counts(void **unused)
{
	(void)unused;
	assert_true(take("{\"a\":1,\"\\u0061\":2,\"b\":1,\"b\":null}"));
	assert_true(slice_equal(f[0].raw, SLICE("2")));
	assert_false(chat_field_is_set(&f[1]));
}

static void what_is_no_object_has_no_members(void **unused)
{
	static const char *const bad[] = {"",  "[]",      "1",
					  "{", "{\"a\"}", "{\"a\":1}x"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(take(bad[i]));
}

static void a_string_says_what_it_means(void **unused)
{
	(void)unused;
	assert_true(take("{\"a\":\"us\\u0065r\",\"b\":\"\",\"c\":1}"));
	assert_true(chat_field_says(&f[0], "user"));
	assert_false(chat_field_says(&f[0], "use"));
	assert_true(chat_field_has_text(&f[0]));
	assert_false(chat_field_has_text(&f[1]));
	assert_false(chat_field_has_text(&f[2]));
	assert_false(chat_field_says(&f[2], "1"));
	assert_int_equal(chat_field_inner(f[1].raw).n, 0);
	assert_true(
		slice_equal(chat_field_inner(f[0].raw), SLICE("us\\u0065r")));
}

static void a_list_has_commas_between(void **unused)
{
	struct arena arena;
	struct buf list;

	(void)unused;
	arena_init(&arena);
	buf_init(&list);
	assert_true(slice_equal(chat_list_end(&list, &arena), SLICE("[]")));
	for (int i = 0; i < 2; i++) {
		chat_list_next(&list);
		chat_field_put(&list, "{\"n\":", SLICE("1"));
		buf_putc(&list, '}');
	}
	assert_true(slice_equal(chat_list_end(&list, &arena),
				SLICE("[{\"n\":1},{\"n\":1}]")));
	buf_fini(&list);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_name),
		cmocka_unit_test(the_last_of_repeated_members_counts),
		cmocka_unit_test(what_is_no_object_has_no_members),
		cmocka_unit_test(a_string_says_what_it_means),
		cmocka_unit_test(a_list_has_commas_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
