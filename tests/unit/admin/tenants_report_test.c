#include "router/admin/tenants_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "common/base/clock.h"
#include "router/tenant/limit.h"
#include "tests/unit/tenant/make.h"

static json_t *report(const struct tenants *t)
{
	struct buf out = {0};
	json_error_t err;
	json_t *told;

	tenants_report(t, &out);
	told = json_loadb(out.p, buf_len(&out), 0, &err);
	assert_non_null(told);
	buf_fini(&out);
	return told;
}

static json_t *first(const json_t *told)
{
	return json_array_get(json_object_get(told, "tenants"), 0);
}

static int64_t number(const json_t *of, const char *key)
{
	json_t *v = json_object_get(of, key);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void it_says_when_there_are_none(void **state)
{
	json_t *told = report(NULL);

	(void)state;
	assert_true(json_is_false(json_object_get(told, "on")));
	assert_int_equal(json_array_size(json_object_get(told, "tenants")), 0);
	json_decref(told);
}

static void what_is_left_is_told(void **state)
{
	struct tenants *t = make_tenants(
		NULL, NULL, "acme:one,two",
		"models: [m, x]\n  requests_per_second: 0.001\n  burst: 3\n"
		"  tokens_per_minute: 600\n  max_streams: 2\n  priority: 8");
	uint64_t now = clock_ns(), wait;
	json_t *told, *acme;

	(void)state;
	assert_int_equal(tenant_enter(t->tenant[0], now, &wait), TENANT_WITHIN);
	told = report(t);
	acme = first(told);
	assert_true(json_is_true(json_object_get(told, "on")));
	assert_string_equal(json_string_value(json_object_get(acme, "name")),
			    "acme");
	assert_string_equal(json_string_value(json_object_get(acme, "state")),
			    "active");
	assert_int_equal(number(acme, "keys"), 2);
	assert_int_equal(number(acme, "priority"), 8);
	assert_int_equal(json_array_size(json_object_get(acme, "models")), 2);
	assert_int_equal(number(json_object_get(acme, "requests"), "limit"), 3);
	assert_int_equal(number(json_object_get(acme, "requests"), "remaining"),
			 2);
	assert_int_equal(number(json_object_get(acme, "tokens"), "remaining"),
			 600);
	assert_int_equal(number(json_object_get(acme, "streams"), "open"), 1);
	assert_int_equal(number(json_object_get(acme, "streams"), "limit"), 2);
	json_decref(told);
	tenants_unref(&t);
}

static void limits_that_are_not_there_are_null(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one",
					 "expires: 2001-01-01");
	json_t *told = report(t), *a = first(told);

	(void)state;
	assert_true(json_is_null(json_object_get(a, "requests")));
	assert_true(json_is_null(json_object_get(a, "tokens")));
	assert_true(json_is_null(
		json_object_get(json_object_get(a, "streams"), "limit")));
	assert_string_equal(json_string_value(json_object_get(a, "state")),
			    "expired");
	assert_string_equal(json_string_value(json_object_get(a, "expires")),
			    "2001-01-01");
	json_decref(told);
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one", "disabled: true");
	told = report(t);
	assert_string_equal(
		json_string_value(json_object_get(first(told), "state")),
		"disabled");
	json_decref(told);
	tenants_unref(&t);
}

static void neither_keys_nor_salts_are_told(void **state)
{
	struct tenants *t = make_tenants(NULL, "0123456789abcdef", "a:one", "");
	struct buf out = {0};
	char hex[SHA256_HEX];

	(void)state;
	tenants_report(t, &out);
	sha256_hex(t->list->tenant[0].digest[0], hex);
	assert_null(memmem(out.p, buf_len(&out), hex, sizeof(hex)));
	assert_null(memmem(out.p, buf_len(&out), t->tenant[0]->salt.json,
			   SALT_BYTES));
	assert_null(memmem(out.p, buf_len(&out), "sha256", 6));
	buf_fini(&out);
	tenants_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_when_there_are_none),
		cmocka_unit_test(what_is_left_is_told),
		cmocka_unit_test(limits_that_are_not_there_are_null),
		cmocka_unit_test(neither_keys_nor_salts_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
