#include "tools/sim/kv_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static enum kv_source_found read_text(const char *text, struct kv_source *out)
{
	json_t *body = json_loads(text, JSON_ALLOW_NUL, NULL);
	enum kv_source_found found;

	assert_non_null(body);
	found = kv_source_read(body, out);
	json_decref(body);
	return found;
}

static void who_is_named_is_read(void **unused)
{
	struct kv_source s;

	(void)unused;
	assert_int_equal(read_text("{\"kv_transfer_params\":{"
				   "\"remote_kv_source\":{"
				   "\"kv_request_id\":\"r-1\","
				   "\"remote_host\":\"10.0.0.1\","
				   "\"remote_port\":5710}}}",
				   &s),
			 KV_SOURCE_NAMED);
	assert_string_equal(s.id, "r-1");
	assert_string_equal(s.host, "10.0.0.1");
	assert_int_equal(s.port, 5710);
}

static bool has_store(const char *tiers)
{
	json_t *body = json_pack("{s:{s:o}}", "kv_transfer_params",
				 "kv_load_tiers",
				 json_loads(tiers, JSON_DECODE_ANY, NULL));
	bool has = kv_source_has_store(body);

	json_decref(body);
	return has;
}

static void what_may_be_loaded_from_is_read(void **unused)
{
	(void)unused;
	assert_false(has_store("[]"));
	assert_false(has_store("[{\"medium\":\"CPU\"}]"));
	assert_false(has_store("[\"STORAGE\",7]"));
	assert_true(
		has_store("[{\"medium\":\"cpu\"},{\"medium\":\"STORAGE\"}]"));
	assert_true(has_store("[{\"locality\":\"LOCAL\"}]"));
	/* No list says nothing. */
	assert_true(has_store("7"));
	assert_true(has_store("{}"));
}

static void most_requests_name_nobody(void **unused)
{
	static const char *const text[] = {
		"{}",
		"{\"kv_transfer_params\":null}",
		"{\"kv_transfer_params\":{\"do_remote_decode\":true}}",
		"{\"kv_transfer_params\":{\"remote_kv_source\":null}}",
	};
	struct kv_source s = {.port = 7};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		assert_int_equal(read_text(text[i], &s), KV_SOURCE_NONE);
	assert_int_equal(s.port, 7);
}

static void what_is_missing_or_of_another_kind_is_a_fault(void **unused)
{
	static const char *const text[] = {
		"7",
		"{}",
		"{\"kv_request_id\":\"r\",\"remote_host\":\"h\"}",
		"{\"kv_request_id\":\"r\",\"remote_port\":1}",
		"{\"remote_host\":\"h\",\"remote_port\":1}",
		"{\"kv_request_id\":\"\",\"remote_host\":\"h\","
		"\"remote_port\":1}",
		"{\"kv_request_id\":1,\"remote_host\":\"h\","
		"\"remote_port\":1}",
		"{\"kv_request_id\":\"r\",\"remote_host\":\"h\","
		"\"remote_port\":0}",
		"{\"kv_request_id\":\"r\",\"remote_host\":\"h\","
		"\"remote_port\":65536}",
		"{\"kv_request_id\":\"r\",\"remote_host\":\"h\","
		"\"remote_port\":\"1\"}",
		"{\"kv_request_id\":\"r\\u0000\",\"remote_host\":\"h\","
		"\"remote_port\":1}",
	};
	struct kv_source s = {.port = 7};
	char body[256];

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		snprintf(body, sizeof(body),
			 "{\"kv_transfer_params\":{\"remote_kv_source\":%s}}",
			 text[i]);
		assert_int_equal(read_text(body, &s), KV_SOURCE_FAULTY);
	}
	assert_int_equal(s.port, 7);
}

static void what_is_too_long_is_a_fault(void **unused)
{
	char body[512] = "{\"kv_transfer_params\":{\"remote_kv_source\":{"
			 "\"remote_host\":\"h\",\"remote_port\":1,"
			 "\"kv_request_id\":\"";
	struct kv_source s;

	(void)unused;
	memset(body + strlen(body), 'x', KV_SOURCE_ID_BYTES);
	strcat(body, "\"}}}");
	assert_int_equal(read_text(body, &s), KV_SOURCE_FAULTY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_named_is_read),
		cmocka_unit_test(what_may_be_loaded_from_is_read),
		cmocka_unit_test(most_requests_name_nobody),
		cmocka_unit_test(what_is_missing_or_of_another_kind_is_a_fault),
		cmocka_unit_test(what_is_too_long_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
