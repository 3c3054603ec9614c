#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/token/scan.h"

static size_t contraction(const char *text)
{
	return scan_contraction(text, strlen(text), 0);
}

static void contractions_are_found_in_both_cases(void **state)
{
	(void)state;
	assert_int_equal(contraction("'s"), 2);
	assert_int_equal(contraction("'Ts"), 2);
	assert_int_equal(contraction("'re"), 3);
	assert_int_equal(contraction("'vE"), 3);
	assert_int_equal(contraction("'LL"), 3);
	assert_int_equal(contraction("'\u017f"), 3);
}

static void other_apostrophes_are_none(void **state)
{
	(void)state;
	assert_int_equal(contraction("'"), 0);
	assert_int_equal(contraction("'r"), 0);
	assert_int_equal(contraction("'la"), 0);
	assert_int_equal(contraction("'x"), 0);
	assert_int_equal(contraction("'\u00c5"), 0);
}

static size_t blank(const char *text)
{
	return scan_blank(text, strlen(text), 0);
}

static size_t lines(const char *text)
{
	return scan_blank_lines(text, strlen(text), 0);
}

static void the_last_blank_before_a_word_is_left(void **state)
{
	(void)state;
	assert_int_equal(blank("   a"), 2);
	assert_int_equal(blank(" a"), 1);
	assert_int_equal(blank("   "), 3);
	assert_int_equal(blank(" \u3000a"), 1);
	assert_int_equal(blank("\u3000a"), 3);
	assert_int_equal(blank("\n\n\na"), 2);
}

static void line_ends_close_a_run_of_blanks(void **state)
{
	(void)state;
	assert_int_equal(lines("\n\n\na"), 3);
	assert_int_equal(lines(" \n  \r\n   a"), 6);
	assert_int_equal(lines("   a"), 2);
	assert_int_equal(lines(" \n "), 2);
	assert_int_equal(lines("   "), 3);
}

/* Scanners by the families' names in the test data. */
static const struct {
	const char *name;
	scan_fn *stage[6];
} family[] = {
	{"gpt2", {scan_gpt2}},
	{"llama3", {scan_llama3}},
	{"qwen2", {scan_qwen2}},
	{"qwen3.5", {scan_qwen35}},
	{"cl100k_tiktoken", {scan_cl100k}},
	{"seed-coder", {scan_seed}},
	{"bailing", {scan_qwen2}},
	{"o200k", {scan_o200k}},
	{"tekken", {scan_tekken}},
	{"kimi-k2", {scan_kimi}},
	{"deepseek-v3", {scan_numbers3, scan_deepseek_cjk, scan_deepseek}},
	{"starcoder-smollm", {scan_digits, scan_gpt2}},
	{"deepseek-coder",
	 {scan_coder_lines, scan_coder_letters, scan_coder_signs,
	  scan_coder_east, scan_digits}},
};

static json_t *lengths;

static void cut(scan_fn *const *stage, const char *p, size_t n)
{
	if (!*stage) {
		json_array_append_new(lengths, json_integer((json_int_t)n));
		return;
	}
	for (size_t at = 0, stop; at < n; at = stop) {
		stop = (*stage)(p, n, at);
		assert_true(stop > at && stop <= n);
		cut(stage + 1, p + at, stop - at);
	}
}

static size_t differing(size_t f, const json_t *strings, const json_t *want)
{
	size_t differ = 0;

	for (size_t i = 0; i < json_array_size(strings); i++) {
		const json_t *s = json_array_get(strings, i);

		lengths = json_array();
		cut(family[f].stage, json_string_value(s),
		    json_string_length(s));
		if (!json_equal(lengths, json_array_get(want, i))) {
			print_message("%s: string %zu differs\n",
				      family[f].name, i);
			differ++;
		}
		json_decref(lengths);
	}
	return differ;
}

static void every_scanner_cuts_as_the_reference_does(void **state)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	char path[4096];
	json_t *root;

	(void)state;
	snprintf(path, sizeof(path), "%s/goldens/pretok.json",
		 env ? env : "../shared/testdata");
	root = json_load_file(path, JSON_ALLOW_NUL, NULL);
	if (!root) {
		print_message("SKIPPED: no %s; set WARMPATH_TESTDATA\n", path);
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(family); i++) {
		json_t *strings = json_object_get(root, "strings");
		json_t *want = json_object_get(
			json_object_get(json_object_get(root, "families"),
					family[i].name),
			"byte_lengths");

		assert_int_equal(json_array_size(want),
				 json_array_size(strings));
		assert_true(json_array_size(want) > 50);
		assert_int_equal(differing(i, strings, want), 0);
		print_message("%-14s %zu strings, 0 differ\n", family[i].name,
			      json_array_size(want));
	}
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contractions_are_found_in_both_cases),
		cmocka_unit_test(other_apostrophes_are_none),
		cmocka_unit_test(the_last_blank_before_a_word_is_left),
		cmocka_unit_test(line_ends_close_a_run_of_blanks),
		cmocka_unit_test(every_scanner_cuts_as_the_reference_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
