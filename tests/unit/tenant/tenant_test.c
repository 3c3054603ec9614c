#include "router/tenant/tenant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tenant/make.h"

#define DAY_US (86400ull * 1000000)

static struct tenant *admit(const struct tenants *t, const char *key,
			    uint64_t wall_us, enum tenant_refusal *why)
{
	return tenants_admit(t, make_memo(), slice_of(key), wall_us, why);
}

static void refused(const struct tenants *t, const char *key, uint64_t wall_us,
		    enum tenant_refusal wanted)
{
	enum tenant_refusal why;

	assert_null(admit(t, key, wall_us, &why));
	assert_int_equal(why, wanted);
}

static void each_key_finds_its_tenant(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one,two;b:three", "");
	enum tenant_refusal why;
	struct tenant *x, *y;

	(void)state;
	x = admit(t, "one", 0, &why);
	y = admit(t, "two", 0, &why);
	assert_non_null(x);
	assert_ptr_equal(x, y);
	assert_string_equal(x->name, "a");
	tenant_unref(&x);
	tenant_unref(&y);
	x = admit(t, "three", 0, &why);
	assert_string_equal(x->name, "b");
	assert_int_equal(why, TENANT_ADMITTED);
	/* It outlives the snapshot. */
	tenants_unref(&t);
	assert_string_equal(x->name, "b");
	tenant_unref(&x);
}

static void others_are_refused_and_it_is_known_why(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one", "");
	enum tenant_refusal why;

	(void)state;
	refused(t, "two", 0, TENANT_UNKNOWN_KEY);
	refused(t, "", 0, TENANT_UNKNOWN_KEY);
	refused(t, "a", 0, TENANT_UNKNOWN_KEY);
	assert_null(tenants_admit(t, make_memo(), (struct slice){NULL, 0}, 0,
				  &why));
	assert_int_equal(why, TENANT_NO_KEY);
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one", "disabled: true");
	refused(t, "one", 0, TENANT_DISABLED);
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one", "expires: 1970-01-02");
	refused(t, "one", DAY_US, TENANT_EXPIRED);
	refused(t, "one", DAY_US * 1000, TENANT_EXPIRED);
	for (int r = TENANT_ADMITTED; r <= TENANT_DISABLED; r++)
		assert_non_null(tenant_refusal_name((enum tenant_refusal)r));
	tenants_unref(&t);
}

static void a_key_is_good_until_it_expires(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one",
					 "expires: 1970-01-02");
	enum tenant_refusal why;
	struct tenant *x = admit(t, "one", DAY_US - 1, &why);

	(void)state;
	assert_non_null(x);
	tenant_unref(&x);
	tenants_unref(&t);
}

static void only_what_is_listed_may_be_called(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one",
					 "models: [m, lora]");
	struct tenant *a = tenants_find(t, SLICE("a"));

	(void)state;
	assert_true(tenant_may_call(a, SLICE("m")));
	assert_true(tenant_may_call(a, SLICE("lora")));
	assert_false(tenant_may_call(a, SLICE("M")));
	assert_false(tenant_may_call(a, SLICE("m2")));
	assert_false(tenant_may_call(a, SLICE("*")));
	assert_false(tenant_may_call(a, SLICE("")));
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one", "models: '*'");
	assert_true(tenant_may_call(tenants_find(t, SLICE("a")),
				    SLICE("anything")));
	tenants_unref(&t);
}

static void a_reload_keeps_what_was_used(void **state)
{
	struct tenants *old = make_tenants(NULL, NULL, "a:one;b:two", "");
	struct tenants *t;
	struct tenant *a = tenants_find(old, SLICE("a"));

	(void)state;
	atomic_store(&a->meter->streams, 3);
	t = make_tenants(old, NULL, "c:two;a:new", "tokens_per_minute: 5");
	assert_ptr_equal(tenants_find(t, SLICE("a"))->meter, a->meter);
	tenants_unref(&old);
	a = tenants_find(t, SLICE("a"));
	assert_int_equal(atomic_load(&a->meter->streams), 3);
	assert_int_equal(a->tokens.capacity, 5);
	assert_int_equal(
		atomic_load(&tenants_find(t, SLICE("c"))->meter->streams), 0);
	assert_null(tenants_find(t, SLICE("b")));
	refused(t, "one", 0, TENANT_UNKNOWN_KEY);
	tenants_unref(&t);
}

/* The lane remembers what the keys are, not whom they let in. */
static void a_key_that_came_before_is_refused_once_it_is_gone(void **state)
{
	struct tenants *old = make_tenants(NULL, NULL, "a:one;b:two", "");
	struct tenants *t = make_tenants(old, NULL, "a:two", "");
	enum tenant_refusal why;
	struct tenant *x;

	(void)state;
	for (int i = 0; i < 2; i++) {
		x = admit(old, "one", 0, &why);
		assert_non_null(x);
		tenant_unref(&x);
		refused(t, "one", 0, TENANT_UNKNOWN_KEY);
		x = admit(t, "two", 0, &why);
		assert_string_equal(x->name, "a");
		tenant_unref(&x);
	}
	tenants_unref(&old);
	tenants_unref(&t);
}

static void limits_become_rates(void **state)
{
	struct tenants *t = make_tenants(NULL, NULL, "a:one",
					 "requests_per_second: 2.5");
	struct tenant *a = tenants_find(t, SLICE("a"));

	(void)state;
	assert_int_equal(a->requests.capacity, 3);
	assert_int_equal(a->requests.window_ns, 1200000000);
	assert_true(tenant_is_limited(a));
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one",
			 "requests_per_second: 0.1\n  burst: 4");
	a = tenants_find(t, SLICE("a"));
	assert_int_equal(a->requests.capacity, 4);
	assert_int_equal(a->requests.window_ns, 40000000000);
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "a:one", "");
	a = tenants_find(t, SLICE("a"));
	assert_int_equal(a->requests.capacity, 0);
	assert_false(tenant_is_limited(a));
	tenants_unref(&t);
}

static void only_the_first_have_metrics_of_their_own(void **state)
{
	struct buf keys = {0};
	struct tenants *t;

	(void)state;
	for (int i = 0; i < TENANT_LABELS + 2; i++)
		buf_printf(&keys, "%st%d:k%d", i ? ";" : "", i, i);
	buf_putc(&keys, '\0');
	t = make_tenants(NULL, NULL, buf_slice(&keys).p, "");
	assert_string_equal(t->tenant[TENANT_LABELS - 1]->label, "t99");
	assert_string_equal(t->tenant[TENANT_LABELS]->label, "other");
	assert_string_equal(t->tenant[TENANT_LABELS + 1]->label, "other");
	tenants_unref(&t);
	buf_fini(&keys);
}

static void salts_are_made_where_they_are_wanted(void **state)
{
	struct tenants *t = make_tenants(NULL, "0123456789abcdef", "acme:one",
					 "");
	struct salt wanted;

	(void)state;
	salt_of_tenant(SLICE("0123456789abcdef"), SLICE("acme"), &wanted);
	assert_int_equal(t->tenant[0]->salting, CONF_SALT_TENANT);
	assert_memory_equal(t->tenant[0]->salt.json, wanted.json,
			    SALT_BYTES + 2);
	assert_int_equal(wanted.json[0], '"');
	tenants_unref(&t);
	t = make_tenants(NULL, NULL, "acme:one", "");
	assert_int_equal(t->tenant[0]->salting, CONF_SALT_OFF);
	tenants_unref(&t);
	tenants_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_finds_its_tenant),
		cmocka_unit_test(others_are_refused_and_it_is_known_why),
		cmocka_unit_test(a_key_is_good_until_it_expires),
		cmocka_unit_test(only_what_is_listed_may_be_called),
		cmocka_unit_test(a_reload_keeps_what_was_used),
		cmocka_unit_test(
			a_key_that_came_before_is_refused_once_it_is_gone),
		cmocka_unit_test(limits_become_rates),
		cmocka_unit_test(only_the_first_have_metrics_of_their_own),
		cmocka_unit_test(salts_are_made_where_they_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
