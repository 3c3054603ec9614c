/* Encoding that goes on from a cut, or takes over what is behind one, gives
 * what encoding the whole does, whatever stands at its other side: for the
 * demo's tokenizer and for those of the test data, which are left out,
 * loudly, without it. */
#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/token/limits.h"
#include "common/token/model.h"

#define MANY SIZE_MAX

static struct token_list whole, part;
static struct token_cuts cuts, rest;
static size_t n_cuts_tried, n_seams_tried;

static int end(void **state)
{
	(void)state;
	token_list_fini(&whole);
	token_list_fini(&part);
	token_cuts_fini(&cuts);
	token_cuts_fini(&rest);
	return 0;
}

/* Special tokens of all families, and what may come near them. */
static const char *const word[] = {
	"<|im_start|>",
	"<|im_end|>",
	"<|eot_id|>",
	"<|start_header_id|>",
	"<|end|>",
	"<s>",
	"</s>",
	"[INST]",
	"[/INST]",
	"<end_of_turn>",
	"<start_of_turn>",
	"<|return|>",
	"<\xef\xbd\x9c"
	"end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>",
	"<|im_",
	"end|>",
	" ",
	"  ",
	"\n",
	"\n\n",
	"hello",
	" world",
	"'s",
	"123",
	"e\xcc\x81",
	"\xe4\xbd\xa0\xe5\xa5\xbd",
	"\xf0\x9f\x98\x80",
	"\xe2\x96\x81",
	"<",
	"|>",
};

static void random_text(struct rng *rng, size_t words, struct buf *out)
{
	for (size_t i = 0; i < words; i++)
		buf_puts(out, word[rng_below(rng, ARRAY_LEN(word))]);
}

static void encode_whole(struct tokenizer *t, struct slice text)
{
	whole.n = cuts.n = 0;
	assert_int_equal(
		tokenizer_resume(t, text, 0, NULL, MANY, &whole, &cuts), OK);
}

static void check_against_encode(struct tokenizer *t, struct slice text)
{
	part.n = 0;
	assert_int_equal(tokenizer_encode(t, text, false, MANY, &part), OK);
	assert_int_equal(part.n, whole.n);
	if (part.n > 0)
		assert_memory_equal(part.id, whole.id,
				    part.n * sizeof(*part.id));
}

/* `text` agrees with what `rest` and `part` begin to say up to `cut`. */
static void check_resume(struct tokenizer *t, struct slice text,
			 struct token_cut cut)
{
	size_t kept = part.n = cut.n_tokens;
	assert_int_equal(
		tokenizer_resume(t, text, cut.at, NULL, MANY, &part, &rest),
		OK);
	encode_whole(t, text);
	assert_true(kept <= whole.n);
	assert_int_equal(part.n, whole.n);
	if (part.n > 0)
		assert_memory_equal(part.id, whole.id,
				    part.n * sizeof(*part.id));
	n_cuts_tried++;
}

static void copy_ids(void)
{
	part.n = 0;
	for (size_t i = 0; i < whole.n; i++)
		token_list_push(&part, whole.id[i]);
}

static void try_one(struct tokenizer *t, struct rng *rng, struct buf *text)
{
	buf_reset(text, SIZE_MAX);
	random_text(rng, 1 + rng_below(rng, 12), text);
	encode_whole(t, buf_slice(text));
	check_against_encode(t, buf_slice(text));
	if (cuts.n == 0)
		return;
	struct token_cut cut = cuts.cut[rng_below(rng, cuts.n)];
	assert_true(cut.at <= buf_len(text));
	copy_ids();
	rest.n = 0;
	text->end = text->start + cut.at;
	random_text(rng, rng_below(rng, 6), text);
	check_resume(t, buf_slice(text), cut);
}

/* The ids of `text` from a cut on, for one that ends as it does from `from`
 * on: before the cut anything may stand. */
static void try_end(struct tokenizer *t, struct rng *rng, struct buf *text)
{
	static struct token_cut behind[64];
	struct buf other;
	size_t from, i;

	encode_whole(t, buf_slice(text));
	if (cuts.n == 0 || cuts.n > ARRAY_LEN(behind))
		return;
	i = rng_below(rng, cuts.n);
	from = rng_below(rng, cuts.cut[i].at + 1);
	while (from > 0 && (text->p[text->start + from] & 0xc0) == 0x80)
		from--;
	for (size_t k = i + 1; k < cuts.n; k++)
		behind[k - i - 1] = (struct token_cut){
			cuts.cut[k].at - cuts.cut[i].at,
			cuts.cut[k].n_tokens - cuts.cut[i].n_tokens};
	copy_ids();
	buf_init(&other);
	random_text(rng, rng_below(rng, 6), &other);
	buf_append(&other, slice_from(buf_slice(text), from));
	struct token_end end = {
		.at = buf_len(&other) - (buf_len(text) - cuts.cut[i].at),
		.id = part.id + cuts.cut[i].n_tokens,
		.n = part.n - cuts.cut[i].n_tokens,
		.cut = behind,
		.n_cuts = cuts.n - i - 1,
	};
	whole.n = cuts.n = 0;
	assert_int_equal(tokenizer_resume(t, buf_slice(&other), 0, &end, MANY,
					  &whole, &cuts),
			 OK);
	check_against_encode(t, buf_slice(&other));
	part.n = rest.n = 0;
	assert_int_equal(tokenizer_resume(t, buf_slice(&other), 0, NULL, MANY,
					  &part, &rest),
			 OK);
	assert_int_equal(rest.n, cuts.n);
	if (cuts.n > 0)
		assert_memory_equal(rest.cut, cuts.cut,
				    cuts.n * sizeof(*cuts.cut));
	buf_fini(&other);
}

/* Long texts, in which there is seldom a special token; in normal form or
 * not. */
static void long_text(struct rng *rng, size_t n, bool normal, struct buf *out)
{
	static const char *const some[] = {
		"word",      " ",
		"a",         "'s",
		"42",        "\n",
		"\t",        ".",
		"  ",        "\r\n",
		"I'LL",      "_",
		"/",         "\xc2\xa0",
		"don't",     "\xf0\x9f\x98\x80",
		"x",         "\xe4\xbd\xa0",
		"e\xcc\x81", "\xcc\x81",
	};
	size_t kinds = ARRAY_LEN(some) - (normal ? 2 : 0);

	while (buf_len(out) < n) {
		if (rng_below(rng, 400) == 0)
			random_text(rng, 1, out);
		buf_puts(out, some[rng_below(rng, kinds)]);
		if (rng_below(rng, 2))
			buf_puts(out, " the");
	}
}

/* Another text goes on from any cut that has the next byte, too. */
static void try_seam(struct tokenizer *t, struct rng *rng, struct buf *text)
{
	struct token_cut cut;

	buf_reset(text, SIZE_MAX);
	long_text(rng, 2000 + rng_below(rng, 6000), true, text);
	encode_whole(t, buf_slice(text));
	check_against_encode(t, buf_slice(text));
	if (cuts.n == 0)
		return;
	cut = cuts.cut[rng_below(rng, cuts.n)];
	n_seams_tried += cut.seam;
	assert_true(!cut.seam || text->p[text->start + cut.at] == ' ');
	copy_ids();
	rest.n = 0;
	text->end = text->start + cut.at + cut.seam;
	long_text(rng, cut.at + rng_below(rng, 3000), rng_below(rng, 2), text);
	check_resume(t, buf_slice(text), cut);
}

/* One thread does it all: where threads are watched, fewer will do. */
#ifdef __SANITIZE_THREAD__
#define PART 8
#else
#define PART 1
#endif

static void try_many(struct tokenizer *t, uint64_t seed)
{
	struct rng rng;
	struct buf text;
	buf_init(&text);
	rng_seed(&rng, seed);
	for (size_t i = 0; i < 3000 / PART; i++) {
		try_one(t, &rng, &text);
		try_end(t, &rng, &text);
	}
	for (size_t i = 0; i < 60 / PART; i++)
		try_seam(t, &rng, &text);
	buf_fini(&text);
}

static void the_demo_goes_on_from_every_cut(void **state)
{
	struct error err;
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	(void)state;
	assert_non_null(t);
	n_cuts_tried = n_seams_tried = 0;
	try_many(t, 1);
	assert_true(n_cuts_tried > 1000 / PART);
	assert_true(n_seams_tried > 30 / PART);
	tokenizer_unref(&t);
}

static void published_tokenizers_go_on_from_every_cut(void **state)
{
	static const char *const name[] = {
		"llama-3.2", "qwen3",   "mistral-7b",  "deepseek-v3",
		"gpt-oss",   "gemma-3", "mistral-nemo"};
	const char *dir = getenv("WARMPATH_TESTDATA");
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i += PART) {
		char path[512];
		struct error err;
		snprintf(path, sizeof(path), "%s/tokenizers/%s",
			 dir ? dir : "../shared/testdata", name[i]);
		if (!file_exists(path)) {
			print_message("SKIPPED: no %s\n", path);
			skip();
		}
		struct tokenizer *t = tokenizer_load(path, &err);
		assert_non_null(t);
		n_cuts_tried = n_seams_tried = 0;
		try_many(t, 2 + i);
		print_message("%s: %zu cuts, %zu seams\n", name[i],
			      n_cuts_tried, n_seams_tried);
		assert_true(n_cuts_tried > 300 / PART);
		tokenizer_unref(&t);
	}
}

static void too_many_ids_leave_all_as_it_was(void **state)
{
	struct error err;
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	struct slice text = SLICE("<|im_end|>a b c<|im_end|>");
	(void)state;
	assert_non_null(t);
	whole.n = cuts.n = 0;
	token_list_push(&whole, 7);
	assert_int_equal(tokenizer_resume(t, text, 0, NULL, 3, &whole, &cuts),
			 ERR_LIMIT);
	assert_int_equal(whole.n, 1);
	assert_int_equal(cuts.n, 0);
	assert_int_equal(
		tokenizer_resume(t, SLICE("a\x80"), 0, NULL, 30, &whole, &cuts),
		ERR_INVALID);
	assert_int_equal(whole.n, 1);
	tokenizer_unref(&t);
}

/* What is behind a cut may be within limits that the whole is not. */
static void limits_are_of_the_whole_text(void **state)
{
	struct error err;
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	struct token_cut cut;
	struct buf text;
	(void)state;
	assert_non_null(t);
	t->limits = LIMIT_LENGTH;
	buf_init(&text);
	for (size_t n = 0; n < LIMITS_MAX_RUN - 1000; n++)
		buf_putc(&text, 'x');
	buf_puts(&text, "<|im_end|>");
	encode_whole(t, buf_slice(&text));
	cut = cuts.cut[0];
	copy_ids();
	for (size_t n = 0; n < LIMITS_MAX_RUN - 1000; n++)
		buf_putc(&text, 'x');
	rest.n = 0;
	part.n = cut.n_tokens;
	assert_int_equal(tokenizer_resume(t, buf_slice(&text), cut.at, NULL,
					  MANY, &part, &rest),
			 ERR_LIMIT);
	assert_int_equal(part.n, cut.n_tokens);
	buf_fini(&text);
	tokenizer_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_demo_goes_on_from_every_cut),
		cmocka_unit_test(published_tokenizers_go_on_from_every_cut),
		cmocka_unit_test(too_many_ids_leave_all_as_it_was),
		cmocka_unit_test(limits_are_of_the_whole_text),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
