#include "common/tls/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define START ((uint64_t)1000 * TICKET_PERIOD_S)

static void a_key_stays_for_its_period(void **unused)
{
	struct tls_tickets *t = tls_tickets_create();
	struct tls_ticket_key a, b;

	(void)unused;
	tls_tickets_current(t, START, &a);
	tls_tickets_current(t, START + TICKET_PERIOD_S - 1, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	tls_tickets_current(t, START + TICKET_PERIOD_S, &b);
	assert_memory_not_equal(a.name, b.name, sizeof(a.name));
	assert_memory_not_equal(a.cipher, b.cipher, sizeof(a.cipher));
	assert_memory_not_equal(a.mac, b.mac, sizeof(a.mac));
	tls_tickets_unref(&t);
	tls_tickets_unref(&t);
}

static void the_key_before_is_known_and_old(void **unused)
{
	struct tls_tickets *t = tls_tickets_create();
	struct tls_ticket_key a, found;
	bool old = true;

	(void)unused;
	tls_tickets_current(t, START, &a);
	assert_true(tls_tickets_find(t, START, a.name, &found, &old));
	assert_false(old);
	assert_true(tls_tickets_find(t, START + TICKET_PERIOD_S, a.name, &found,
				     &old));
	assert_true(old);
	assert_memory_equal(&a, &found, sizeof(a));
	tls_tickets_unref(&t);
}

static void a_key_of_two_periods_ago_is_forgotten(void **unused)
{
	struct tls_tickets *t = tls_tickets_create();
	struct tls_ticket_key a, b, found;
	bool old;

	(void)unused;
	tls_tickets_current(t, START, &a);
	tls_tickets_current(t, START + TICKET_PERIOD_S, &b);
	assert_false(tls_tickets_find(t, START + 2 * TICKET_PERIOD_S, a.name,
				      &found, &old));
	assert_true(tls_tickets_find(t, START + 2 * TICKET_PERIOD_S, b.name,
				     &found, &old));
	tls_tickets_unref(&t);
}

static void a_key_is_forgotten_over_a_long_silence(void **unused)
{
	struct tls_tickets *t = tls_tickets_create();
	struct tls_ticket_key a, found;
	bool old;

	(void)unused;
	tls_tickets_current(t, START, &a);
	assert_false(tls_tickets_find(t, START + 5 * TICKET_PERIOD_S, a.name,
				      &found, &old));
	tls_tickets_unref(&t);
}

static void a_name_that_nobody_gave_is_not_found(void **unused)
{
	struct tls_tickets *t = tls_tickets_create();
	unsigned char name[TICKET_NAME_BYTES] = {0};
	struct tls_ticket_key found;
	bool old;

	(void)unused;
	assert_false(tls_tickets_find(t, START, name, &found, &old));
	tls_tickets_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_stays_for_its_period),
		cmocka_unit_test(the_key_before_is_known_and_old),
		cmocka_unit_test(a_key_of_two_periods_ago_is_forgotten),
		cmocka_unit_test(a_key_is_forgotten_over_a_long_silence),
		cmocka_unit_test(a_name_that_nobody_gave_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
