#include "tests/unit/token/fixture.h"

#include "common/token/load.h"

static bool strips(const char *text)
{
	struct tokenizer t = {0};
	json_t *root = json_of(text);

	load_decoder(root, &t);
	json_decref(root);
	return t.strip;
}

static void strip_is_found_alone_and_in_a_sequence(void **state)
{
	(void)state;
	assert_true(strips("{\"decoder\":{\"type\":\"Strip\",\"start\":1}}"));
	assert_true(strips("{\"decoder\":{\"type\":\"Sequence\",\"decoders\":["
			   "{\"type\":\"Fuse\"},"
			   "{\"type\":\"Strip\",\"start\":1}]}}"));
}

static void other_decoders_strip_nothing(void **state)
{
	(void)state;
	assert_false(strips("{}"));
	assert_false(strips("{\"decoder\":null}"));
	assert_false(strips("{\"decoder\":{\"type\":\"ByteLevel\"}}"));
	assert_false(strips("{\"decoder\":{\"type\":\"Strip\",\"start\":0}}"));
	assert_false(strips("{\"decoder\":{\"decoders\":7}}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strip_is_found_alone_and_in_a_sequence),
		cmocka_unit_test(other_decoders_strip_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
