#include "tests/unit/token/chars.h"

#include "common/token/model.h"

static struct error err;

/* The pieces with | between them; takes the tree. */
static void expect(json_t *root, const char *text, const char *want)
{
	struct tokenizer *t = demo_parse(root, &err);
	char out[256];
	size_t n = strlen(text), made = 0;

	if (!t)
		fail_msg("%s", err.text);
	for (size_t at = 0, end; at < n; at = end) {
		end = cut_word(&t->cut, text, n, at);
		assert_true(end > at && end <= n);
		if (at > 0)
			out[made++] = '|';
		memcpy(out + made, text + at, end - at);
		made += end - at;
	}
	out[made] = '\0';
	assert_string_equal(out, want);
	tokenizer_unref(&t);
}

static void text_is_cut_before_blanks_that_follow_something(void **state)
{
	(void)state;
	expect(chars_usual(), "a\u2581b\u2581\u2581ab",
	       "a|\u2581b|\u2581"
	       "\u2581ab");
	expect(chars_usual(), "\u2581\u2581", "\u2581\u2581");
	expect(chars_usual(), "ab", "ab");
}

static void a_character_that_joins_a_blank_is_not_cut_off(void **state)
{
	static const char *const entry[] = {"a", "\u2581", ">", ">\u2581",
					    NULL};

	(void)state;
	expect(chars_json(entry, "[\"> \u2581\"]"), "a\u2581>\u2581a\u2581",
	       "a|\u2581>\u2581a|\u2581");
}

static void merges_of_bytes_forbid_all_cuts(void **state)
{
	static const char *const entry[] = {"a", "\u2581", "<0x41>a", NULL};

	(void)state;
	expect(chars_json(entry, "[\"<0x41> a\"]"), "a\u2581a", "a\u2581a");
}

static void too_many_such_characters_forbid_all_cuts(void **state)
{
	static char name[40][2], joined[40][8];
	const char *entry[100] = {"\u2581"};
	char merges[1024] = "[";
	size_t n = 1;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		name[i][0] = (char)('A' + i);
		snprintf(joined[i], 8, "%c\u2581", name[i][0]);
		if (name[i][0] == '\\')
			continue;
		entry[n++] = name[i];
		entry[n++] = joined[i];
		strcat(merges, n > 3 ? ",[\"" : "[\"");
		strcat(merges, name[i]);
		strcat(merges, "\",\"\u2581\"]");
	}
	strcat(merges, "]");
	expect(chars_json(entry, merges), "x\u2581x", "x\u2581x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			text_is_cut_before_blanks_that_follow_something),
		cmocka_unit_test(a_character_that_joins_a_blank_is_not_cut_off),
		cmocka_unit_test(merges_of_bytes_forbid_all_cuts),
		cmocka_unit_test(too_many_such_characters_forbid_all_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
