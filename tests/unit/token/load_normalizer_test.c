#include "tests/unit/token/fixture.h"

static struct error err;

static void accept(const char *value, const char *text, const char *want)
{
	struct tokenizer *t = demo_with("normalizer", value, &err);
	struct buf out;
	struct token_list l;

	if (!t)
		fail_msg("%s", err.text);
	buf_init(&out);
	token_list_init(&l);
	assert_int_equal(tokenizer_encode(t, slice_of(text), false, 100, &l),
			 OK);
	tokenizer_decode(t, l.id, l.n, &out);
	assert_true(slice_equal(buf_slice(&out), slice_of(want)));
	buf_fini(&out);
	token_list_fini(&l);
	tokenizer_unref(&t);
}

static void without_one_the_text_stays(void **state)
{
	(void)state;
	accept("null", "e\u0301", "e\u0301");
	accept("{\"type\":\"Sequence\",\"normalizers\":[]}", "e\u0301",
	       "e\u0301");
}

static void nfc_composes(void **state)
{
	(void)state;
	accept("{\"type\":\"NFC\"}", "e\u0301", "\u00e9");
	accept("{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}]}",
	       "<|im_end|>e\u0301", "<|im_end|>\u00e9");
}

static void others_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer", "{\"type\":\"NFKC\"}", &err),
		       &err, ERR_UNSUPPORTED, "NFKC");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Sequence\",\"normalizers\":"
				 "[{\"type\":\"Lowercase\"}]}",
				 &err),
		       &err, ERR_UNSUPPORTED, "Lowercase");
}

static void blanks_may_be_replaced(void **state)
{
	(void)state;
	accept("{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
	       "\"content\":\"_\"}",
	       "a b", "a_b");
	accept("{\"type\":\"Prepend\",\"prepend\":\"_\"}", "a<think>b",
	       "_a<think>_b");
}

static void replacing_by_a_pattern_is_refused(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Replace\",\"pattern\":"
				 "{\"Regex\":\" \"},\"content\":\"_\"}",
				 &err),
		       &err, ERR_UNSUPPORTED, "Regex");
	assert_refused(demo_with("normalizer",
				 "{\"type\":\"Replace\",\"pattern\":"
				 "{\"String\":\"\"},\"content\":\"_\"}",
				 &err),
		       &err, ERR_INVALID, "empty");
	assert_refused(demo_with("normalizer", "{\"type\":\"Prepend\"}", &err),
		       &err, ERR_INVALID, "prepend");
}

static void a_broken_one_is_refused(void **state)
{
	(void)state;
	assert_refused(demo_with("normalizer", "{\"type\":\"Sequence\"}", &err),
		       &err, ERR_INVALID, "must be a list");
	assert_refused(demo_with("normalizer", "7", &err), &err,
		       ERR_UNSUPPORTED, "(none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_one_the_text_stays),
		cmocka_unit_test(nfc_composes),
		cmocka_unit_test(others_are_refused_by_name),
		cmocka_unit_test(blanks_may_be_replaced),
		cmocka_unit_test(replacing_by_a_pattern_is_refused),
		cmocka_unit_test(a_broken_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
