#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/encoder.h"

#define MAX_TEXT 20000

static struct tokenizer *demo;
static struct token_list got, want;
static struct encoder e;
static struct batch batch;

static int begin(void **state)
{
	struct error err;

	(void)state;
	demo = tokenizer_load(DEMO, &err);
	if (demo == NULL)
		return -1;
	token_list_init(&got);
	token_list_init(&want);
	e = (struct encoder){.t = demo, .out = &got, .most = SIZE_MAX};
	e.room = room_lease(demo->rooms);
	e.words = &e.room->words;
	return 0;
}

static int end(void **state)
{
	(void)state;
	room_give_back(demo->rooms, e.room);
	tokenizer_unref(&demo);
	token_list_fini(&got);
	token_list_fini(&want);
	return 0;
}

/* Words of all lengths: those that a slot holds, long ones, and such as are
 * not remembered at all. */
static size_t write_words(struct rng *r, char *text, size_t *length, size_t n)
{
	static const size_t most[] = {3, WORDS_MAX_TEXT, WORDS_MAX_TEXT + 2, 60,
				      WORDS_MAX_LONG + 20};
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t kind = rng_below(r, 40);

		length[i] = 1 + rng_below(r, most[kind < 5 ? kind : 0]);
		for (size_t k = 0; k < length[i]; k++)
			text[at++] = (char)('a' + rng_below(r, 4));
	}
	return at;
}

static void compare(void)
{
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.id, want.id, got.n * sizeof(*got.id));
}

/* One by one, in a memory of words of their own. */
static void encode_slowly(const char *text, const size_t *length, size_t n)
{
	struct encoder slow = e;

	slow.out = &want;
	slow.room = room_lease(demo->rooms);
	slow.words = &slow.room->words;
	want.n = 0;
	for (size_t i = 0, at = 0; i < n; at += length[i++])
		encoder_word(&slow, text + at, length[i], length[i]);
	room_give_back(demo->rooms, slow.room);
}

/* More than a batch holds; again and again, so that they are known. */
static void words_have_the_ids_that_they_have_alone(void **state)
{
	static char text[MAX_TEXT];
	size_t length[BATCH_MAX * 2];
	struct rng r;

	(void)state;
	rng_seed(&r, 6);
	for (size_t round = 0; round < 40; round++) {
		size_t n = 1 + rng_below(&r, ARRAY_LEN(length));
		size_t bytes = write_words(&r, text, length, n);
		char *exact = malloc(bytes);

		memcpy(exact, text, bytes);
		encode_slowly(exact, length, n);
		got.n = 0;
		batch_init(&batch, exact + bytes);
		for (size_t i = 0, at = 0; i < n; at += length[i++])
			batch_add(&e, &batch, exact + at, length[i]);
		batch_encode(&e, &batch);
		compare();
		free(exact);
	}
}

static void blocks_and_words_keep_their_order(void **state)
{
	static const char text[BLOCK_BYTES + 16] = "ab the abcdefghijklmnopqr";
	/* "ab", " the", the long one but for its end. */
	uint64_t starts = 1u << 2 | 1u << 6 | 1u << 24;
	static const size_t length[] = {1, 2, 4, 18, 1};
	char all[64];

	(void)state;
	snprintf(all, sizeof(all), "x%s", text);
	encode_slowly(all, length, ARRAY_LEN(length));
	/* The first as if it ended what may be read. */
	batch_init(&batch, all + 1);
	batch_add(&e, &batch, all, 1);
	batch.end = text + sizeof(text);
	assert_int_equal(batch_add_block(&e, &batch, text, text, starts), 24);
	batch_add(&e, &batch, text + 24, 1);
	assert_int_equal(got.n, 0);
	batch_encode(&e, &batch);
	compare();
}

static void an_empty_batch_gives_nothing(void **state)
{
	(void)state;
	batch_init(&batch, "");
	batch_encode(&e, &batch);
	assert_int_equal(got.n, 0);
	assert_int_equal(batch_add_block(&e, &batch, "", "", 0), 0);
	assert_int_equal(batch.n, 0);
}

static void a_batch_is_empty_once_it_is_encoded(void **state)
{
	static const char the[] = "the";
	size_t n;

	(void)state;
	batch_init(&batch, the + 3);
	batch_add(&e, &batch, the, 3);
	batch_encode(&e, &batch);
	n = got.n;
	assert_int_equal(batch.n, 0);
	batch_encode(&e, &batch);
	assert_int_equal(got.n, n);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(words_have_the_ids_that_they_have_alone),
		CASE(blocks_and_words_keep_their_order),
		CASE(an_empty_batch_gives_nothing),
		CASE(a_batch_is_empty_once_it_is_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
