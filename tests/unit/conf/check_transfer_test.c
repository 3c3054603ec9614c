#include "router/conf/conf.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ONE(keys) "  - {url: \"http://127.0.0.1:1\", " keys "}\n"
#define TWO(keys) "  - {url: \"http://127.0.0.2:1\", " keys "}\n"

static struct conf *parse(const char *workers, char faults[2048])
{
	struct conf_faults f = {0};
	struct buf yaml = {0};
	struct conf *c;

	buf_puts(&yaml, "models:\n- name: m\n  workers:\n");
	buf_puts(&yaml, workers);
	c = conf_parse_numeric(buf_slice(&yaml), "f.yaml", &f);
	snprintf(faults, 2048, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	buf_fini(&f.text);
	buf_fini(&yaml);
	return c;
}

static struct conf *good(const char *workers)
{
	char faults[2048];
	struct conf *c = parse(workers, faults);

	if (c == NULL)
		fail_msg("%s\n%s", workers, faults);
	return c;
}

static void bad(const char *workers, const char *part)
{
	char faults[2048];
	struct conf *c = parse(workers, faults);

	if (c != NULL)
		fail_msg("was taken:\n%s", workers);
	if (strstr(faults, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, faults);
}

static void a_pair_needs_no_more_than_roles_for_nixl(void **unused)
{
	struct conf *c = good(ONE("role: prefill, connector: nixl")
				      TWO("role: decode, connector: nixl"));
	const struct conf_worker *w = c->model[0].worker;

	(void)unused;
	assert_int_equal(w[0].role, CONF_ROLE_PREFILL);
	assert_int_equal(w[1].role, CONF_ROLE_DECODE);
	assert_int_equal(w[1].connector, CONF_CONNECTOR_NIXL);
	assert_string_equal(w[0].transfer.host, "127.0.0.1");
	assert_int_equal(w[0].transfer.lease_ms, 30000);
	assert_int_equal(w[0].transfer.tp_size, 1);
	conf_unref(&c);
}

static void by_itself_a_worker_is_for_both_and_alone(void **unused)
{
	struct conf *c = good(ONE(""));

	(void)unused;
	assert_int_equal(c->model[0].worker[0].role, CONF_ROLE_BOTH);
	assert_int_equal(c->model[0].worker[0].connector, CONF_CONNECTOR_NONE);
	assert_null(c->model[0].worker[0].transfer.host);
	conf_unref(&c);
}

static void what_each_connector_needs_is_taken(void **unused)
{
	static const char *const pair[] = {
		ONE("connector: nixl") TWO("connector: nixl"),
		ONE("role: prefill, connector: nixl_push, "
		    "transfer: {engine_id: p0, port: 5601, tp_size: 4}")
			TWO("role: decode, connector: nixl_push"),
		ONE("role: prefill, connector: mooncake")
			TWO("role: decode, connector: mooncake"),
		ONE("role: prefill, connector: p2p_nccl, "
		    "transfer: {port: 21001}")
			TWO("role: decode, connector: p2p_nccl, "
			    "transfer: {port: 22001, host: d.example}"),
		ONE("role: prefill, connector: lmcache")
			TWO("role: decode, connector: lmcache, "
			    "transfer: {port: 7300, alloc_port: 7400}"),
		ONE("role: prefill, connector: sglang")
			TWO("role: decode, connector: sglang"),
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(pair); i++) {
		struct conf *c = good(pair[i]);

		conf_unref(&c);
	}
}

static void who_prefills_needs_one_who_decodes(void **unused)
{
	(void)unused;
	bad(ONE("role: prefill, connector: nixl"),
	    "prefill needs a worker of the model that decodes, with "
	    "connector: nixl too");
	bad(ONE("role: prefill, connector: nixl") TWO("role: decode"),
	    "f.yaml:4: models[0].workers[0].role: prefill needs a worker");
	bad(ONE("role: prefill, connector: nixl")
		    TWO("role: decode, connector: mooncake"),
	    "prefill needs a worker");
	bad(ONE("role: prefill, connector: nixl")
		    TWO("role: prefill, connector: nixl"),
	    "prefill needs a worker");
	bad(ONE("role: prefill") TWO(""), "connector: must be written for "
					  "role: prefill");
}

static void who_cannot_prefill_needs_one_who_does(void **unused)
{
	(void)unused;
	bad(ONE("role: decode, connector: sglang"),
	    "decode needs a worker of the model with role: prefill and "
	    "connector: sglang");
	bad(ONE("role: decode, connector: p2p_nccl, transfer: {port: 1}"),
	    "decode needs a worker");
}

static void what_a_connector_cannot_do_without_is_asked_for(void **unused)
{
	static const char *const row[][2] = {
		{ONE("role: prefill, connector: nixl_push")
			 TWO("role: decode, connector: nixl_push"),
		 "workers[0].transfer.engine_id: must be written for "
		 "nixl_push"},
		{ONE("role: prefill, connector: p2p_nccl")
			 TWO("role: decode, connector: p2p_nccl, "
			     "transfer: {port: 1}"),
		 "workers[0].transfer.port: must be written for p2p_nccl"},
		{ONE("role: prefill, connector: lmcache")
			 TWO("role: decode, connector: lmcache, "
			     "transfer: {port: 1}"),
		 "workers[1].transfer.alloc_port: must be written for lmcache"},
		{ONE("connector: sglang") TWO("connector: sglang"),
		 "role: must be prefill or decode for sglang"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		bad(row[i][0], row[i][1]);
}

static void what_is_out_of_bounds_is_refused(void **unused)
{
	(void)unused;
	bad(ONE("role: prefil, connector: nixl") TWO(""), "role");
	bad(ONE("connector: infiniband"), "connector");
	bad(ONE("connector: nixl, transfer: {port: 65536}"), "transfer.port");
	bad(ONE("connector: nixl, transfer: {lease: 1ms}"), "transfer.lease");
	bad(ONE("connector: nixl_push, data_parallel: 4, "
		"transfer: {engine_id: a, port: 65533}"),
	    "the ranks' ports of nixl_push pass 65535");
	bad(ONE("connector: mooncake, transfer: {engine_id: "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaa}"),
	    "is longer than 64 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_needs_no_more_than_roles_for_nixl),
		cmocka_unit_test(by_itself_a_worker_is_for_both_and_alone),
		cmocka_unit_test(what_each_connector_needs_is_taken),
		cmocka_unit_test(who_prefills_needs_one_who_decodes),
		cmocka_unit_test(who_cannot_prefill_needs_one_who_does),
		cmocka_unit_test(
			what_a_connector_cannot_do_without_is_asked_for),
		cmocka_unit_test(what_is_out_of_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
