#include "tests/unit/token/fixture.h"

#include "common/token/seam.h"

#define LONG 5000

static char text[LONG];

static void fill(const char *with)
{
	size_t n = strlen(with);

	for (size_t i = 0; i < LONG; i++)
		text[i] = with[i % n];
}

static void a_seam_is_a_blank_behind_a_letter(void **state)
{
	size_t at;

	(void)state;
	fill("word ");
	at = seam_next(text, LONG);
	assert_true(at >= SEAM_BYTES && at < SEAM_BYTES + 5);
	assert_true(text[at] == ' ' && text[at - 1] == 'd');
}

static void other_text_has_none(void **state)
{
	static const char *const with[] = {"word", "4 ",        "\n ", ". ",
					   "  ",   "\xc3\xa9 ", "w\t"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(with); i++) {
		fill(with[i]);
		assert_int_equal(seam_next(text, LONG), LONG);
	}
}

static void a_short_text_is_not_worth_one(void **state)
{
	(void)state;
	fill("word ");
	assert_int_equal(seam_next(text, 2 * SEAM_BYTES), 2 * SEAM_BYTES);
	assert_int_equal(seam_next(text, 3), 3);
	/* Nor is a short rest. */
	fill("x");
	memcpy(text + 2000, "a b", 3);
	assert_int_equal(seam_next(text, 2500), 2500);
	assert_int_equal(seam_next(text, 3100), 2001);
}

static void tokens_that_mind_blanks_leave_none(void **state)
{
	static struct tokenizer t;
	struct added_token plain = {.id = 1},
			   single = {.id = 2, .single_word = true};

	(void)state;
	t.block = (block_fn *)(void *)seam_next;
	added_init(&t.raw);
	added_init(&t.normal);
	normalizer_init(&t.normalizer);
	assert_true(seam_has(&t));
	added_add(&t.raw, SLICE("<|end of it|>"), plain);
	assert_false(seam_has(&t));
	added_fini(&t.raw);
	added_add(&t.normal, SLICE("it"), single);
	assert_false(seam_has(&t));
	added_fini(&t.normal);
	added_add(&t.normal, SLICE("> it"), plain);
	assert_true(seam_has(&t));
	added_fini(&t.normal);
	t.block = NULL;
	assert_false(seam_has(&t));
}

static void normal_forms_that_look_at_the_ends_leave_none(void **state)
{
	static const enum normalize_kind kind[] = {
		NORMALIZE_STRIP_LEFT, NORMALIZE_PREPEND, NORMALIZE_REPLACE,
		NORMALIZE_NFKC};
	static struct tokenizer t;

	(void)state;
	t.block = (block_fn *)(void *)seam_next;
	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		normalizer_init(&t.normalizer);
		assert_int_equal(normalizer_add(&t.normalizer, NORMALIZE_NFC,
						SLICE(""), SLICE("")),
				 OK);
		assert_true(seam_has(&t));
		assert_int_equal(normalizer_add(&t.normalizer, kind[i],
						SLICE(" "), SLICE("_")),
				 OK);
		assert_false(seam_has(&t));
		normalizer_fini(&t.normalizer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seam_is_a_blank_behind_a_letter),
		cmocka_unit_test(other_text_has_none),
		cmocka_unit_test(a_short_text_is_not_worth_one),
		cmocka_unit_test(tokens_that_mind_blanks_leave_none),
		cmocka_unit_test(normal_forms_that_look_at_the_ends_leave_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
