/* A plain message is what the long way makes of it, and what is not plain
 * is left to that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

#include "common/template/chat_message.h"
#include "common/template/chat_plain.h"
#include "common/template/chat_variables.h"
#include "common/template/frozen.h"

#define BILL "x-anthropic-billing-header: 7"

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void check_same(struct value a, struct value b)
{
	assert_int_equal(a.type, b.type);
	assert_int_equal(a.n, b.n);
	if (a.type == VALUE_STRING)
		assert_true(slice_equal(value_slice(a), value_slice(b)));
	for (uint32_t i = 0; a.type == VALUE_LIST && i < a.n; i++)
		check_same(a.item[i], b.item[i]);
	if (a.type != VALUE_DICT)
		return;
	assert_int_equal(a.dict->n, b.dict->n);
	for (uint32_t i = 0; i < a.dict->n; i++) {
		check_same(a.dict->entry[i].key, b.dict->entry[i].key);
		check_same(a.dict->entry[i].value, b.dict->entry[i].value);
	}
}

static void check_plain(const char *raw, const struct chat_rules *rules)
{
	struct error err;
	struct chat_shape s = {.rules = *rules, .arena = &arena, .err = &err};
	struct value given, list;
	struct frozen *frozen;
	struct chat_plain plain;
	struct slice text;

	assert_true(chat_plain_read(slice_of(raw), rules, &arena, &plain));
	assert_int_equal(chat_read(slice_of(raw), "it", &arena, &given, &err),
			 OK);
	assert_int_equal(
		chat_messages(&s, value_items(VALUE_LIST, &given, 1), &list),
		OK);
	check_same(chat_plain_value(&plain, &arena), list.item[0]);
	frozen = frozen_plain(&plain, &text);
	check_same(frozen_value(frozen), list.item[0]);
	assert_true(slice_equal(text, plain.text));
	frozen_unref(&frozen);
}

static void a_role_and_a_text_are_plain(void **state)
{
	static const char *const raw[] = {
		"{\"role\":\"user\",\"content\":\"hello\"}",
		"{\"role\":\"user\",\"content\":\"\"}",
		"{\"role\": \"user\", \"content\": \"hello\"}",
		"{\"role\": \"user\",\"content\": \"hello\"}",
		"{\"role\":\"user\",\"content\":\"hello\"} ",
		"{\"role\":\"user\",\"content\":\"a\\\"b\\\\\"}",
		"{\"role\":\"user\",\"content\":\"h\xc3\xa9llo\"}",
		" { \"content\" : \"a\\nb\\u00e9\" , \"role\" : \"user\" } ",
		"{\"role\":\"assistant\",\"content\":\"<think>a</think>b\"}",
		"{\"role\":\"system\",\"content\":\"be brief\"}",
		"{\"role\":\"tool\",\"content\":\"found\"}",
		"{\"role\":\"tool\",\"content\":\"\"}",
		"{\"role\":\"another\",\"content\":\"word\"}",
		"{\"r\\u006fle\":\"us\\u0065r\",\"content\":\"hello\"}",
		"{\"role\":\"user\",\"content\":\"" BILL "\"}",
	};

	static const struct chat_rules rules[] = {
		{.content = CHAT_STRING},
		{.content = CHAT_PARTS},
		{.content = CHAT_STRING, .compat = CHAT_VLLM_2026_06},
		{.content = CHAT_PARTS, .compat = CHAT_VLLM_2026_06},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(raw); i++)
		for (size_t k = 0; k < ARRAY_LEN(rules); k++)
			check_plain(raw[i], &rules[k]);
}

static void refuse(const char *raw, const struct chat_rules *rules)
{
	struct chat_plain p = {.role = SLICE("as it was")};

	assert_false(chat_plain_read(slice_of(raw), rules, &arena, &p));
	assert_true(slice_equal(p.role, SLICE("as it was")));
}

static void what_has_more_to_it_is_not_plain(void **state)
{
	static const char *const raw[] = {
		"",
		"[]",
		"{}",
		"\"user\"",
		"{\"role\":\"user\"}",
		"{\"content\":\"hello\"}",
		"{\"role\":\"user\",\"content\":null}",
		"{\"role\":\"user\",\"content\":[\"a\"]}",
		"{\"role\":3,\"content\":\"a\"}",
		"{\"role\":\"user\",\"content\":\"a\",\"name\":\"b\"}",
		"{\"role\":\"user\",\"content\":\"a\"",
		"{\"role\":\"user\",\"content\":\"a\"}}",
		"{\"role\":\"user\",\"content\":\"a",
		"{\"role\":\"user\",\"content\":\"a\nb\"}",
		"{\"role\":\"user\",\"content\":\"a\xc3\"}",
		"{\"role\":\"us",
		"{\"role\":\"user\",\"content\":\"a\",\"content\":\"b\"}",
		"{\"role\":\"user\",\"role\":\"user\",\"content\":\"b\"}",
		"{\"role\":\"developer\",\"content\":\"a\"}",
		"{\"role\":\"user\",\"content\":\"a\"",
		"{\"role\":\"user\",\"content\":\"a\"},",
		"{\"role\":\"user\",\"content\":\"\\ud800\"}",
	};
	const struct chat_rules rules = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(raw); i++)
		refuse(raw[i], &rules);
}

static void a_bill_is_dropped_the_long_way(void **state)
{
	static const char raw[] = "{\"role\":\"system\",\"content\":\"" BILL
				  "\\nbe brief\"}";
	struct chat_rules rules = {0};

	(void)state;
	refuse(raw, &rules);
	rules.compat = CHAT_VLLM_2026_06;
	check_plain(raw, &rules);
}

static void another_engine_has_its_own_shape(void **state)
{
	(void)state;
	refuse("{\"role\":\"user\",\"content\":\"hello\"}",
	       &(struct chat_rules){.dialect = CHAT_SGLANG});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_and_a_text_are_plain),
		cmocka_unit_test(what_has_more_to_it_is_not_plain),
		cmocka_unit_test(a_bill_is_dropped_the_long_way),
		cmocka_unit_test(another_engine_has_its_own_shape),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
