#include "tests/unit/token/fixture.h"

#include "common/token/cluster.h"

/* The clusters with | between them. */
static void expect(const char *text, const char *want)
{
	char out[256];
	size_t n = strlen(text), made = 0;

	for (size_t at = 0, end; at < n; at = end) {
		end = cluster_end(text, n, at);
		assert_true(end > at && end <= n);
		if (at > 0)
			out[made++] = '|';
		memcpy(out + made, text + at, end - at);
		made += end - at;
	}
	out[made] = '\0';
	assert_string_equal(out, want);
}

static void letters_stand_alone(void **state)
{
	(void)state;
	expect("ab", "a|b");
	expect("\u4f60\u597d", "\u4f60|\u597d");
}

static void marks_join_what_is_before_them(void **state)
{
	(void)state;
	expect("e\u0301\u0316x", "e\u0301\u0316|x");
	expect("\u0915\u093fa", "\u0915\u093f|a");
	expect("\u0301a", "\u0301|a");
}

static void a_lines_end_is_one_and_controls_join_nothing(void **state)
{
	(void)state;
	expect("\r\n\r", "\r\n|\r");
	expect("\n\u0301", "\n|\u0301");
	expect("\u200b\u0301", "\u200b|\u0301");
}

static void signs_may_join_what_is_behind_them(void **state)
{
	(void)state;
	expect("\u06001", "\u06001");
	expect("\u0600\n", "\u0600|\n");
}

static void hangul_joins_by_syllables(void **state)
{
	(void)state;
	expect("\u1100\u1161\u11a8\u1100", "\u1100\u1161\u11a8|\u1100");
	expect("\uac00\u11a8\uac01\u1161", "\uac00\u11a8|\uac01|\u1161");
	expect("\u1161\u1100", "\u1161|\u1100");
}

static void a_joiner_joins_pictographs_only(void **state)
{
	(void)state;
	expect("\u00a9\u200d\u2122", "\u00a9\u200d\u2122");
	expect("\u00a9\u0301\u200d\u2122", "\u00a9\u0301\u200d\u2122");
	expect("a\u200d\u2122", "a\u200d|\u2122");
	expect("\u00a9\u200d\u200d\u2122", "\u00a9\u200d\u200d|\u2122");
	expect("\u00a9\u200da", "\u00a9\u200d|a");
}

static void linked_consonants_are_one(void **state)
{
	(void)state;
	expect("\u0915\u094d\u0937", "\u0915\u094d\u0937");
	expect("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937");
	expect("\u0915\u094d\u200c\u0937", "\u0915\u094d\u200c|\u0937");
	expect("\u0915\u0937", "\u0915|\u0937");
	expect("\u094d\u0937", "\u094d|\u0937");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_stand_alone),
		cmocka_unit_test(marks_join_what_is_before_them),
		cmocka_unit_test(a_lines_end_is_one_and_controls_join_nothing),
		cmocka_unit_test(signs_may_join_what_is_behind_them),
		cmocka_unit_test(hangul_joins_by_syllables),
		cmocka_unit_test(a_joiner_joins_pictographs_only),
		cmocka_unit_test(linked_consonants_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
