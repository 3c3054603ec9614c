#include "common/base/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fingerprint_value of(struct slice a, struct slice b,
				   struct slice c, int n)
{
	const struct slice part[3] = {a, b, c};
	struct fingerprint f;

	fingerprint_begin(&f);
	for (int i = 0; i < n; i++)
		fingerprint_mix(&f, part[i]);
	return fingerprint_so_far(&f);
}

static bool same(struct fingerprint_value a, struct fingerprint_value b)
{
	return a.low == b.low && a.high == b.high;
}

static void the_same_parts_have_the_same_name(void **unused)
{
	(void)unused;
	assert_true(same(of(SLICE("a"), SLICE("b"), SLICE("c"), 3),
			 of(SLICE("a"), SLICE("b"), SLICE("c"), 3)));
}

static void parts_do_not_run_into_each_other(void **unused)
{
	struct slice none = {NULL, 0};

	(void)unused;
	assert_false(same(of(SLICE("ab"), SLICE("c"), none, 2),
			  of(SLICE("a"), SLICE("bc"), none, 2)));
	assert_false(same(of(SLICE("a"), none, none, 1),
			  of(SLICE("a"), none, none, 2)));
	assert_false(same(of(none, SLICE("a"), none, 2),
			  of(SLICE("a"), none, none, 2)));
	assert_false(same(of(none, none, none, 0), of(none, none, none, 1)));
}

static void looking_does_not_disturb_what_follows(void **unused)
{
	struct fingerprint_value a, ab;
	struct fingerprint f;

	(void)unused;
	fingerprint_begin(&f);
	fingerprint_mix(&f, SLICE("a"));
	a = fingerprint_so_far(&f);
	assert_true(same(a, fingerprint_so_far(&f)));
	fingerprint_mix(&f, SLICE("b"));
	ab = fingerprint_so_far(&f);
	assert_false(same(a, ab));
	assert_true(same(ab, of(SLICE("a"), SLICE("b"), SLICE(""), 2)));
	fingerprint_begin(&f);
	fingerprint_mix(&f, SLICE("a"));
	assert_true(same(a, fingerprint_so_far(&f)));
}

/* XXH3 of nothing with seed 0, from its own specification. */
static void the_64_bit_name_is_xxh3(void **unused)
{
	(void)unused;
	assert_true(fingerprint64((struct slice){NULL, 0}, 0) ==
		    0x2d06800538d394c2);
	assert_true(fingerprint64(SLICE("a"), 0) !=
		    fingerprint64(SLICE("a"), 1));
	assert_true(fingerprint64(SLICE("a"), 0) !=
		    fingerprint64(SLICE("a\0"), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_parts_have_the_same_name),
		cmocka_unit_test(parts_do_not_run_into_each_other),
		cmocka_unit_test(looking_does_not_disturb_what_follows),
		cmocka_unit_test(the_64_bit_name_is_xxh3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
