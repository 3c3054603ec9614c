#include "tests/unit/token/fixture.h"

#include "common/base/mem.h"
#include "common/token/regex_program.h"

static struct regex *make(const struct regex_set *s)
{
	struct regex *re = mem_zalloc(sizeof(*re));

	re->class = mem_array(2, sizeof(*re->class));
	regex_add_class(re, s);
	return re;
}

static bool has(const struct regex *re, uint32_t c)
{
	char text[4];
	size_t n = utf8_put(text, c), len;
	bool found = regex_class_has(re, re->class, text, 0, &len);

	assert_int_equal(len, n);
	return found;
}

static void a_class_has_what_its_set_has(void **state)
{
	struct regex_set s = {0};
	struct regex *re;

	(void)state;
	regex_set_add(&s, 0, 0);
	regex_set_add(&s, 'a', 'f');
	regex_set_add(&s, 0xf0, 0x9ff);
	regex_set_add(&s, 0xffff, 0x10001);
	regex_set_add(&s, 0x10ffff, 0x10ffff);
	re = make(&s);
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x20000 ? 1 : 251)
		if (c < 0xd800 || c > 0xdfff)
			assert_int_equal(has(re, c), regex_set_has(&s, c));
	assert_true(has(re, 0x10ffff));
	regex_set_fini(&s);
	regex_destroy(&re);
}

static void pages_are_shared(void **state)
{
	struct regex_set s = {0};
	struct regex *re;

	(void)state;
	regex_set_add(&s, 0x1000, 0xffff);
	re = make(&s);
	assert_int_equal(re->n_page, 2);
	regex_set_fini(&s);
	regex_destroy(&re);
}

static void an_empty_class_has_nothing(void **state)
{
	struct regex_set s = {0};
	struct regex *re = make(&s);

	(void)state;
	assert_false(has(re, 0));
	assert_false(has(re, 'a'));
	assert_false(has(re, 0x4f60));
	regex_destroy(&re);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_has_what_its_set_has),
		cmocka_unit_test(pages_are_shared),
		cmocka_unit_test(an_empty_class_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
