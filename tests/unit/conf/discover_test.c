#include "router/conf/discover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "router/conf/flow.h"

#define FROM "models:\n- name: m\n  discover: "

static struct conf *parse(const char *yaml, char faults[4096])
{
	struct conf_faults f = {0};
	struct conf *c = conf_parse_numeric(slice_of(yaml), "f", &f);

	snprintf(faults, 4096, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	buf_fini(&f.text);
	return c;
}

static struct conf *good(const char *yaml)
{
	char faults[4096];
	struct conf *c = parse(yaml, faults);

	assert_string_equal(faults, "");
	return c;
}

static void bad(const char *yaml, const char *wanted)
{
	char faults[4096];

	assert_null(parse(yaml, faults));
	if (strstr(faults, wanted) == NULL)
		fail_msg("'%s' is not in:\n%s", wanted, faults);
}

static void workers_need_not_be_written_where_they_are_found(void **unused)
{
	static const char *const yaml[] = {
		FROM "{file: w}\n",
		FROM "{file: w}\n  workers: []\n",
		FROM "{file: w}\n  workers:\n",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(yaml); i++) {
		struct conf *c = good(yaml[i]);

		assert_true(conf_discovers(&c->model[0]));
		assert_int_equal(c->model[0].n_workers, 0);
		assert_string_equal(c->model[0].discover.file, "w");
		assert_int_equal(c->model[0].discover.interval_ms, 1000);
		assert_int_equal(c->model[0].discover.settle_ms, 200);
		conf_unref(&c);
	}
}

static void both_may_be_written(void **unused)
{
	struct conf *c = good(FROM "{file: w}\n"
				   "  workers: [http://127.0.0.1:1]\n");

	(void)unused;
	assert_int_equal(c->model[0].n_workers, 1);
	conf_unref(&c);
}

static void a_model_has_one_or_the_other(void **unused)
{
	(void)unused;
	bad("models:\n- name: m\n", "models[0].workers: must be written");
	bad(FROM "{interval: 2s}\n", "models[0].discover: needs a source");
	bad("models:\n- {name: m, workers: []}\n",
	    "must be a list of at least");
}

static void what_all_have_is_checked_when_it_is_written(void **unused)
{
	(void)unused;
	bad(FROM "{file: w, worker: {evnts: a}}\n",
	    "f:3: models[0].discover.worker: evnts: no such key");
	bad(FROM "{file: w, worker: {events: '{host}:1'}}\n",
	    "discover.worker: events: '192.0.2.1:1' is not an endpoint");
	bad(FROM "{file: w, worker: {url: 'http://{host}:1'}}\n",
	    "discover.worker: url: each worker has its own");
	bad(FROM "{file: w, worker: {tls: {ca: /no/such}}}\n", "/no/such");
	bad(FROM "{file: w, worker: 7}\n",
	    "models[0].discover.worker: must be keys and values");
	bad(FROM "{file: w, worker: {max_inflight: many}}\n",
	    "discover.worker: max_inflight: ");
}

static void what_goes_together_may_come_with_a_worker(void **unused)
{
	struct conf *c = good(FROM "{file: w, worker: {role: prefill}}\n");

	(void)unused;
	conf_unref(&c);
	c = good(FROM "{file: w}\n  workers: [{url: 'http://127.0.0.1:1', "
		      "role: prefill, connector: nixl}]\n");
	conf_unref(&c);
}

static void keys_and_bounds_are_those_of_the_table(void **unused)
{
	(void)unused;
	bad(FROM "{fiel: w}\n",
	    "discover.fiel: no such key; did you mean file");
	bad(FROM "{file: w, interval: 1ms}\n", "discover.interval: ");
	bad(FROM "{file: w, max_workers: 0}\n", "discover.max_workers: ");
	bad(FROM "w\n", "must be keys and values");
}

static void the_kubernetes_api_is_asked_for_one_thing(void **unused)
{
	struct conf *c = good(FROM "{kubernetes: {service: vllm, port: http, "
				   "family: ipv6}}\n");
	const struct conf_kubernetes *k = &c->model[0].discover.kubernetes;

	(void)unused;
	assert_true(conf_uses_kubernetes(&c->model[0].discover));
	assert_string_equal(k->service, "vllm");
	assert_int_equal(k->family, CONF_FAMILY_IPV6);
	assert_int_equal(k->watch_timeout_ms, 300000);
	assert_null(k->api);
	conf_unref(&c);
	bad(FROM "{kubernetes: {namespace: llm}}\n",
	    "discover.kubernetes: needs service, pool or selector");
	bad(FROM "{kubernetes: {service: a, pool: b}}\n",
	    "discover.kubernetes: of service, pool and selector only one");
	bad(FROM "{kubernetes: {pool: b, port: http}}\n",
	    "discover.kubernetes.port: is what the pool's targetPorts say");
	bad(FROM "{kubernetes: {service: a, family: both}}\n",
	    "'both' is not among ipv4 and ipv6");
}

static void dns_is_asked_for_what_has_a_port(void **unused)
{
	struct conf *c = good(FROM "{dns: {name: a.b, port: 8000, servers: "
				   "[127.0.0.1:53]}}\n");
	const struct conf_dns *d = &c->model[0].discover.dns;

	(void)unused;
	assert_string_equal(d->name, "a.b");
	assert_int_equal(d->n_servers, 1);
	assert_int_equal(d->type, CONF_DNS_A);
	assert_int_equal(d->max_ttl_ms, 30000);
	conf_unref(&c);
	c = good(FROM "{dns: {name: _http._tcp.a.b, type: srv}}\n");
	conf_unref(&c);
	bad(FROM "{dns: {port: 8000}}\n", "discover.dns: needs name");
	bad(FROM "{dns: {name: a}}\n", "discover.dns.port: must be written");
	bad(FROM "{dns: {name: a, type: srv, port: 1}}\n",
	    "discover.dns.port: is what SRV records say");
	bad(FROM "{dns: {name: a, port: 1, servers: ['[::1]:53']}}\n",
	    "discover.dns.servers: must be IPv4 addresses");
	bad(FROM "{dns: {name: a, port: 1, servers: [1.1.1.1:1, 1.1.1.1:2, "
		 "1.1.1.1:3, 1.1.1.1:4]}}\n",
	    "discover.dns.servers: more than 3");
	bad(FROM "{dns: {name: a, port: 1, min_ttl: 1h}}\n",
	    "discover.dns.min_ttl: must not be above");
	bad(FROM "{dns: {name: a, port: 1, type: mx}}\n",
	    "'mx' is not among a, aaaa and srv");
}

static void there_is_one_source(void **unused)
{
	(void)unused;
	bad(FROM "{file: w, dns: {name: a, port: 1}}\n",
	    "discover: of file, dns and kubernetes only one can be meant");
	bad(FROM "{file: w, kubernetes: {service: a}}\n",
	    "discover: of file, dns and kubernetes only one can be meant");
}

static void printed_it_is_read_the_same(void **unused)
{
	struct conf *c = good(FROM "{file: w, allow_empty: true, worker: "
				   "{api_key: hush, tls: {insecure: true}}}\n");
	struct buf text = {0};

	(void)unused;
	conf_print(c, &text);
	buf_putc(&text, '\0');
	assert_null(strstr(buf_slice(&text).p, "hush"));
	assert_non_null(strstr(buf_slice(&text).p,
			       "worker: {\"api_key\": \"***\", "
			       "\"tls\": {\"insecure\": \"true\"}}"));
	conf_unref(&c);
	c = good(buf_slice(&text).p);
	assert_string_equal(c->model[0].discover.file, "w");
	assert_true(c->model[0].discover.allow_empty);
	conf_unref(&c);
	buf_fini(&text);
}

static bool equal(const char *a, const char *b)
{
	struct conf *x = good(a), *y = good(b);
	bool same = conf_discover_equal(&x->model[0].discover,
					&y->model[0].discover);

	conf_unref(&x);
	conf_unref(&y);
	return same;
}

static void another_key_makes_it_another_source(void **unused)
{
	(void)unused;
	assert_true(equal(FROM "{file: w}\n", FROM "{file: w}\n"));
	assert_true(
		equal(FROM "{file: w}\n", FROM "{settle: 200ms, file: w}\n"));
	assert_false(equal(FROM "{file: w}\n", FROM "{file: v}\n"));
	assert_false(equal(FROM "{file: w}\n",
			   FROM "{file: w, allow_empty: true}\n"));
	assert_false(equal(FROM "{file: w, worker: {api_key: a}}\n",
			   FROM "{file: w, worker: {api_key: b}}\n"));
	assert_false(equal(FROM "{file: w, worker: {api_key: a}}\n",
			   FROM "{file: w}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			workers_need_not_be_written_where_they_are_found),
		cmocka_unit_test(both_may_be_written),
		cmocka_unit_test(a_model_has_one_or_the_other),
		cmocka_unit_test(what_all_have_is_checked_when_it_is_written),
		cmocka_unit_test(what_goes_together_may_come_with_a_worker),
		cmocka_unit_test(keys_and_bounds_are_those_of_the_table),
		cmocka_unit_test(the_kubernetes_api_is_asked_for_one_thing),
		cmocka_unit_test(dns_is_asked_for_what_has_a_port),
		cmocka_unit_test(there_is_one_source),
		cmocka_unit_test(printed_it_is_read_the_same),
		cmocka_unit_test(another_key_makes_it_another_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
