#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <xxhash.h>

#include "common/base/fingerprint_avx2.h"

#define MOST 5000

static char text[MOST];

/* The shared library is the reference. */
static void check(size_t n, uint64_t seed)
{
	XXH128_hash_t want = XXH3_128bits_withSeed(text, n, seed);
	struct fingerprint_value got = fingerprint128_avx2(text, n, seed);

	assert_true(got.low == want.low64 && got.high == want.high64);
	got = fingerprint128((struct slice){text, n}, seed);
	assert_true(got.low == want.low64 && got.high == want.high64);
}

static void values_are_those_of_the_library(void **unused)
{
	(void)unused;
	if (!__builtin_cpu_supports("avx2"))
		skip();
	for (size_t i = 0; i < MOST; i++)
		text[i] = (char)(i * 131 >> 3);
	for (size_t n = 0; n < MOST; n += n < 300 ? 1 : 97) {
		check(n, 0);
		check(n, 0x123456789abcdef1);
	}
}

static void another_seed_or_text_gives_another_value(void **unused)
{
	(void)unused;
	if (!__builtin_cpu_supports("avx2"))
		skip();
	assert_false(fingerprint_equal(fingerprint128_avx2(text, 100, 1),
				       fingerprint128_avx2(text, 100, 2)));
	assert_false(fingerprint_equal(fingerprint128_avx2(text, 100, 1),
				       fingerprint128_avx2(text, 99, 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_the_library),
		cmocka_unit_test(another_seed_or_text_gives_another_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
