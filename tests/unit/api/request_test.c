#include "router/api/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct api_limits limits = {
	.max_depth = 16,
	.max_members = 40,
	.max_prompts = 4,
	.max_prompt_tokens = 100,
	.max_messages = 100,
	.max_number_bytes = 30,
	.max_n = 8,
	.max_tokens = 4000,
};

static struct arena arena;
static struct api_request r;
static struct api_error err;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* From an exact copy, which lives in the arena. */
static enum status parse(enum api_kind kind, const char *body)
{
	struct slice text = slice_of(body);
	char *copy = malloc(text.n ? text.n : 1);
	memcpy(copy, text.p, text.n);
	enum status st = api_request_parse(kind, (struct slice){copy, text.n},
					   &limits, NULL, &arena, &r, &err);
	free(copy);
	/* Again with memory that stays, for those that look at spans. */
	enum status again = api_request_parse(kind, text, &limits, NULL, &arena,
					      &r, &err);
	assert_int_equal(st, again);
	return st;
}

static void taken(enum api_kind kind, const char *body)
{
	if (parse(kind, body) != OK)
		fail_msg("%s: %s", body, err.message);
}

static void refused(enum api_kind kind, const char *body, const char *param)
{
	if (parse(kind, body) == OK)
		fail_msg("taken: %s", body);
	assert_int_equal(err.status, 400);
	assert_true(err.message[0] != '\0');
	if (param && (!err.param || strcmp(err.param, param) != 0))
		fail_msg("%s: blames %s", body, err.param ? err.param : "-");
}

static void sent(const char *want)
{
	struct buf b;
	buf_init(&b);
	splice_append(&r.body, &b);
	if (!slice_equal(buf_slice(&b), slice_of(want)))
		fail_msg("sends %.*s, not %s", SLICE_ARG(buf_slice(&b)), want);
	buf_fini(&b);
}

static void is(struct slice got, const char *want)
{
	if (!slice_equal(got, slice_of(want)))
		fail_msg("%.*s, not %s", SLICE_ARG(got), want);
}

static void a_chat_is_read(void **state)
{
	(void)state;
	const char *body =
		"{\"model\":\"a\\/b\",\"messages\":[{\"role\":\"user\"}],"
		"\"stream\":true,\"stream_options\":{\"include_usage\":true},"
		"\"tools\":[{}],\"tool_choice\":\"auto\",\"user\":\"u\","
		"\"chat_template_kwargs\":{\"x\":1},\"n\":2,\"best_of\":3,"
		"\"add_generation_prompt\":false,\"priority\":-1,"
		"\"continue_final_message\":true,\"max_tokens\":7,"
		"\"session_id\":\"s\",\"temperature\":0.1}";
	taken(API_CHAT, body);
	is(r.model, "a/b");
	is(r.messages, "[{\"role\":\"user\"}]");
	assert_true(r.stream);
	assert_int_equal(r.include_usage, API_TRUE);
	is(r.tools, "[{}]");
	is(r.tool_choice, "\"auto\"");
	is(r.chat_template_kwargs, "{\"x\":1}");
	assert_int_equal(r.add_generation_prompt, API_FALSE);
	assert_int_equal(r.continue_final_message, API_TRUE);
	assert_int_equal(r.add_special_tokens, API_UNSET);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.best_of, 3);
	assert_int_equal(r.max_tokens, 7);
	assert_true(r.has_priority);
	assert_int_equal(r.priority, -1);
	is(r.user, "u");
	is(r.session, "s");
	assert_int_equal(r.prompt_kind, API_NO_PROMPT);
	assert_int_equal(r.n_removed, 0);
	assert_false(splice_changed(&r.body));
	sent(body);
}

static void null_is_absent(void **state)
{
	(void)state;
	taken(API_COMPLETION,
	      "{\"model\":null,\"stream\":null,\"prompt\":null,\"n\":null,"
	      "\"stream_options\":null,\"tools\":null,\"user\":null,"
	      "\"max_tokens\":null,\"priority\":null}");
	assert_int_equal(r.model.n, 0);
	assert_false(r.stream);
	assert_int_equal(r.include_usage, API_UNSET);
	assert_int_equal(r.prompt_kind, API_NO_PROMPT);
	assert_int_equal(r.tools.n, 0);
	assert_int_equal(r.n, -1);
	assert_int_equal(r.max_tokens, -1);
	assert_false(r.has_priority);
}

static void the_newer_name_of_max_tokens_wins(void **state)
{
	(void)state;
	taken(API_PASS, "{\"max_completion_tokens\":5,\"max_tokens\":9}");
	assert_int_equal(r.max_tokens, 5);
	taken(API_PASS, "{\"max_completion_tokens\":null,\"max_tokens\":9}");
	assert_int_equal(r.max_tokens, 9);
}

static void prompts_come_in_four_shapes(void **state)
{
	(void)state;
	taken(API_COMPLETION, "{\"prompt\":\"a\\nb\"}");
	assert_int_equal(r.prompt_kind, API_PROMPT_TEXT);
	assert_int_equal(r.n_prompts, 1);
	is(r.text[0], "a\nb");
	taken(API_COMPLETION, "{\"prompt\":[\"a\",\"\\u0062\",\"\"]}");
	assert_int_equal(r.prompt_kind, API_PROMPT_TEXT);
	assert_int_equal(r.n_prompts, 3);
	is(r.text[1], "b");
	is(r.text[2], "");
	taken(API_COMPLETION, "{\"prompt\":[1, 2,2147483647]}");
	assert_int_equal(r.prompt_kind, API_PROMPT_TOKENS);
	assert_int_equal(r.n_prompts, 1);
	assert_int_equal(r.tokens[0].n, 3);
	assert_int_equal(r.tokens[0].id[2], 2147483647);
	taken(API_COMPLETION, "{\"prompt\":[[1],[2,3]]}");
	assert_int_equal(r.prompt_kind, API_PROMPT_TOKENS);
	assert_int_equal(r.n_prompts, 2);
	assert_int_equal(r.tokens[1].n, 2);
	assert_int_equal(r.tokens[1].id[1], 3);
}

static void other_prompts_are_refused(void **state)
{
	(void)state;
	const char *no[] = {
		"{\"prompt\":1}",
		"{\"prompt\":{}}",
		"{\"prompt\":true}",
		"{\"prompt\":[]}",
		"{\"prompt\":[null]}",
		"{\"prompt\":[\"a\",1]}",
		"{\"prompt\":[1,\"a\"]}",
		"{\"prompt\":[[1],2]}",
		"{\"prompt\":[[1],\"a\"]}",
		"{\"prompt\":[[]]}",
		"{\"prompt\":[[1],[]]}",
		"{\"prompt\":[[[1]]]}",
		"{\"prompt\":[[\"a\"]]}",
		"{\"prompt\":[1.5]}",
		"{\"prompt\":[-1]}",
		"{\"prompt\":[1e3]}",
		"{\"prompt\":[2147483648]}",
		"{\"prompt\":[99999999999999999999999]}",
		"{\"prompt\":[{}]}",
		"{\"prompt\":[true]}",
		"{\"prompt\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
		"{\"prompt\":[[1],[1],[1],[1],[1]]}",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(API_COMPLETION, no[i], "prompt");
	taken(API_COMPLETION, "{\"prompt\":[\"a\",\"b\",\"c\",\"d\"]}");
	taken(API_PASS, "{\"prompt\":{\"id\":\"template\"}}");
}

static void prompt_tokens_are_bounded(void **state)
{
	(void)state;
	struct buf b;
	for (int n = 100; n <= 101; n++) {
		buf_init(&b);
		buf_puts(&b, "{\"prompt\":[");
		for (int i = 0; i < n; i++)
			buf_printf(&b, "%s%d", i ? "," : "", i);
		buf_puts(&b, "]}");
		buf_putc(&b, '\0');
		if (n == 100) {
			taken(API_COMPLETION, buf_slice(&b).p);
			for (int i = 0; i < n; i++)
				assert_int_equal(r.tokens[0].id[i], i);
		} else {
			refused(API_COMPLETION, buf_slice(&b).p, "prompt");
			assert_string_equal(err.code,
					    "context_length_exceeded");
		}
		buf_fini(&b);
	}
}

static void what_only_the_gateway_may_say_is_removed(void **state)
{
	(void)state;
	const char *names[] = {
		"kv_transfer_params",
		"ec_transfer_params",
		"bootstrap_host",
		"bootstrap_port",
		"bootstrap_room",
		"routed_dp_rank",
		"disagg_prefill_dp_rank",
		"data_parallel_rank",
		"remote_host",
		"remote_block_ids",
		"remote_",
		"do_remote_prefill",
		"cache_salt",
		"extra_key",
		"request_id",
		"rid",
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct buf b;
		buf_init(&b);
		buf_printf(&b,
			   "{\"%s\":{\"remote_host\":\"10.0.0.1\"},"
			   "\"model\":\"m\",\"\\u00%02x%s\":1,\"%s\":[]}%c",
			   names[i], (unsigned char)names[i][0], names[i] + 1,
			   names[i], '\0');
		taken(API_PASS, buf_slice(&b).p);
		assert_int_equal(r.n_removed, 3);
		sent("{\"model\":\"m\"}");
		buf_fini(&b);
	}
}

static void names_that_only_look_alike_stay(void **state)
{
	(void)state;
	const char *body = "{\"kv_transfer_param\":1,\"Kv_transfer_params\":1,"
			   "\"kv_transfer_params \":1,\"a\":"
			   "{\"kv_transfer_params\":1},"
			   "\"b\":\"kv_transfer_params\",\"\":0,"
			   "\"kv_transfer_params\\u0000\":1,\"ridge\":1}";
	taken(API_PASS, body);
	assert_int_equal(r.n_removed, 0);
	sent(body);
}

static void smuggled_members_are_removed(void **state)
{
	(void)state;
	taken(API_PASS,
	      "{\"vllm_xargs\":{\"a\":1,\"kv_transfer_\\u0070arams\":\"x\","
	      "\"b\":2},\"model\":\"m\"}");
	sent("{\"vllm_xargs\":{\"a\":1,\"b\":2},\"model\":\"m\"}");
	assert_int_equal(r.n_removed, 1);
	taken(API_PASS, "{\"sampling_params\":{\"extra_args\":{"
			"\"ec_transfer_params\":{}},\"n\":1}}");
	sent("{\"sampling_params\":{\"extra_args\":{},\"n\":1}}");
	taken(API_PASS, "{\"vllm_xargs\":{\"session_id\":\"s\"}}");
	assert_false(splice_changed(&r.body));
	taken(API_PASS, "{\"vllm_xargs\":null,\"extra_args\":[1]}");
	assert_false(splice_changed(&r.body));
	refused(API_PASS,
		"{\"extra_args\":{\"extra_args\":{\"extra_args\":{"
		"\"extra_args\":{\"extra_args\":{\"rid\":1}}}}}}",
		NULL);
}

static void a_salt_is_told_and_removed(void **state)
{
	(void)state;
	taken(API_PASS, "{\"cache_salt\":\"s\\u0061lt\"}");
	is(r.salt, "salt");
	sent("{}");
	taken(API_PASS, "{\"cache_salt\":7}");
	assert_int_equal(r.salt.n, 0);
	sent("{}");
}

/* Each is known, whatever the others are called. */
static void every_member_that_is_read_is_known(void **state)
{
	(void)state;
	static const char *const names[] = {
		"model",
		"messages",
		"stream",
		"stream_options",
		"prompt",
		"tools",
		"tool_choice",
		"documents",
		"chat_template",
		"chat_template_kwargs",
		"response_format",
		"reasoning_effort",
		"mm_processor_kwargs",
		"truncate_prompt_tokens",
		"add_generation_prompt",
		"continue_final_message",
		"add_special_tokens",
		"user",
		"session_id",
		"n",
		"best_of",
		"priority",
		"max_tokens",
		"max_completion_tokens",
		"max_output_tokens",
	};
	char body[128];
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(body, sizeof(body), "{\"%s\":null,\"%s\":null}",
			 names[i], names[i]);
		refused(API_PASS, body, names[i]);
	}
}

static void a_member_that_is_read_may_not_be_repeated(void **state)
{
	(void)state;
	refused(API_PASS, "{\"model\":\"a\",\"model\":\"b\"}", "model");
	refused(API_PASS, "{\"model\":\"a\",\"mode\\u006c\":\"b\"}", "model");
	refused(API_PASS, "{\"model\":null,\"model\":\"b\"}", "model");
	refused(API_CHAT, "{\"messages\":[],\"messages\":[]}", "messages");
	refused(API_COMPLETION, "{\"prompt\":\"a\",\"prompt\":\"b\"}",
		"prompt");
	refused(API_PASS, "{\"stream\":true,\"stream\":false}", "stream");
	refused(API_PASS, "{\"n\":1,\"\\u006e\":100}", "n");
	taken(API_PASS, "{\"other\":1,\"other\":2}");
}

static void members_of_a_wrong_type_are_refused(void **state)
{
	(void)state;
	refused(API_PASS, "{\"model\":1}", "model");
	refused(API_PASS, "{\"model\":[\"a\"]}", "model");
	refused(API_PASS, "{\"stream\":\"true\"}", "stream");
	refused(API_PASS, "{\"stream\":1}", "stream");
	refused(API_PASS, "{\"stream_options\":true}", "stream_options");
	refused(API_PASS, "{\"stream_options\":{\"include_usage\":1}}",
		"stream_options");
	refused(API_PASS, "{\"n\":\"100\"}", "n");
	refused(API_PASS, "{\"n\":1.5}", "n");
	refused(API_PASS, "{\"max_tokens\":99999999999999999999}",
		"max_tokens");
	refused(API_PASS, "{\"user\":{}}", "user");
	refused(API_PASS, "{\"add_special_tokens\":\"no\"}",
		"add_special_tokens");
	refused(API_CHAT, "{\"messages\":\"hi\"}", "messages");
	refused(API_CHAT, "{\"messages\":null}", "messages");
	refused(API_CHAT, "{}", "messages");
	taken(API_PASS, "{\"messages\":\"hi\"}");
}

static void what_is_no_object_is_refused(void **state)
{
	(void)state;
	const char *no[] = {
		"",
		" ",
		"null",
		"[]",
		"\"{}\"",
		"{",
		"{}{}",
		"{\"a\":1,}",
		"{\"a\":01}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\\ud800\"}",
		"\xef\xbb\xbf{}",
		"{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
		"{\"model\":\"a\",\"b\":tru}",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(API_PASS, no[i], NULL);
}

static void what_may_be_asked_for_is_bounded(void **state)
{
	(void)state;
	taken(API_COMPLETION, "{\"n\":8,\"best_of\":8,\"max_tokens\":4000}");
	refused(API_COMPLETION, "{\"n\":9}", "n");
	refused(API_COMPLETION, "{\"n\":9223372036854775807}", "n");
	refused(API_COMPLETION, "{\"best_of\":9}", "best_of");
	taken(API_COMPLETION, "{\"prompt\":[\"a\",\"b\"],\"n\":4}");
	taken(API_COMPLETION, "{\"n\":4,\"prompt\":[[1],[2]]}");
	refused(API_COMPLETION, "{\"prompt\":[\"a\",\"b\",\"c\"],\"n\":3}",
		"n");
	refused(API_COMPLETION, "{\"best_of\":5,\"prompt\":[[1],[2]]}", "n");
	refused(API_CHAT, "{\"messages\":[],\"n\":9}", "n");
	refused(API_PASS, "{\"\\u006e\":9}", "n");
	refused(API_PASS, "{\"max_tokens\":4001}", "max_tokens");
	refused(API_PASS, "{\"max_completion_tokens\":4001}",
		"max_completion_tokens");
	refused(API_PASS, "{\"max_tokens\":4001,\"max_completion_tokens\":1}",
		"max_tokens");
	refused(API_PASS, "{\"max_output_tokens\":4001}", "max_output_tokens");
	refused(API_PASS, "{\"sampling_params\":{\"n\":9}}", NULL);
	refused(API_PASS, "{\"a\":1234567890123456789012345678901}", NULL);
	taken(API_PASS, "{\"a\":123456789012345678901234567890}");
}

static void members_are_bounded(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	buf_putc(&b, '{');
	for (int i = 0; i < 41; i++)
		buf_printf(&b, "%s\"k\":%d", i ? "," : "", i);
	buf_puts(&b, "}");
	buf_putc(&b, '\0');
	refused(API_PASS, buf_slice(&b).p, NULL);
	buf_fini(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_chat_is_read),
		TEST(null_is_absent),
		TEST(the_newer_name_of_max_tokens_wins),
		TEST(prompts_come_in_four_shapes),
		TEST(other_prompts_are_refused),
		TEST(prompt_tokens_are_bounded),
		TEST(what_only_the_gateway_may_say_is_removed),
		TEST(names_that_only_look_alike_stay),
		TEST(smuggled_members_are_removed),
		TEST(a_salt_is_told_and_removed),
		TEST(every_member_that_is_read_is_known),
		TEST(a_member_that_is_read_may_not_be_repeated),
		TEST(members_of_a_wrong_type_are_refused),
		TEST(what_is_no_object_is_refused),
		TEST(what_may_be_asked_for_is_bounded),
		TEST(members_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
