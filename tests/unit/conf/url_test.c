#include "router/conf/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is_peer(const char *text, const char *host, unsigned port)
{
	struct url_peer p = {0};

	assert_int_equal(url_parse_peer(text, 1, &p, NULL), OK);
	assert_true(slice_equal(p.host, slice_of(host)));
	assert_int_equal(p.port, port);
}

static void a_peer_is_a_name_or_an_address_and_a_port(void **unused)
{
	(void)unused;
	is_peer("h:1", "h", 1);
	is_peer("10.0.0.1:5710", "10.0.0.1", 5710);
	is_peer("pod-0.fleet_a.svc:65535", "pod-0.fleet_a.svc", 65535);
}

static void a_v6_address_of_a_peer_goes_without_its_brackets(void **unused)
{
	(void)unused;
	is_peer("[fd00::2]:5710", "fd00::2", 5710);
	is_peer("[fe80::1%eth0]:1", "fe80::1%eth0", 1);
}

static void what_is_no_host_and_port_is_no_peer(void **unused)
{
	static const char *const bad[] = {
		"",          "h",     "h:",   ":1",        "h:0",
		"h:65536",   "h:-1",  "h/:1", "\"h:1",     "h h:1",
		"fd00::2:1", "[fd]1", "[]:1", "tcp://h:1", "u@h:1",
	};
	struct url_peer p = {.port = 7};
	struct error err;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(url_parse_peer(bad[i], 1, &p, &err),
				 ERR_INVALID);
		assert_non_null(strstr(err.text, "write host:port"));
		assert_int_equal(p.port, 7);
	}
}

static void a_port_of_each_rank_must_exist(void **unused)
{
	struct url_peer p;
	struct error err;

	(void)unused;
	assert_int_equal(url_parse_peer("h:65533", 3, &p, &err), OK);
	assert_int_equal(url_parse_peer("h:65534", 3, &p, &err), ERR_LIMIT);
	assert_string_equal(err.text, "3 ranks from port 65534 on pass 65535");
	assert_int_equal(url_check_endpoint("tcp://h:65534", 3, &err),
			 ERR_LIMIT);
}

static void an_endpoint_has_a_host_and_a_port(void **unused)
{
	static const char *const bad[] = {
		"h:1",       "tcp://",   "tcp://h",   "tcp://h:",
		"tcp://*:1", "tcp://:1", "tcp://h:0", "ipc://",
	};

	(void)unused;
	assert_int_equal(url_check_endpoint("tcp://h:1", 1, NULL), OK);
	assert_int_equal(url_check_endpoint("ipc:///run/kv", 1, NULL), OK);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(url_check_endpoint(bad[i], 1, NULL),
				 ERR_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_is_a_name_or_an_address_and_a_port),
		cmocka_unit_test(
			a_v6_address_of_a_peer_goes_without_its_brackets),
		cmocka_unit_test(what_is_no_host_and_port_is_no_peer),
		cmocka_unit_test(a_port_of_each_rank_must_exist),
		cmocka_unit_test(an_endpoint_has_a_host_and_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
