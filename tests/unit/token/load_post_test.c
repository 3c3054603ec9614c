#include "tests/unit/token/fixture.h"

#define TEMPLATE(single)                                                       \
	"{\"type\":\"TemplateProcessing\",\"single\":[" single "],"            \
	"\"special_tokens\":{\"B\":{\"id\":\"B\",\"ids\":[1,2]},"              \
	"\"E\":{\"id\":\"E\",\"ids\":[3]}}}"
#define SPECIAL(name)  "{\"SpecialToken\":{\"id\":\"" name "\"}}"
#define SEQUENCE(name) "{\"Sequence\":{\"id\":\"" name "\"}}"

static struct error err;

static void expect(const char *value, size_t n, const uint32_t *id)
{
	struct tokenizer *t = demo_with("post_processor", value, &err);
	struct token_list l;

	if (!t)
		fail_msg("%s", err.text);
	token_list_init(&l);
	assert_int_equal(tokenizer_encode(t, SLICE("!"), true, 100, &l), OK);
	assert_int_equal(l.n, n);
	assert_memory_equal(l.id, id, n * sizeof(*id));
	l.n = 0;
	assert_int_equal(tokenizer_encode(t, SLICE("!"), false, 100, &l), OK);
	assert_int_equal(l.n, 1);
	token_list_fini(&l);
	tokenizer_unref(&t);
}

static void refuse(const char *value, enum status status, const char *part)
{
	assert_refused(demo_with("post_processor", value, &err), &err, status,
		       part);
}

static void without_one_nothing_is_added(void **state)
{
	(void)state;
	expect("null", 1, (uint32_t[]){0});
	expect("{\"type\":\"ByteLevel\"}", 1, (uint32_t[]){0});
}

static void a_template_puts_tokens_on_both_sides(void **state)
{
	(void)state;
	expect(TEMPLATE(SPECIAL("B") "," SEQUENCE("A") "," SPECIAL("E")), 4,
	       (uint32_t[]){1, 2, 0, 3});
	expect(TEMPLATE(SEQUENCE("A")), 1, (uint32_t[]){0});
}

static void processors_wrap_one_another(void **state)
{
	(void)state;
	expect("{\"type\":\"Sequence\",\"processors\":["
	       "{\"type\":\"ByteLevel\"}," TEMPLATE(SPECIAL("B") "," SEQUENCE(
		       "A")) ","
			     "{\"type\":\"RobertaProcessing\",\"cls\":[\"x\",9]"
			     ","
			     "\"sep\":[\"y\",8]}]}",
	       5, (uint32_t[]){9, 1, 2, 0, 8});
}

static void templates_of_another_shape_are_refused(void **state)
{
	(void)state;
	refuse(TEMPLATE(SPECIAL("B")), ERR_INVALID, "no sequence A");
	refuse(TEMPLATE(SEQUENCE("B")), ERR_INVALID, "single[0]");
	refuse(TEMPLATE(SEQUENCE("A") "," SEQUENCE("A")), ERR_INVALID,
	       "single[1]");
	refuse(TEMPLATE("3"), ERR_INVALID, "single[0]");
	refuse(TEMPLATE(SPECIAL("X") "," SEQUENCE("A")), ERR_INVALID, "\"X\"");
}

static void unknown_processors_and_ids_are_refused(void **state)
{
	(void)state;
	refuse("{\"type\":\"Magic\"}", ERR_UNSUPPORTED, "Magic");
	refuse("{\"type\":\"Sequence\"}", ERR_INVALID, "must be a list");
	refuse("{\"type\":\"BertProcessing\"}", ERR_INVALID, "id");
	refuse("{\"type\":\"BertProcessing\",\"cls\":[\"x\",1],"
	       "\"sep\":[\"y\",99999]}",
	       ERR_INVALID, "99999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_one_nothing_is_added),
		cmocka_unit_test(a_template_puts_tokens_on_both_sides),
		cmocka_unit_test(processors_wrap_one_another),
		cmocka_unit_test(templates_of_another_shape_are_refused),
		cmocka_unit_test(unknown_processors_and_ids_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
