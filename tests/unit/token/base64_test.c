#include "tests/unit/token/fixture.h"

#include "common/token/base64.h"

static bool decoded(const char *in, const char *want, size_t n)
{
	struct buf out;
	bool good;

	buf_init(&out);
	good = base64_decode(slice_of(in), &out) &&
	       slice_equal(buf_slice(&out), (struct slice){want, n});
	buf_fini(&out);
	return good;
}

static bool is_refused(const char *in)
{
	struct buf out;
	bool refused;

	buf_init(&out);
	refused = !base64_decode(slice_of(in), &out);
	buf_fini(&out);
	return refused;
}

static void the_vectors_of_the_standard_are_decoded(void **state)
{
	(void)state;
	assert_true(decoded("", "", 0));
	assert_true(decoded("Zg==", "f", 1));
	assert_true(decoded("Zm8=", "fo", 2));
	assert_true(decoded("Zm9v", "foo", 3));
	assert_true(decoded("Zm9vYmFy", "foobar", 6));
	assert_true(decoded("+/8A", "\xfb\xff\x00", 3));
}

static void groups_that_are_not_whole_are_refused(void **state)
{
	(void)state;
	assert_true(is_refused("Zg"));
	assert_true(is_refused("Zg="));
	assert_true(is_refused("Zm9vY"));
}

static void other_letters_are_refused(void **state)
{
	(void)state;
	assert_true(is_refused("Zm-v"));
	assert_true(is_refused("Zm v"));
	assert_true(is_refused("Zg==Zg=="));
	assert_true(is_refused("===="));
	assert_true(is_refused("Z==="));
	assert_true(is_refused("Z=9v"));
}

static void bits_behind_the_end_are_refused(void **state)
{
	(void)state;
	assert_true(is_refused("Zh=="));
	assert_true(is_refused("Zm9="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_standard_are_decoded),
		cmocka_unit_test(groups_that_are_not_whole_are_refused),
		cmocka_unit_test(other_letters_are_refused),
		cmocka_unit_test(bits_behind_the_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
