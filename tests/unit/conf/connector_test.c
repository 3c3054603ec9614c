#include "router/conf/connector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_connector_has_a_name_of_its_own(void **unused)
{
	(void)unused;
	for (int a = 0; a < CONF_CONNECTORS_N; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(connector_get(a)->name,
						connector_get(b)->name);
}

static void a_role_is_one_end_of_a_pair(void **unused)
{
	(void)unused;
	for (int c = CONF_CONNECTOR_NIXL; c < CONF_CONNECTORS_N; c++) {
		assert_true(connector_gives(CONF_ROLE_PREFILL, c));
		assert_false(connector_takes(CONF_ROLE_PREFILL, c));
		assert_true(connector_takes(CONF_ROLE_DECODE, c));
		assert_false(connector_gives(CONF_ROLE_DECODE, c));
	}
}

static void both_is_either_end_where_the_connector_can(void **unused)
{
	(void)unused;
	assert_true(connector_gives(CONF_ROLE_BOTH, CONF_CONNECTOR_NIXL));
	assert_true(connector_takes(CONF_ROLE_BOTH, CONF_CONNECTOR_MOONCAKE));
	assert_false(connector_gives(CONF_ROLE_BOTH, CONF_CONNECTOR_SGLANG));
	assert_false(connector_takes(CONF_ROLE_BOTH, CONF_CONNECTOR_P2P_NCCL));
}

static void without_a_connector_nothing_is_handed_over(void **unused)
{
	(void)unused;
	for (int role = CONF_ROLE_BOTH; role <= CONF_ROLE_DECODE; role++) {
		assert_false(connector_gives(role, CONF_CONNECTOR_NONE));
		assert_false(connector_takes(role, CONF_CONNECTOR_NONE));
	}
}

static void who_only_prefills_serves_nobody_alone(void **unused)
{
	(void)unused;
	for (int c = 0; c < CONF_CONNECTORS_N; c++) {
		assert_false(connector_serves_alone(CONF_ROLE_PREFILL, c));
		assert_true(connector_serves_alone(CONF_ROLE_BOTH, c));
	}
}

static void some_decode_workers_cannot_prefill(void **unused)
{
	(void)unused;
	assert_true(
		connector_serves_alone(CONF_ROLE_DECODE, CONF_CONNECTOR_NIXL));
	assert_true(
		connector_serves_alone(CONF_ROLE_DECODE, CONF_CONNECTOR_NONE));
	assert_false(connector_serves_alone(CONF_ROLE_DECODE,
					    CONF_CONNECTOR_SGLANG));
	assert_false(connector_serves_alone(CONF_ROLE_DECODE,
					    CONF_CONNECTOR_P2P_NCCL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_connector_has_a_name_of_its_own),
		cmocka_unit_test(a_role_is_one_end_of_a_pair),
		cmocka_unit_test(both_is_either_end_where_the_connector_can),
		cmocka_unit_test(without_a_connector_nothing_is_handed_over),
		cmocka_unit_test(who_only_prefills_serves_nobody_alone),
		cmocka_unit_test(some_decode_workers_cannot_prefill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
