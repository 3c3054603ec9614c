#include "tools/sim/leg.h"

#include "tools/sim/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define PARAMS(members) "{\"kv_transfer_params\":{" members "}}"
#define TAKE            "\"do_remote_prefill\":true,\"do_remote_decode\":false,"
#define WHERE                                                                  \
	"\"remote_engine_id\":\"e\",\"remote_host\":\"127.0.0.1\","            \
	"\"remote_port\":5600,"

static struct leg leg;
static struct leg_fault fault;

/* The leg's texts are gone with the body; what is copied stays. */
static struct leg_source source;

static bool read_leg(enum connector connector, uint64_t version,
		     const char *body)
{
	json_t *j = json_loads(body, 0, NULL);
	struct leg_source s = {
		.role = source.role,
		.bidirectional = source.bidirectional,
		.index = source.index,
		.request_id = source.request_id,
		.connector = connector,
		.version = version,
		.body = j,
		.n_prompts = source.n_prompts ? source.n_prompts : 1,
		.own_id = SLICE("chatcmpl-own"),
	};
	bool ok;

	assert_non_null(j);
	ok = leg_read(&s, &leg, &fault);
	json_decref(j);
	return ok;
}

static void refused(enum connector connector, uint64_t version,
		    const char *body, enum complaint_kind kind)
{
	assert_false(read_leg(connector, version, body));
	assert_int_equal(fault.kind, kind);
}

static void a_body_without_parameters_is_a_whole_request(void **state)
{
	(void)state;
	assert_true(read_leg(CONNECTOR_NIXL, 24, "{}"));
	assert_int_equal(leg.side, LEG_WHOLE);
	assert_true(
		read_leg(CONNECTOR_NIXL, 24, "{\"kv_transfer_params\":null}"));
	assert_int_equal(leg.side, LEG_WHOLE);
	assert_true(read_leg(CONNECTOR_NIXL, 24,
			     PARAMS("\"prompt_token_ids\":[1]")));
	assert_int_equal(leg.side, LEG_WHOLE);
}

static void a_prefill_leg_needs_no_more_than_its_flag(void **state)
{
	(void)state;
	assert_true(read_leg(CONNECTOR_NIXL, 24,
			     PARAMS("\"do_remote_decode\":true")));
	assert_int_equal(leg.side, LEG_PREFILL);
	assert_string_equal(leg.key, "");
}

static void a_decode_leg_names_request_and_place(void **state)
{
	(void)state;
	assert_true(
		read_leg(CONNECTOR_NIXL, 24,
			 PARAMS(TAKE WHERE "\"remote_request_id\":\"r\","
					   "\"remote_block_ids\":[[1,2]]")));
	assert_int_equal(leg.side, LEG_DECODE);
	assert_string_equal(leg.key, "r");
	assert_string_equal(leg.prefill.host, "127.0.0.1");
	assert_int_equal(leg.prefill.port, 5600);
}

static void old_releases_know_requests_by_the_shared_id(void **state)
{
	(void)state;
	assert_true(read_leg(CONNECTOR_NIXL, 10,
			     PARAMS(TAKE WHERE "\"remote_block_ids\":[1,2]")));
	assert_string_equal(leg.key, "chatcmpl-own");
	refused(CONNECTOR_NIXL, 13,
		PARAMS(TAKE WHERE "\"remote_block_ids\":[1,2]"),
		COMPLAINT_MISSING);
}

static void blocks_are_grouped_from_some_release_on(void **state)
{
	(void)state;
	refused(CONNECTOR_NIXL, 19,
		PARAMS(TAKE WHERE "\"remote_request_id\":\"r\","
				  "\"remote_block_ids\":[1,2]"),
		COMPLAINT_MISSING);
	refused(CONNECTOR_NIXL, 18,
		PARAMS(TAKE WHERE "\"remote_request_id\":\"r\","
				  "\"remote_block_ids\":[[1,2]]"),
		COMPLAINT_MISSING);
	refused(CONNECTOR_NIXL, 24,
		PARAMS(TAKE WHERE "\"remote_request_id\":\"r\","
				  "\"remote_block_ids\":[[]]"),
		COMPLAINT_MISSING);
	refused(CONNECTOR_NIXL, 24,
		PARAMS(TAKE WHERE "\"remote_request_id\":\"r\","
				  "\"remote_block_ids\":[[[1]]]"),
		COMPLAINT_MISSING);
}

static void a_port_is_a_number_of_two_bytes(void **state)
{
	static const char *const ports[] = {"0",        "65536",  "-1",
					    "\"5600\"", "5600.0", "null"};
	char body[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		snprintf(body, sizeof(body),
			 PARAMS(TAKE "\"remote_engine_id\":\"e\","
				     "\"remote_host\":\"h\","
				     "\"remote_request_id\":\"r\","
				     "\"remote_block_ids\":[[1]],"
				     "\"remote_port\":%s"),
			 ports[i]);
		refused(CONNECTOR_NIXL, 24, body, COMPLAINT_MISSING);
	}
}

static void texts_are_bounded(void **state)
{
	char body[1000], id[LEG_KEY_BYTES + 1];

	(void)state;
	memset(id, 'x', LEG_KEY_BYTES);
	id[LEG_KEY_BYTES] = '\0';
	snprintf(body, sizeof(body),
		 PARAMS(TAKE WHERE "\"remote_request_id\":\"%s\","
				   "\"remote_block_ids\":[[1]]"),
		 id);
	refused(CONNECTOR_NIXL, 24, body, COMPLAINT_MISSING);
}

#define GIVE                                                                   \
	"\"do_remote_decode\":true,\"remote_request_id\":\"r\","               \
	"\"remote_block_ids\":[[1]],"

static void a_prefill_leg_may_go_on_from_a_turns_end(void **state)
{
	(void)state;
	source = (struct leg_source){.bidirectional = true};
	assert_true(read_leg(CONNECTOR_NIXL, 24,
			     PARAMS(GIVE WHERE "\"remote_num_tokens\":40")));
	assert_int_equal(leg.side, LEG_PREFILL);
	assert_int_equal(leg.n_held, 40);
	assert_string_equal(leg.key, "r");
	assert_int_equal(leg.prefill.port, 5600);
	assert_true(read_leg(CONNECTOR_NIXL, 24,
			     PARAMS("\"do_remote_decode\":true,"
				    "\"remote_block_ids\":null")));
	assert_int_equal(leg.n_held, 0);
	refused(CONNECTOR_NIXL, 24,
		PARAMS(GIVE WHERE "\"remote_num_tokens\":0"),
		COMPLAINT_MISSING);
	refused(CONNECTOR_NIXL, 24, PARAMS(GIVE "\"remote_num_tokens\":40"),
		COMPLAINT_MISSING);
	/* Workers that go one way take no notice. */
	source.bidirectional = false;
	assert_true(read_leg(CONNECTOR_NIXL, 24,
			     PARAMS(GIVE "\"remote_num_tokens\":40")));
	assert_int_equal(leg.n_held, 0);
}

#define BOOT "\"remote_bootstrap_addr\":"

static void mooncake_names_engine_and_bootstrap_server(void **state)
{
	(void)state;
	source = (struct leg_source){0};
	assert_true(read_leg(CONNECTOR_MOONCAKE, 24,
			     PARAMS(TAKE BOOT "\"http://[::1]:8998/\","
					      "\"remote_engine_id\":\"e\","
					      "\"transfer_id\":\"x\"")));
	assert_string_equal(leg.key, "x");
	assert_string_equal(leg.prefill.host, "::1");
	assert_int_equal(leg.prefill.port, 8998);
	refused(CONNECTOR_MOONCAKE, 24,
		PARAMS(TAKE BOOT "\"http://h\",\"remote_engine_id\":\"e\","
				 "\"transfer_id\":\"x\""),
		COMPLAINT_MISSING);
	refused(CONNECTOR_MOONCAKE, 24,
		PARAMS(TAKE BOOT "\"http://h:0\",\"remote_engine_id\":\"e\","
				 "\"transfer_id\":\"x\""),
		COMPLAINT_MISSING);
	refused(CONNECTOR_MOONCAKE, 24, PARAMS("\"do_remote_decode\":true"),
		COMPLAINT_MISSING);
}

static void mooncake_serves_no_leg_of_the_other_role(void **state)
{
	static const char prefill[] = PARAMS("\"do_remote_decode\":true,"
					     "\"transfer_id\":\"x\"");

	(void)state;
	source = (struct leg_source){.role = ROLE_DECODE};
	refused(CONNECTOR_MOONCAKE, 24, prefill, COMPLAINT_ROLE);
	source.role = ROLE_PREFILL;
	assert_true(read_leg(CONNECTOR_MOONCAKE, 24, prefill));
	refused(CONNECTOR_MOONCAKE, 24, PARAMS(TAKE "\"transfer_id\":\"x\""),
		COMPLAINT_ROLE);
}

static void pushed_legs_share_an_id(void **state)
{
	static const char take[] = PARAMS(
		TAKE WHERE "\"tp_size\":1,\"remote_request_id\":\"r\"");

	(void)state;
	source = (struct leg_source){.request_id = SLICE("r")};
	assert_true(read_leg(CONNECTOR_NIXL_PUSH, 24, take));
	assert_string_equal(leg.key, "r");
	assert_int_equal(leg.prefill.port, 5600);
	source.request_id = SLICE("s");
	refused(CONNECTOR_NIXL_PUSH, 24, take, COMPLAINT_MISSING);
	source.request_id.n = 0;
	refused(CONNECTOR_NIXL_PUSH, 24, take, COMPLAINT_MISSING);
	refused(CONNECTOR_NIXL_PUSH, 24, PARAMS("\"do_remote_decode\":true"),
		COMPLAINT_MISSING);
}

static void nccl_addresses_stand_in_the_id(void **state)
{
	static const char *const bad[] = {
		"",
		"r",
		"___prefill_addr_h:1",
		"___decode_addr_h:1_f",
		"___prefill_addr_h:1___decode_addr_h_f",
		"___prefill_addr_:1___decode_addr_h:2_f",
		"___prefill_addr_h:1___decode_addr_h:2",
		"___prefill_addr_h:99999___decode_addr_h:2_f",
	};

	(void)state;
	source = (struct leg_source){
		.role = ROLE_DECODE,
		.request_id = SLICE("___prefill_addr_10.0.0.1:1234___decode_"
				    "addr_10.0.0.2:5678_ff"),
	};
	assert_true(read_leg(CONNECTOR_P2P_NCCL, 10, "{}"));
	assert_int_equal(leg.side, LEG_DECODE);
	assert_string_equal(leg.prefill.host, "10.0.0.1");
	assert_int_equal(leg.prefill.port, 1234);
	assert_string_equal(leg.decode.host, "10.0.0.2");
	assert_int_equal(leg.decode.port, 5678);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		source.request_id = slice_of(bad[i]);
		refused(CONNECTOR_P2P_NCCL, 10, "{}", COMPLAINT_MISSING);
	}
}

#define SPEC(members)                                                          \
	PARAMS("\"disagg_spec\":{\"req_id\":\"r\",\"receiver_host\":"          \
	       "\"h\"," members "}")

static void lmcache_names_the_receivers_ports(void **state)
{
	static const char *const bad[] = {
		PARAMS("\"disagg_spec\":1"),
		SPEC("\"receiver_init_port\":[1]"),
		SPEC("\"receiver_init_port\":1,\"receiver_alloc_port\":2"),
		SPEC("\"receiver_init_port\":[],\"receiver_alloc_port\":[2]"),
		SPEC("\"receiver_init_port\":[1,2],"
		     "\"receiver_alloc_port\":[3,4]"),
	};

	(void)state;
	source = (struct leg_source){0};
	assert_true(read_leg(CONNECTOR_LMCACHE, 24,
			     SPEC("\"receiver_init_port\":[1],"
				  "\"receiver_alloc_port\":[2]")));
	assert_int_equal(leg.side, LEG_PREFILL);
	assert_string_equal(leg.decode.host, "h");
	assert_int_equal(leg.decode.port, 1);
	assert_int_equal(leg.alloc_port, 2);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refused(CONNECTOR_LMCACHE, 24, bad[i], COMPLAINT_MISSING);
	assert_true(read_leg(CONNECTOR_LMCACHE, 24,
			     PARAMS("\"ret_first_tok\":true")));
	assert_int_equal(leg.side, LEG_WHOLE);
}

#define ROOM(host, port, room)                                                 \
	"{\"bootstrap_host\":" host ",\"bootstrap_port\":" port                \
	",\"bootstrap_room\":" room "}"

static void sglang_legs_meet_in_a_room(void **state)
{
	(void)state;
	source = (struct leg_source){.role = ROLE_PREFILL};
	assert_true(read_leg(CONNECTOR_SGLANG, 0,
			     ROOM("\"h\"", "null", "9223372036854775807")));
	assert_int_equal(leg.side, LEG_PREFILL);
	assert_string_equal(leg.key, "9223372036854775807");
	assert_int_equal(leg.prefill.port, 8998);
	assert_int_equal(leg.rank, -1);
	source = (struct leg_source){
		.role = ROLE_DECODE, .index = 1, .n_prompts = 2};
	assert_true(read_leg(CONNECTOR_SGLANG, 0,
			     ROOM("[\"h\",\"i\"]", "[1,2]", "[3,4]")));
	assert_int_equal(leg.side, LEG_DECODE);
	assert_string_equal(leg.key, "4");
	assert_string_equal(leg.prefill.host, "i");
	assert_int_equal(leg.prefill.port, 2);
}

static void sglang_refuses_what_has_no_room(void **state)
{
	static const char *const bad[] = {
		"{}",
		ROOM("\"h\"", "1", "null"),
		ROOM("\"h\"", "1", "-1"),
		ROOM("\"h\"", "1", "\"1\""),
		ROOM("\"h\"", "1", "[1]"),
		ROOM("\"h\"", "1", "1.5"),
	};

	(void)state;
	source = (struct leg_source){.role = ROLE_DECODE};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		refused(CONNECTOR_SGLANG, 0, bad[i], COMPLAINT_MISSING);
		assert_true(fault.is_refused);
	}
	refused(CONNECTOR_SGLANG, 0, ROOM("\"h\"", "0", "1"),
		COMPLAINT_MISSING);
	assert_false(fault.is_refused);
	source.n_prompts = 2;
	refused(CONNECTOR_SGLANG, 0, ROOM("\"h\"", "1", "[1]"),
		COMPLAINT_MISSING);
	source = (struct leg_source){.role = ROLE_BOTH};
	assert_true(read_leg(CONNECTOR_SGLANG, 0, "{}"));
	assert_int_equal(leg.side, LEG_WHOLE);
}

static void without_a_connector_there_are_no_legs(void **state)
{
	(void)state;
	refused(CONNECTOR_NONE, 24, PARAMS("\"do_remote_decode\":true"),
		COMPLAINT_CONNECTOR);
	assert_int_equal(leg.side, LEG_WHOLE);
	refused(CONNECTOR_NONE, 24, "{\"bootstrap_room\":1}",
		COMPLAINT_CONNECTOR);
	assert_true(read_leg(CONNECTOR_NONE, 24,
			     PARAMS("\"remote_kv_source\":{}")));
}

static void a_prefill_leg_wants_one_token(void **state)
{
	size_t one[] = {1}, two[] = {2};
	struct ask a = {.n = 1,
			.n_prompts = source.n_prompts ? source.n_prompts : 1,
			.n_output = one};

	(void)state;
	assert_true(leg_check_prefill(&a, &fault));
	a.n_output = two;
	assert_false(leg_check_prefill(&a, &fault));
	a.n_output = one;
	a.stream = true;
	assert_false(leg_check_prefill(&a, &fault));
	a.stream = false;
	a.n = 2;
	assert_false(leg_check_prefill(&a, &fault));
}

static uint64_t print_of(const char *params)
{
	json_t *j = json_loads(params, 0, NULL);
	uint64_t print = leg_params_print(j);

	json_decref(j);
	return print;
}

static void a_print_sees_every_change_but_the_order(void **state)
{
	uint64_t print = print_of("{\"a\":1,\"b\":[2]}");

	(void)state;
	assert_true(print == print_of("{\"b\":[2],\"a\":1}"));
	assert_true(print == print_of("{\"b\":[2],\"a\":1,"
				      "\"remote_kv_source\":{}}"));
	assert_true(print != print_of("{\"a\":1.0,\"b\":[2]}"));
	assert_true(print != print_of("{\"a\":1,\"b\":[2,3]}"));
	assert_true(print != print_of("{\"a\":1}"));
}

static void what_one_side_tells_the_other_understands(void **state)
{
	static const uint64_t version[] = {10, 13, 14, 19, 21, 24, 26, 27};
	static const uint32_t block[] = {4, 7};
	struct buf b, body;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(version); i++) {
		struct params_offer o = {
			false,
			version[i],
			SLICE("chatcmpl-own"),
			SLICE("e\"1"),
			SLICE("::1"),
			7,
			block,
			2,
			30,
		};

		buf_init(&b);
		buf_init(&body);
		params_put(&o, &b);
		buf_printf(&body, "{\"kv_transfer_params\":%.*s}",
			   SLICE_ARG(buf_slice(&b)));
		buf_putc(&body, '\0');
		assert_true(read_leg(CONNECTOR_NIXL, version[i],
				     buf_slice(&body).p));
		assert_string_equal(leg.key, "chatcmpl-own");
		assert_string_equal(leg.prefill.host, "::1");
		buf_fini(&body);
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_without_parameters_is_a_whole_request),
		cmocka_unit_test(a_prefill_leg_needs_no_more_than_its_flag),
		cmocka_unit_test(a_decode_leg_names_request_and_place),
		cmocka_unit_test(old_releases_know_requests_by_the_shared_id),
		cmocka_unit_test(blocks_are_grouped_from_some_release_on),
		cmocka_unit_test(a_port_is_a_number_of_two_bytes),
		cmocka_unit_test(texts_are_bounded),
		cmocka_unit_test(without_a_connector_there_are_no_legs),
		cmocka_unit_test(a_prefill_leg_wants_one_token),
		cmocka_unit_test(a_print_sees_every_change_but_the_order),
		cmocka_unit_test(what_one_side_tells_the_other_understands),
		cmocka_unit_test(mooncake_names_engine_and_bootstrap_server),
		cmocka_unit_test(mooncake_serves_no_leg_of_the_other_role),
		cmocka_unit_test(pushed_legs_share_an_id),
		cmocka_unit_test(nccl_addresses_stand_in_the_id),
		cmocka_unit_test(sglang_legs_meet_in_a_room),
		cmocka_unit_test(sglang_refuses_what_has_no_room),
		cmocka_unit_test(lmcache_names_the_receivers_ports),
		cmocka_unit_test(a_prefill_leg_may_go_on_from_a_turns_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
