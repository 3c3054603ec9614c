#include "tests/unit/token/fixture.h"

#include "common/token/load.h"

static struct error err;

static void null_counts_as_absent(void **state)
{
	json_t *o = json_of("{\"a\":null,\"b\":0}");

	(void)state;
	assert_null(load_member(o, "a"));
	assert_non_null(load_member(o, "b"));
	assert_null(load_member(o, "c"));
	assert_null(load_member(NULL, "c"));
	json_decref(o);
}

static void members_of_another_kind_are_refused(void **state)
{
	json_t *o = json_of("{\"s\":1,\"b\":\"true\"}");
	struct slice s = {"untouched", 9};
	bool b = true;

	(void)state;
	assert_int_equal(load_string(o, "s", "here", &s, &err), ERR_INVALID);
	assert_string_equal(err.text, "here: s must be a string");
	assert_int_equal(s.n, 9);
	assert_int_equal(load_bool(o, "b", "here", false, &b, &err),
			 ERR_INVALID);
	assert_true(b);
	assert_int_equal(load_bool(o, "none", "here", false, &b, &err), OK);
	assert_false(b);
	json_decref(o);
}

static enum status id_of(const char *text, uint32_t *id)
{
	json_t *v = json_of(text);
	enum status status = load_id(v, "here", id, &err);

	json_decref(v);
	return status;
}

static void ids_are_whole_and_bounded(void **state)
{
	uint32_t id = 7;

	(void)state;
	assert_int_equal(id_of("-1", &id), ERR_INVALID);
	assert_int_equal(id_of("1.0", &id), ERR_INVALID);
	assert_int_equal(id_of("\"1\"", &id), ERR_INVALID);
	assert_int_equal(id_of("4194304", &id), ERR_LIMIT);
	assert_int_equal(load_id(NULL, "here", &id, &err), ERR_INVALID);
	assert_int_equal(id, 7);
	assert_int_equal(id_of("4194303", &id), OK);
	assert_int_equal(id, 4194303);
}

static void an_unknown_key_is_named(void **state)
{
	static const char *const keys[] = {"a", "b", NULL};
	json_t *o = json_of("{\"a\":1,\"c\":null}");

	(void)state;
	assert_int_equal(load_known(o, keys, "here", &err), OK);
	json_object_set_new(o, "zeta", json_true());
	assert_int_equal(load_known(o, keys, "here", &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.text, "zeta"));
	json_decref(o);
}

static void an_object_without_a_type_says_so(void **state)
{
	json_t *o = json_of("{\"type\":\"BPE\"}");

	(void)state;
	assert_true(load_is_type(o, "BPE"));
	assert_false(load_is_type(o, "bpe"));
	assert_string_equal(load_type(NULL), "(none)");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_counts_as_absent),
		cmocka_unit_test(members_of_another_kind_are_refused),
		cmocka_unit_test(ids_are_whole_and_bounded),
		cmocka_unit_test(an_unknown_key_is_named),
		cmocka_unit_test(an_object_without_a_type_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
