#include "router/discover/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/conf/conf.h"
#include "tests/unit/discover/dns_says.h"
#include "tests/unit/stage.h"

/* A record's beginning: the question's name, type, class IN, seconds. */
#define RECORD(type, ttl) "\xc0\x0c\0" type "\0\1\0\0\0" ttl
#define HOST(ttl, n)      RECORD("\1", ttl) "\0\4\x0a\0\0" n
#define HOST_V6(ttl, n)                                                        \
	RECORD("\x1c", ttl) "\0\x10\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0" n
/* Port 8001, of n.t. */
#define TARGET(priority, n)                                                    \
	RECORD("\x21", "\x3c") "\0\xb\0" priority "\0\1\x1f\x41\1" n "\1t\0"

/* A finder that asks a server. */
struct bed {
	struct stage stage;
	struct dns_says server;
	struct conf *conf;
	struct finder *finder;
	size_t sets, confirmed, failures;
	char urls[512], why[256];
};

static struct bed b;

static void on_found(void *arg, const struct finder *f,
		     struct conf_workers *set)
{
	size_t at = 0;

	(void)arg;
	(void)f;
	b.confirmed += set == NULL;
	b.sets += set != NULL;
	for (size_t i = 0; set != NULL && i < set->n; i++)
		at += (size_t)snprintf(b.urls + at, sizeof(b.urls) - at, "%s%s",
				       i > 0 ? " " : "", set->worker[i].url);
	conf_workers_unref(&set);
}

static void on_failed(void *arg, const struct finder *f, const char *why)
{
	(void)arg;
	(void)f;
	b.failures++;
	snprintf(b.why, sizeof(b.why), "%s", why);
}

static const struct finder_events events = {on_found, on_failed};

/* `more`: keys of dns besides. */
static void ask(const char *more, const char *flags,
		const struct dns_said *said, size_t n)
{
	struct conf_faults faults = {0};
	char text[512], at[ADDR_TEXT_BYTES];

	memset(&b, 0, sizeof(b));
	stage_open(&b.stage);
	dns_says_start(&b.server, flags, said, n);
	snprintf(text, sizeof(text),
		 "models: [{name: m, discover: {settle: 0ms, dns: {name: "
		 "vllm.test., servers: [\"%s\"], min_ttl: 100ms, %s}}}]\n",
		 addr_text(&b.server.at, at), more);
	b.conf = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_string_equal(faults.n > 0 ? buf_slice(&faults.text).p : "", "");
	b.finder = finder_create(&b.stage.loop, b.conf, &b.conf->model[0],
				 &events, NULL);
}

static void done(void)
{
	finder_destroy(&b.finder);
	dns_says_stop(&b.server);
	conf_unref(&b.conf);
	stage_close(&b.stage);
}

static void expect(const char *urls)
{
	STAGE_UNTIL(&b.stage, b.sets + b.failures > 0);
	assert_string_equal(b.why, "");
	assert_string_equal(b.urls, urls);
	done();
}

static void expect_failure(const char *why)
{
	STAGE_UNTIL(&b.stage, b.sets + b.failures > 0);
	assert_int_equal(b.sets, 0);
	assert_non_null(strstr(b.why, why));
	done();
}

static void each_address_is_a_worker_once_and_in_order(void **state)
{
	static const struct dns_said said[] = {
		{DNS_A, 3,
		 SLICE(HOST("\1", "\2") HOST("\1", "\1") HOST("\1", "\2"))}};

	(void)state;
	ask("port: 8000", DNS_FINE, said, ARRAY_LEN(said));
	expect("http://10.0.0.1:8000 http://10.0.0.2:8000");
}

static void a_v6_address_has_brackets_and_tls_its_scheme(void **state)
{
	static const struct dns_said said[] = {
		{DNS_AAAA, 1, SLICE(HOST_V6("\1", "\1"))}};

	(void)state;
	ask("port: 8000, type: aaaa, secure: true", DNS_FINE, said,
	    ARRAY_LEN(said));
	expect("https://[fd00::1]:8000");
}

static void targets_of_the_first_priority_are_meant(void **state)
{
	static const struct dns_said said[] = {
		{DNS_SRV, 2, SLICE(TARGET("\2", "b") TARGET("\1", "a"))},
		{DNS_A, 1, SLICE(HOST("\1", "\7"))}};

	(void)state;
	ask("type: srv", DNS_FINE, said, ARRAY_LEN(said));
	expect("http://10.0.0.7:8001");
}

static void a_target_without_v4_is_reached_by_v6(void **state)
{
	static const struct dns_said said[] = {
		{DNS_SRV, 1, SLICE(TARGET("\1", "a"))},
		{DNS_AAAA, 1, SLICE(HOST_V6("\1", "\7"))}};

	(void)state;
	ask("type: srv", DNS_FINE, said, ARRAY_LEN(said));
	expect("http://[fd00::7]:8001");
}

/* Twice as long as it would be asked again without. */
static void records_that_hold_on_are_not_asked_for_again(void **state)
{
	static const struct dns_said said[] = {
		{DNS_A, 1, SLICE(HOST("\x3c", "\1"))}};

	(void)state;
	ask("port: 8000, max_ttl: 1h", DNS_FINE, said, ARRAY_LEN(said));
	STAGE_UNTIL(&b.stage, b.sets > 0);
	timer_set(&b.stage.guard, 200);
	while (!b.stage.late)
		loop_turn(&b.stage.loop, true);
	assert_int_equal(atomic_load(&b.server.asked), 1);
	done();
}

static void a_name_that_is_not_there_is_a_failure(void **state)
{
	(void)state;
	ask("port: 8000", DNS_NO_NAME, NULL, 0);
	expect_failure("there is no name");
}

static void a_name_without_addresses_is_a_failure(void **state)
{
	(void)state;
	ask("port: 8000", DNS_FINE, NULL, 0);
	expect_failure("names no worker");
}

static void a_target_without_addresses_is_a_failure(void **state)
{
	static const struct dns_said said[] = {
		{DNS_SRV, 1, SLICE(TARGET("\1", "a"))}};

	(void)state;
	ask("type: srv", DNS_FINE, said, ARRAY_LEN(said));
	expect_failure("names no worker");
}

static void a_malformed_answer_is_a_failure(void **state)
{
	static const struct dns_said said[] = {
		{DNS_A, 2, SLICE(HOST("\1", "\1"))}}; /* one is missing */

	(void)state;
	ask("port: 8000", DNS_FINE, said, ARRAY_LEN(said));
	expect_failure("malformed");
}

static void what_has_failed_is_asked_again(void **state)
{
	(void)state;
	ask("port: 8000", DNS_CANNOT, NULL, 0);
	STAGE_UNTIL(&b.stage, b.failures >= 3);
	assert_int_equal(b.sets, 0);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_a_worker_once_and_in_order),
		cmocka_unit_test(a_v6_address_has_brackets_and_tls_its_scheme),
		cmocka_unit_test(targets_of_the_first_priority_are_meant),
		cmocka_unit_test(a_target_without_v4_is_reached_by_v6),
		cmocka_unit_test(records_that_hold_on_are_not_asked_for_again),
		cmocka_unit_test(a_name_that_is_not_there_is_a_failure),
		cmocka_unit_test(a_name_without_addresses_is_a_failure),
		cmocka_unit_test(a_target_without_addresses_is_a_failure),
		cmocka_unit_test(a_malformed_answer_is_a_failure),
		cmocka_unit_test(what_has_failed_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
