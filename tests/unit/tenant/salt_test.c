#include "router/tenant/salt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECRET SLICE("0123456789abcdef")

static bool same(const struct salt *a, const struct salt *b)
{
	return slice_equal(salt_text(a), salt_text(b));
}

/* What replicas of every version must agree on: Python's
 * base64.b64encode(hmac.digest(b"0123456789abcdef", b"acme", "sha256")). */
static void a_tenants_salt_follows_from_secret_and_name(void **state)
{
	struct salt s;

	(void)state;
	salt_of_tenant(SECRET, SLICE("acme"), &s);
	assert_true(slice_equal(
		salt_text(&s),
		SLICE("Qt16IeNBmPRch2f6HcnDhrpsuj0DfaEVZL9wyhiTXt0=")));
	salt_combine(&s, SLICE("mine"), &s);
	assert_true(slice_equal(
		salt_text(&s),
		SLICE("q3W0YBaVlRIkJoIr4jCg+l5D65DGiOh5R0YCADBrwVA=")));
}

static void other_secrets_and_names_make_other_salts(void **state)
{
	struct salt a, b;

	(void)state;
	salt_of_tenant(SECRET, SLICE("acme"), &a);
	salt_of_tenant(SECRET, SLICE("acmf"), &b);
	assert_false(same(&a, &b));
	salt_of_tenant(SLICE("0123456789abcdeg"), SLICE("acme"), &b);
	assert_false(same(&a, &b));
}

static void a_clients_salt_parts_and_never_joins(void **state)
{
	struct salt a, b, a_mine, b_mine, a_other, a_as_b;

	(void)state;
	salt_of_tenant(SECRET, SLICE("a"), &a);
	salt_of_tenant(SECRET, SLICE("b"), &b);
	salt_combine(&a, SLICE("mine"), &a_mine);
	salt_combine(&b, SLICE("mine"), &b_mine);
	salt_combine(&a, SLICE("other"), &a_other);
	assert_false(same(&a, &a_mine));
	assert_false(same(&a_mine, &a_other));
	assert_false(same(&a_mine, &b_mine));
	/* Not by the other's name, nor by its salt. */
	salt_combine(&a, SLICE("b"), &a_as_b);
	assert_false(same(&a_as_b, &b));
	salt_combine(&a, salt_text(&b), &a_as_b);
	assert_false(same(&a_as_b, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenants_salt_follows_from_secret_and_name),
		cmocka_unit_test(other_secrets_and_names_make_other_salts),
		cmocka_unit_test(a_clients_salt_parts_and_never_joins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
