#include "tests/unit/token/fixture.h"

#include "common/token/document.h"

static struct error err;

static void the_large_parts_are_spans_of_the_text(void **state)
{
	struct slice text = SLICE("{\"a\": [1], \"model\": {\"type\": \"BPE\", "
				  "\"vocab\": {\"x\": 1}, \"merges\": [\"a b\"]"
				  ", \"z\": null}, \"b\": {}}");
	struct document d;

	(void)state;
	assert_int_equal(document_split(text, &d, &err), OK);
	assert_true(slice_equal(d.vocab, SLICE("{\"x\": 1}")));
	assert_true(slice_equal(d.merges, SLICE("[\"a b\"]")));
	assert_true(slice_equal(buf_slice(&d.rest),
				SLICE("{\"a\":[1],\"model\":{\"type\":\"BPE\","
				      "\"z\":null},\"b\":{}}")));
	document_fini(&d);
}

static void parts_of_another_type_stay_in_the_rest(void **state)
{
	struct slice text = SLICE(
		"{\"model\": {\"vocab\": \"x\", \"merges\": {}}}");
	struct document d;

	(void)state;
	assert_int_equal(document_split(text, &d, &err), OK);
	assert_int_equal(d.vocab.n, 0);
	assert_int_equal(d.merges.n, 0);
	assert_true(slice_equal(buf_slice(&d.rest),
				SLICE("{\"model\":{\"vocab\":\"x\","
				      "\"merges\":{}}}")));
	document_fini(&d);
}

static void a_vocabulary_may_be_a_list(void **state)
{
	struct document d;

	(void)state;
	assert_int_equal(
		document_split(SLICE("{\"model\":{\"vocab\":[1]}}"), &d, &err),
		OK);
	assert_true(slice_equal(d.vocab, SLICE("[1]")));
	document_fini(&d);
}

static void refuse(const char *text, enum status status, const char *part)
{
	struct document d;

	assert_int_equal(document_split(slice_of(text), &d, &err), status);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void broken_text_is_refused_with_its_line(void **state)
{
	(void)state;
	refuse("", ERR_INVALID, "tokenizer.json:1");
	refuse("{\n\n\"a\": x}", ERR_INVALID, "tokenizer.json:3");
	refuse("[1]", ERR_INVALID, "object");
	refuse("{} {}", ERR_INVALID, "follows");
	refuse("{\"model\": {\"vocab\": {\"a\": 1}", ERR_INVALID, "ends");
	refuse("{\"a\": \"\xff\"}", ERR_INVALID, "UTF-8");
}

static void a_part_that_is_there_twice_is_refused(void **state)
{
	(void)state;
	refuse("{\"model\": {\"vocab\": {\"a\":1}, \"voc\\u0061b\": {}}}",
	       ERR_INVALID, "twice");
	refuse("{\"model\":{\"merges\":[1]},\"model\":{\"merges\":[2]}}",
	       ERR_INVALID, "twice");
}

static void deep_nesting_is_refused(void **state)
{
	char text[512] = "{\"a\":";

	(void)state;
	memset(text + 5, '[', 200);
	refuse(text, ERR_LIMIT, "tokenizer.json:1");
}

static void strings_are_read_in_place_or_unescaped(void **state)
{
	struct buf room;
	struct slice out;

	(void)state;
	buf_init(&room);
	assert_int_equal(document_text(SLICE("\"abc\""), &room, &out), OK);
	assert_true(slice_equal(out, SLICE("abc")));
	assert_int_equal(document_text(SLICE("\"\\u0120a\\n\""), &room, &out),
			 OK);
	assert_true(slice_equal(out, SLICE("\u0120a\n")));
	assert_int_equal(document_text(SLICE("\"\\ud800\""), &room, &out),
			 ERR_INVALID);
	buf_fini(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_large_parts_are_spans_of_the_text),
		cmocka_unit_test(parts_of_another_type_stay_in_the_rest),
		cmocka_unit_test(a_vocabulary_may_be_a_list),
		cmocka_unit_test(broken_text_is_refused_with_its_line),
		cmocka_unit_test(a_part_that_is_there_twice_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(strings_are_read_in_place_or_unescaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
