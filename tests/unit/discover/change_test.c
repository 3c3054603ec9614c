#include "router/discover/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

static struct conf_workers *set(const char *yaml)
{
	const struct conf_model m = {.discover = {.max_workers = 64}};
	const struct conf_workers_rules rules = {
		.whence = "f", .model = &m, .numeric = true};
	struct conf_faults f = {0};
	struct conf_workers *s = conf_workers_parse(slice_of(yaml), &rules, &f);

	assert_int_equal(f.n, 0);
	return s;
}

static void tells(const char *old, const char *now, const char *wanted)
{
	struct conf_workers *a = old != NULL ? set(old) : NULL, *b = set(now);
	struct buf out = {0};

	change_print(a, b, &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, wanted);
	buf_fini(&out);
	conf_workers_unref(&a);
	conf_workers_unref(&b);
}

static void who_joins_and_who_leaves_is_named(void **unused)
{
	(void)unused;
	tells(NULL, "[{url: 'http://127.0.0.1:1', name: a}]",
	      "1 workers, a joins");
	tells("[{url: 'http://127.0.0.1:1', name: a}, "
	      "{url: 'http://127.0.0.1:2', name: b}]",
	      "[{url: 'http://127.0.0.1:2', name: b}, "
	      "{url: 'http://127.0.0.1:3', name: c}]",
	      "2 workers, c joins, a leaves");
	tells("[http://127.0.0.1:1]", "[]", "0 workers, 127.0.0.1:1 leaves");
}

static void a_name_at_another_place_is_another_worker(void **unused)
{
	(void)unused;
	tells("[{url: 'http://127.0.0.1:1', name: a}]",
	      "[{url: 'http://127.0.0.1:2', name: a}]",
	      "1 workers, a joins, a leaves");
}

static void nobody_is_named_where_nothing_changed(void **unused)
{
	(void)unused;
	tells("[http://127.0.0.1:1]", "[http://127.0.0.1:1]", "1 workers");
}

static void many_are_counted(void **unused)
{
	struct buf yaml = {0};

	(void)unused;
	buf_putc(&yaml, '[');
	for (int i = 1; i <= 10; i++)
		buf_printf(&yaml, "http://127.0.0.1:%d,", i);
	buf_puts(&yaml, "]");
	buf_putc(&yaml, '\0');
	tells(buf_slice(&yaml).p, "[]",
	      "0 workers, 127.0.0.1:1 leaves, 127.0.0.1:2 leaves, "
	      "127.0.0.1:3 leaves, 127.0.0.1:4 leaves, 127.0.0.1:5 leaves, "
	      "127.0.0.1:6 leaves, 127.0.0.1:7 leaves, 127.0.0.1:8 leaves, "
	      "and 2 more leaves");
	buf_fini(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joins_and_who_leaves_is_named),
		cmocka_unit_test(a_name_at_another_place_is_another_worker),
		cmocka_unit_test(nobody_is_named_where_nothing_changed),
		cmocka_unit_test(many_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
