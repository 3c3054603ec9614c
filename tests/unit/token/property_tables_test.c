#include "tests/unit/token/fixture.h"

#include "common/token/property_tables.h"
#include "common/token/unicode.h"

static bool has(const char *name, uint32_t c)
{
	for (size_t i = 0; i < unicode_property_n; i++) {
		const struct unicode_property *p = &unicode_property[i];

		if (strcmp(p->name, name) != 0)
			continue;
		for (size_t k = p->start; k < (size_t)p->start + p->n; k++)
			if (c >= unicode_range[2 * k] &&
			    c <= unicode_range[2 * k + 1])
				return true;
		return false;
	}
	fail_msg("no property %s", name);
	return false;
}

static void known_characters_have_their_scripts(void **state)
{
	(void)state;
	assert_true(has("thai", 0xe01));
	assert_true(has("hiragana", 0x3042));
	assert_true(has("latin", 'a'));
	assert_false(has("latin", 0x3b1));
	assert_true(has("word", '_'));
	assert_false(has("word", '-'));
}

static void ranges_ascend(void **state)
{
	(void)state;
	for (size_t i = 0; i < unicode_property_n; i++) {
		const struct unicode_property *p = &unicode_property[i];
		const uint32_t *r = &unicode_range[2 * p->start];

		assert_true(p->n > 0);
		for (size_t k = 0; k < p->n; k++) {
			assert_true(r[2 * k] <= r[2 * k + 1]);
			assert_true(k == 0 || r[2 * k] > r[2 * k - 1]);
		}
	}
}

/* Two tables that were asked of two parts of the engine. */
static void the_script_han_is_the_class_han(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x32000; c++)
		assert_int_equal(has("han", c),
				 (unicode_class(c) & CLASS_HAN) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_characters_have_their_scripts),
		cmocka_unit_test(ranges_ascend),
		cmocka_unit_test(the_script_han_is_the_class_han),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
