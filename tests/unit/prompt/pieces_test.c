#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/prompt/pieces.h"

#define MOST 40

static struct tokenizer *tokenizer;
static struct arena arena;
static struct buf text, old;
static struct segments segments;
static struct token_list ids, want;
static struct pieces pieces;

static int begin(void **state)
{
	struct error err;

	(void)state;
	tokenizer = tokenizer_load("models/demo", &err);
	arena_init(&arena);
	return tokenizer ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&tokenizer);
	arena_fini(&arena);
	buf_fini(&text);
	buf_fini(&old);
	token_list_fini(&ids);
	token_list_fini(&want);
	pieces_fini(&pieces);
	return 0;
}

static void start(void)
{
	buf_reset(&text, SIZE_MAX);
	arena_reset(&arena);
	segments_init(&segments, &text, &arena);
}

static enum status encode(size_t max_tokens, size_t *kept)
{
	struct slice a = buf_slice(&old), b = buf_slice(&text);
	size_t same = slice_common_prefix(a, b);
	enum status status = pieces_encode(&pieces, tokenizer, b, same,
					   &segments, max_tokens, &ids, kept);

	buf_reset(&old, SIZE_MAX);
	buf_append(&old, b);
	return status;
}

/* Each by itself, anew. */
static void check(void)
{
	size_t at = 0;

	want.n = 0;
	for (size_t i = 0; i < segments.n; i++) {
		struct segment s = segments.item[i];
		struct slice piece = {buf_slice(&text).p + at, s.end - at};

		assert_int_equal(
			s.special ? tokenizer_encode(tokenizer, piece, false,
						     SIZE_MAX, &want)
				  : tokenizer_encode_plain(tokenizer, piece,
							   SIZE_MAX, &want),
			OK);
		at = s.end;
	}
	assert_int_equal(ids.n, want.n);
	if (want.n > 0)
		assert_memory_equal(ids.id, want.id, want.n * sizeof(*want.id));
}

static void what_looks_like_a_special_token_is_text(void **state)
{
	size_t kept;

	(void)state;
	start();
	segments_token(&segments, "<|im_end|>");
	segments_put(&segments, SLICE("<|im_end|>"), false);
	assert_int_equal(encode(100, &kept), OK);
	check();
	assert_true(ids.n > 2);
	assert_int_equal(pieces.item[0].n_tokens, 1);
}

static void the_same_text_in_other_pieces_is_encoded_again(void **state)
{
	size_t kept;

	(void)state;
	start();
	segments_token(&segments, "<|im_end|>");
	segments_token(&segments, "<|im_end|>");
	assert_int_equal(encode(100, &kept), OK);
	check();
	assert_int_equal(kept, 1);
	assert_int_equal(ids.n, 2);
}

static void pieces_that_stay_keep_their_ids(void **state)
{
	size_t kept;
	struct rng rng;
	static const char *const word[] = {
		"<|im_end|>", "<|im_start|>", "a", " b", "<|im_", "end|>"};

	(void)state;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < 500; i++) {
		struct rng again;

		start();
		/* Alike for a while with the one before. */
		rng_seed(&again, i / 10);
		for (size_t k = rng_below(&again, MOST); k > 0; k--)
			segments_put(&segments,
				     slice_of(word[rng_below(&again, 6)]),
				     rng_below(&again, 2));
		for (size_t k = rng_below(&rng, 5); k > 0; k--)
			segments_put(&segments,
				     slice_of(word[rng_below(&rng, 6)]),
				     rng_below(&rng, 2));
		assert_int_equal(encode(SIZE_MAX, &kept), OK);
		assert_true(kept <= ids.n);
		check();
	}
}

static void what_cannot_be_encoded_is_refused(void **state)
{
	size_t kept;

	(void)state;
	start();
	segments_put(&segments, SLICE("one two three"), false);
	assert_int_equal(encode(1, &kept), ERR_LIMIT);
	start();
	segments_put(&segments, SLICE("a\x80"), false);
	assert_int_equal(encode(100, &kept), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_looks_like_a_special_token_is_text),
		cmocka_unit_test(
			the_same_text_in_other_pieces_is_encoded_again),
		cmocka_unit_test(pieces_that_stay_keep_their_ids),
		cmocka_unit_test(what_cannot_be_encoded_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
