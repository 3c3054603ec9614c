#include "tests/unit/token/fixture.h"

#include "common/token/pattern.h"
#include "common/token/regex.h"
#include "common/token/utf8.h"

static scan_fn *scanner(const char *pattern)
{
	return pattern_scanner(slice_of(pattern));
}

static void published_patterns_have_their_scanners(void **state)
{
	(void)state;
	assert_ptr_equal(scanner("\\p{N}{1,3}"), scan_numbers3);
	assert_ptr_equal(
		scanner("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?"
			"\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
			"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
		scan_llama3);
	assert_ptr_equal(
		scanner("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}"
			"\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}"
			"\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}"
			"\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+"
			"[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
		scan_tekken);
}

static void line_ends_count_escaped_or_not(void **state)
{
	(void)state;
	assert_ptr_equal(scanner("[\\r\\n]"), scan_coder_lines);
	assert_ptr_equal(scanner("[\r\n]"), scan_coder_lines);
	assert_null(scanner("[\\r\\n"));
}

static void other_patterns_have_none(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_null(scanner(""));
	assert_null(scanner("\\p{N}{1,4}"));
	assert_null(scanner(" \\p{N}{1,3}"));
	assert_null(pattern_scanner(SLICE("\\p{N}{1,3}\0")));
	assert_null(pattern_scanner((struct slice){text, sizeof(text)}));
}

/* --- each scanner beside the matcher ---------------------------------- */

#define N_TEXTS   3000
#define MAX_CHARS 40

static uint32_t dice;

static uint32_t roll(uint32_t n)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 8) % n;
}

/* Of what patterns tell apart, and whatever else there is. */
static uint32_t any_char(void)
{
	static const uint32_t some[] = {
		'a',    'b',     'Z',     'S',     's',    't',    '\'',
		'\'',   '1',     '2',     '9',     ' ',    ' ',    ' ',
		'\n',   '\r',    '\t',    '.',     '!',    '/',    '_',
		'$',    0x85,    0xa0,    0xb2,    0xaa,   0xe9,   0x17f,
		0x1c5,  0x2b0,   0x301,   0x300,   0x903,  0x660,  0x2028,
		0x2160, 0x3000,  0x3042,  0x4e00,  0x4f60, 0x9fa5, 0xac00,
		0xd7ff, 0x1d400, 0x1f600, 0x1f3fb, 0x200d, 0xb,
	};
	uint32_t c = roll(12) ? some[roll(ARRAY_LEN(some))] : roll(0x110000);

	return c < 0xd800 || c > 0xdfff ? c : 0xfffd;
}

static size_t any_text(char out[MAX_CHARS * 4])
{
	size_t n = 0;

	for (uint32_t i = roll(MAX_CHARS) + 1; i > 0; i--)
		n += utf8_put(out + n, any_char());
	return n;
}

static void compare(const char *pattern, scan_fn *scan, struct regex_walk walk)
{
	struct slice text = walk.text;
	struct regex_span span = {0};
	size_t at = 0, end;

	while (at < text.n) {
		if (span.end <= at && regex_next(&walk, &span) != OK)
			span = (struct regex_span){text.n, text.n + 1};
		end = at < span.start ? span.start : span.end;
		if (scan(text.p, text.n, at) != end)
			fail_msg("%s: %.*s: at %zu %zu, not %zu", pattern,
				 SLICE_ARG(text), at, scan(text.p, text.n, at),
				 end);
		at = end;
	}
}

static void each_scanner_cuts_as_the_matcher_does(void **state)
{
	struct regex_room room = {0};
	struct error err = {0};
	const char *pattern;
	char text[MAX_CHARS * 4];
	struct regex *re;
	scan_fn *scan;

	(void)state;
	for (size_t i = 0; (pattern = pattern_known(i, &scan)); i++) {
		if (regex_parse(slice_of(pattern), &re, &err) != OK)
			fail_msg("%s: %s", pattern, err.text);
		dice = 1;
		for (int k = 0; k < N_TEXTS; k++)
			compare(pattern, scan,
				(struct regex_walk){
					re, &room, {text, any_text(text)}});
		regex_destroy(&re);
	}
	regex_room_fini(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_patterns_have_their_scanners),
		cmocka_unit_test(line_ends_count_escaped_or_not),
		cmocka_unit_test(other_patterns_have_none),
		cmocka_unit_test(each_scanner_cuts_as_the_matcher_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
