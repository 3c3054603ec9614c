/* Blocks beside the scanners whose words they find. */
#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/block.h"

#define MAX_TEXT 200
#define ROUNDS   60000

struct family {
	const char *name;
	scan_fn *scan[3];
	size_t n_scan;
};

static const struct family families[] = {
	{"llama3", {scan_llama3}, 1},
	{"cl100k", {scan_cl100k}, 1},
	{"qwen2", {scan_qwen2}, 1},
	{"qwen35", {scan_qwen35}, 1},
	{"o200k", {scan_o200k}, 1},
	{"kimi", {scan_kimi}, 1},
	{"tekken", {scan_tekken}, 1},
	{"deepseek", {scan_numbers3, scan_deepseek_cjk, scan_deepseek}, 3},
	{"gpt2", {scan_gpt2}, 1},
	{"starcoder", {scan_digits, scan_gpt2}, 2},
};

static bool starts[MAX_TEXT + 1];

/* Marks where words start, stage by stage, as the encoder goes. */
static void mark(const struct family *f, const char *p, size_t from, size_t n,
		 size_t stage)
{
	if (stage == f->n_scan) {
		starts[from] = true;
		return;
	}
	for (size_t at = 0, end; at < n; at = end) {
		end = f->scan[stage](p + from, n, at);
		mark(f, p, from + at, end - at, stage + 1);
	}
}

static void fail_on(const struct family *f, const char *p, size_t n, size_t at,
		    const char *why)
{
	print_error("%s: %s at %zu of \"", f->name, why, at);
	for (size_t i = 0; i < n; i++)
		print_error(p[i] >= ' ' && p[i] < 0x7f ? "%c" : "\\x%02x",
			    (unsigned char)p[i]);
	print_error("\"\n");
	fail();
}

/* Goes through p[0, n) by blocks as far as they go; returns how far. */
static size_t compare(const struct family *f, const char *p, size_t n)
{
	block_fn *words = block_of(f->scan, f->n_scan);
	size_t at = 0;

	memset(starts, 0, sizeof(starts));
	mark(f, p, 0, n, 0);
	while (at < n) {
		/* A block may look at what stands behind it. */
		char room[MAX_TEXT + BLOCK_BYTES] = {0};
		struct block b;
		uint64_t found;
		unsigned last = 0;

		memcpy(room, p + at, n - at);
		block_read(room, n - at, &b);
		found = words(&b);
		assert_int_equal(found & 1, 0);
		if (found == 0)
			break;
		last = 63 - (unsigned)__builtin_clzll(found);
		assert_true(last < n - at);
		for (unsigned i = 1; i <= last; i++)
			if ((found >> i & 1) != starts[at + i])
				fail_on(f, p, n, at + i,
					starts[at + i] ? "no start"
						       : "a start");
		at += last;
	}
	return at;
}

static const char *const parts[] = {
	"a",      "b",    "S",      "s",      "Re",     "lL",      "d",
	"Word",   "word", "CAP",    "1",      "12",     "345",     "6789",
	" ",      " ",    "  ",     "   ",    "\t",     "\n",      "\n",
	"\r\n",   "\n\n", " \n",    "'",      "'s",     "'re",     "'LL",
	"''",     "/",    "//",     "(",      ")",      "=",       "==",
	"{",      "_",    ".",      "\n/",    "/\n",    "'v",      "'ve",
	"'d",     "\x01", "\x7f",   "\u00e9", "\u4e2d", "'\u017f", "\u00a0",
	"\u0301", "!\n",  "\u00bd", "Ab",     "aB",     "'r",
};

static size_t make_text(struct rng *r, char *out)
{
	size_t n = 0, most = 1 + rng_below(r, MAX_TEXT - 8), kinds;

	/* Few kinds at a time make rare neighbours meet. */
	kinds = 2 + rng_below(r, ARRAY_LEN(parts) - 1);
	while (n < most) {
		size_t i = rng_below(r, 2)
				   ? rng_below(r, ARRAY_LEN(parts))
				   : rng_below(r, kinds) * 7 % ARRAY_LEN(parts);

		memcpy(out + n, parts[i], strlen(parts[i]));
		n += strlen(parts[i]);
	}
	return n;
}

static void blocks_find_the_words_that_scanners_find(void **state)
{
	char text[MAX_TEXT];
	struct rng r;

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		rng_seed(&r, f);
		for (int i = 0; i < ROUNDS; i++) {
			size_t n = make_text(&r, text);

			(void)compare(&families[f], text, n);
		}
	}
}

static void usual_text_is_left_to_no_scanner(void **state)
{
	static const char text[] =
		"It's what people write: words, 12 numbers (or 1,234),\n"
		"\tline ends;  and camelCase, of course.\n\nThe end ";

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(families); f++)
		assert_true(compare(&families[f], text, sizeof(text) - 1) >=
			    sizeof(text) - 6);
}

static void what_a_block_cannot_hold_has_no_starts(void **state)
{
	static char letters[BLOCK_BYTES], blanks[BLOCK_BYTES];
	static const char *const odd = "\u00e9t\u00e9 is summer in some "
				       "countries, and was not in others";

	(void)state;
	memset(letters, 'x', sizeof(letters));
	memset(blanks, ' ', sizeof(blanks));
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		assert_int_equal(
			compare(&families[f], letters, sizeof(letters)), 0);
		assert_int_equal(compare(&families[f], blanks, sizeof(blanks)),
				 0);
		assert_int_equal(compare(&families[f], odd, strlen(odd)), 0);
	}
}

static void unknown_sequences_have_no_blocks(void **state)
{
	scan_fn *two[] = {scan_gpt2, scan_digits, scan_gpt2, scan_gpt2};
	scan_fn *seed[] = {scan_seed};
	scan_fn *part[] = {scan_numbers3, scan_deepseek_cjk};

	(void)state;
	assert_null(block_of(two, 2));
	assert_null(block_of(two, 4));
	assert_null(block_of(seed, 1));
	assert_null(block_of(part, 2));
	assert_null(block_of(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_find_the_words_that_scanners_find),
		cmocka_unit_test(usual_text_is_left_to_no_scanner),
		cmocka_unit_test(what_a_block_cannot_hold_has_no_starts),
		cmocka_unit_test(unknown_sequences_have_no_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
