#include "tests/unit/token/chars.h"

static struct error err;

static void expect(struct tokenizer *t, const uint32_t *id, size_t n,
		   const char *want)
{
	struct buf out;

	buf_init(&out);
	tokenizer_decode(t, id, n, &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, want);
	buf_fini(&out);
}

static void blanks_and_bytes_become_text(void **state)
{
	struct tokenizer *t = demo_parse(chars_usual(), &err);

	(void)state;
	expect(t, (uint32_t[]){260, 258, 0xc3, 0xa9}, 4, " ab \u00e9");
	expect(t, (uint32_t[]){99999, 256}, 2, "a");
	expect(t, NULL, 0, "");
	tokenizer_unref(&t);
}

static void the_first_blank_is_dropped_where_one_was_put(void **state)
{
	json_t *root = chars_usual();
	struct tokenizer *t;

	(void)state;
	json_object_set_new(root, "decoder",
			    json_of("{\"type\":\"Sequence\",\"decoders\":["
				    "{\"type\":\"Strip\",\"content\":\" \","
				    "\"start\":1,\"stop\":0}]}"));
	t = demo_parse(root, &err);
	expect(t, (uint32_t[]){260, 260}, 2, "ab ab");
	expect(t, (uint32_t[]){258, 260}, 2, " ab");
	expect(t, (uint32_t[]){256}, 1, "a");
	tokenizer_unref(&t);
}

static void bytes_of_the_alphabet_become_bytes(void **state)
{
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	uint32_t id[2];

	(void)state;
	assert_true(tokenizer_find(t, SLICE("\u0120"), &id[0]));
	assert_true(tokenizer_find(t, SLICE("<|im_end|>"), &id[1]));
	expect(t, id, 2, " <|im_end|>");
	tokenizer_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_and_bytes_become_text),
		cmocka_unit_test(the_first_blank_is_dropped_where_one_was_put),
		cmocka_unit_test(bytes_of_the_alphabet_become_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
