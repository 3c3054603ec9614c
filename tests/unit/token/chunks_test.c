/* Texts by chunks beside texts as a whole. */
#include "tests/unit/token/chars.h"
#include "tests/unit/token/double_array.h"

#include "common/base/rng.h"
#include "common/token/model.h"

#define MAX_TEXT 1200

#define BERT_CUTS "{\"type\":\"BertPreTokenizer\"}"
#define T5_CUTS                                                                \
	"{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"                 \
	"\"WhitespaceSplit\"},{\"type\":\"Metaspace\","                        \
	"\"replacement\":\"\u2581\",\"prepend_scheme\":\"always\"}]}"

static struct error err;
static struct token_list fast, slow;

static int end(void **state)
{
	(void)state;
	token_list_fini(&fast);
	token_list_fini(&slow);
	return 0;
}

/* Each byte that is left of a text is an id. */
static struct tokenizer *with(const char *normalizer, const char *cuts)
{
	json_t *root = chars_usual();
	struct tokenizer *t;

	json_object_set_new(root, "normalizer",
			    normalizer ? json_of(normalizer) : json_null());
	json_object_set_new(root, "pre_tokenizer", json_of(cuts));
	t = demo_parse(root, &err);
	if (!t)
		fail_msg("%s", err.text);
	return t;
}

/* A map in which clusters of two bytes, and some blanks, are replaced. */
static const char *some_charsmap(void)
{
	static struct double_array array;
	static char text[20000];

	array_init(&array);
	array_add(&array, "\n", " ");
	array_add(&array, "\t", "");
	array_add(&array, "\r\n", "x");
	array_add(&array, "\u00e9", "e");
	snprintf(text, sizeof(text),
		 "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"%s\"}",
		 array_base64(&array));
	return text;
}

static void compare(struct tokenizer *t, struct slice text)
{
	for (int i = 0; i < 2; i++) {
		fast.n = slow.n = 0;
		assert_int_equal(
			tokenizer_encode(t, text, false, SIZE_MAX, &fast), OK);
		t->chunks.on = false;
		assert_int_equal(
			tokenizer_encode(t, text, false, SIZE_MAX, &slow), OK);
		t->chunks.on = true;
		assert_int_equal(fast.n, slow.n);
		assert_memory_equal(fast.id, slow.id,
				    slow.n * sizeof(*slow.id));
	}
}

static struct slice random_text(struct rng *r, char *text)
{
	static const char *const part[] = {
		" ",      "  ",     "a",      "ab",     "Ab.",        "\n",
		"\t",     "\r",     "\r\n",   "\u00e9", "\u0301",     "\u0323",
		"\u0600", "\u00a0", "\u2028", "\u4e2d", "\U0001F600", "\x01",
		"'",      "1",      "\u2581", "\u1100", "\u1161",     "\u200d",
	};
	size_t n = 0, most = rng_below(r, MAX_TEXT);
	size_t kinds = 3 + rng_below(r, ARRAY_LEN(part) - 2);

	while (n < most) {
		const char *p = part[rng_below(r, kinds)];

		memcpy(text + n, p, strlen(p));
		n += strlen(p);
	}
	return (struct slice){text, n};
}

static void ids_are_those_of_the_whole_text(void **state)
{
	const char *const normalizer[] = {
		NULL,
		"{\"type\":\"BertNormalizer\"}",
		"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Nmt\"},"
		"{\"type\":\"NFKC\"}]}",
		"{\"type\":\"NFC\"}",
		"{\"type\":\"BertNormalizer\",\"clean_text\":false}",
		some_charsmap(),
	};
	static char text[MAX_TEXT + 16];
	struct rng r;

	(void)state;
	rng_seed(&r, 5);
	for (size_t i = 0; i < 2 * ARRAY_LEN(normalizer); i++) {
		struct tokenizer *t = with(normalizer[i / 2],
					   i % 2 ? BERT_CUTS : T5_CUTS);

		assert_true(t->chunks.on);
		for (int j = 0; j < 150; j++)
			compare(t, random_text(&r, text));
		tokenizer_unref(&t);
	}
}

static void chunks_longer_than_any_block_are_exact(void **state)
{
	struct tokenizer *t = with(NULL, BERT_CUTS);
	char text[700];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 150 == 149 ? ' ' : "ab"[i % 2];
	for (size_t n = 1; n < sizeof(text); n += n < 160 ? 1 : 53)
		compare(t, (struct slice){text, n});
	tokenizer_unref(&t);
}

/* Bits from the first on, as a text. */
static void expect_starts(struct chunks c, const char *text, const char *want)
{
	char room[CHUNKS_ROOM] = {0};
	size_t n = strlen(text);
	uint64_t starts;

	memcpy(room, text, n);
	starts = chunks_block(&c, room, n);
	for (size_t i = 0; i < CHUNKS_BLOCK; i++)
		assert_int_equal(starts >> i & 1, i < n && want[i] == '^');
}

static void a_chunk_starts_behind_blanks_between_ascii(void **state)
{
	const struct chunks all = {.on = true, .tab = true, .newline = true};
	const struct chunks blanks = {.on = true};

	(void)state;
	expect_starts(all, "ab c  d", "   ^  ^");
	expect_starts(all, " a\t\nb", " ^  ^");
	expect_starts(blanks, "a\tb c", "    ^");
	expect_starts(all, "\u00e9 a b", "     ^");
	expect_starts(all, "a \u00e9 b", "      ");
	expect_starts(all, "a\r\nb c", "     ^");
	expect_starts(all, "a \rb", "    ");
	expect_starts(all, "ab ", "   ");
}

static void a_chunk_that_is_given_up_is_not_remembered(void **state)
{
	struct tokenizer *t = with(NULL, BERT_CUTS);

	(void)state;
	fast.n = 0;
	assert_int_equal(tokenizer_encode(t, SLICE("x.y.z a"), false, 2, &fast),
			 ERR_LIMIT);
	assert_int_equal(fast.n, 0);
	compare(t, SLICE("x.y.z a"));
	tokenizer_unref(&t);
}

static void what_fails_fails_the_text(void **state)
{
	json_t *root = json_of(
		"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1.0],"
		"[\"c\",-2.0]]}}");
	struct tokenizer *t;

	(void)state;
	json_object_set_new(root, "pre_tokenizer", json_of(BERT_CUTS));
	t = demo_parse(root, &err);
	assert_non_null(t);
	fast.n = 0;
	assert_int_equal(
		tokenizer_encode(t, SLICE("a b a c"), false, 99, &fast),
		ERR_INVALID);
	assert_int_equal(fast.n, 0);
	assert_int_equal(tokenizer_encode(t, SLICE("a a c"), false, 99, &fast),
			 OK);
	assert_int_equal(fast.n, 3);
	tokenizer_unref(&t);
}

static void expect_off(const char *normalizer, const char *cuts)
{
	struct tokenizer *t = with(normalizer, cuts);

	assert_false(t->chunks.on);
	tokenizer_unref(&t);
}

static void what_reaches_across_blanks_forbids_chunks(void **state)
{
	(void)state;
	expect_off("{\"type\":\"Prepend\",\"prepend\":\"a\"}", BERT_CUTS);
	expect_off("{\"type\":\"Replace\",\"pattern\":{\"String\":\"a b\"},"
		   "\"content\":\"c\"}",
		   BERT_CUTS);
	expect_off("{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},"
		   "\"content\":\"c\"}",
		   BERT_CUTS);
	expect_off(NULL, "{\"type\":\"Whitespace\"}");
	expect_off(NULL, "{\"type\":\"Digits\"}");
	expect_off(NULL, "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
			 "\"WhitespaceSplit\"},{\"type\":\"Metaspace\","
			 "\"replacement\":\"\u2581\",\"prepend_scheme\":"
			 "\"first\"}]}");
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ids_are_those_of_the_whole_text),
		CASE(chunks_longer_than_any_block_are_exact),
		CASE(a_chunk_starts_behind_blanks_between_ascii),
		CASE(a_chunk_that_is_given_up_is_not_remembered),
		CASE(what_fails_fails_the_text),
		CASE(what_reaches_across_blanks_forbids_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
