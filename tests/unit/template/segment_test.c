#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/segment.h"

static void pieces_follow_one_another(void **state)
{
	struct segments s;
	struct arena arena;
	struct buf text;
	(void)state;
	arena_init(&arena);
	buf_init(&text);
	buf_puts(&text, "before");
	segments_init(&s, &text, &arena);
	segments_token(&s, "<|a|>");
	segments_put(&s, SLICE("b"), false);
	segments_put(&s, SLICE(""), false);
	buf_puts(&text, "cd");
	segments_close(&s, false);
	segments_close(&s, true);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.start, 6);
	assert_int_equal(s.item[0].end, 5);
	assert_true(s.item[0].special);
	assert_int_equal(s.item[1].end, 6);
	assert_false(s.item[1].special);
	assert_int_equal(s.item[2].end, 8);
	assert_false(s.item[2].special);
	assert_true(slice_equal(buf_slice(&text), SLICE("before<|a|>bcd")));
	arena_fini(&arena);
	buf_fini(&text);
}

static void there_may_be_many(void **state)
{
	struct segments s;
	struct arena arena;
	struct buf text;
	(void)state;
	arena_init(&arena);
	buf_init(&text);
	segments_init(&s, &text, &arena);
	for (size_t i = 0; i < 1000; i++)
		segments_put(&s, SLICE("x"), i % 2);
	assert_int_equal(s.n, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(s.item[i].end, i + 1);
	arena_fini(&arena);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_one_another),
		cmocka_unit_test(there_may_be_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
