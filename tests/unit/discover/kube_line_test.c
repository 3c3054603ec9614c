#include "router/discover/kube_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

struct told {
	struct buf all;
	size_t left; /* lines that are wanted */
};

static bool take(void *arg, struct slice line)
{
	struct told *t = arg;

	buf_printf(&t->all, "<%.*s>", SLICE_ARG(line));
	return --t->left > 0;
}

static void tells(struct told *t, const char *wanted)
{
	buf_putc(&t->all, '\0');
	assert_string_equal(buf_slice(&t->all).p, wanted);
	buf_fini(&t->all);
}

static void lines_come_whole_however_they_are_cut(void **unused)
{
	static const char text[] = "one\n\ntwo and more\nthree";

	(void)unused;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct told t = {.left = 9};
		struct kube_line l = {0};
		struct slice rest = slice_of(text);

		while (rest.n > 0) {
			struct slice part = {rest.p,
					     rest.n < step ? rest.n : step};

			assert_int_equal(kube_line_feed(&l, part, take, &t),
					 OK);
			rest = slice_from(rest, part.n);
		}
		tells(&t, "<one><><two and more>");
		kube_line_reset(&l);
	}
}

static void no_more_are_told_than_are_wanted(void **unused)
{
	struct told t = {.left = 1};
	struct kube_line l = {0};

	(void)unused;
	assert_int_equal(kube_line_feed(&l, SLICE("a\nb\nc"), take, &t), OK);
	tells(&t, "<a>");
	assert_int_equal(buf_len(&l.held), 0);
	kube_line_reset(&l);
}

static void a_line_without_end_is_given_up(void **unused)
{
	struct told t = {.left = 9};
	struct kube_line l = {0};
	char *piece = mem_alloc(1 << 20);
	enum status st = OK;
	size_t n = 0;

	(void)unused;
	memset(piece, 'a', 1 << 20);
	while (st == OK && n++ < 8)
		st = kube_line_feed(&l, (struct slice){piece, 1 << 20}, take,
				    &t);
	assert_int_equal(st, ERR_LIMIT);
	assert_int_equal(n, KUBE_MAX_LINE / (1 << 20) + 1);
	mem_free(piece);
	kube_line_reset(&l);
	buf_fini(&t.all);
}

static void what_was_forgotten_is_no_part_of_the_next(void **unused)
{
	struct told t = {.left = 9};
	struct kube_line l = {0};

	(void)unused;
	assert_int_equal(kube_line_feed(&l, SLICE("half"), take, &t), OK);
	kube_line_reset(&l);
	assert_int_equal(kube_line_feed(&l, SLICE("whole\n"), take, &t), OK);
	tells(&t, "<whole>");
	kube_line_reset(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_are_cut),
		cmocka_unit_test(no_more_are_told_than_are_wanted),
		cmocka_unit_test(a_line_without_end_is_given_up),
		cmocka_unit_test(what_was_forgotten_is_no_part_of_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
