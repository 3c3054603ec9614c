/* Which form of content a template is to be given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/chat.h"

static bool parts(const char *source, enum chat_dialect dialect,
		  enum chat_compat compat)
{
	struct error err = {0};
	struct template *t;
	enum status status = template_load(slice_of(source), &t, &err);
	if (status != OK)
		print_message("%s\n", err.text);
	assert_int_equal(status, OK);
	enum chat_content c = chat_content_for(t, dialect, compat);
	template_unref(&t);
	return c == CHAT_PARTS;
}

static bool vllm(const char *source)
{
	return parts(source, CHAT_VLLM, CHAT_VLLM_2026_08);
}

#define LOOP(over)   "{% for p in " over " %}{% endfor %}"
#define IN(of, body) "{% for m in " of " %}" body "{% endfor %}"

static void a_loop_over_a_messages_content_wants_parts(void **state)
{
	(void)state;
	assert_true(vllm(IN("messages", LOOP("m.content"))));
	assert_true(vllm(IN("messages", LOOP("m['content']"))));
	assert_true(vllm(IN("messages[1:]", LOOP("m.content | list"))));
	assert_true(vllm("{% set rest = messages[1:] %}{% set r = rest %}" IN(
		"r", LOOP("m.content"))));
	/* The search does not know scopes. */
	assert_true(vllm(LOOP("m.content") IN("messages", "")));
}

static void other_loops_want_strings(void **state)
{
	(void)state;
	assert_false(vllm("{{ messages }}"));
	assert_false(vllm(IN("messages", "{{ m.content }}")));
	assert_false(vllm(IN("messages", LOOP("x.content"))));
	assert_false(vllm(IN("tools", LOOP("m.content"))));
	assert_false(vllm(IN("messages", LOOP("m.parts"))));
	assert_false(vllm(IN("messages", LOOP("m.content.x"))));
	assert_false(vllm(IN("messages + []", LOOP("m.content"))));
	assert_false(vllm(IN("messages", "{% set c = m.content %}" LOOP("c"))));
}

static void a_plain_content_counts_of_late(void **state)
{
	static const char source[] = "{% macro f(content) %}" LOOP(
		"content") "{% endmacro %}";
	(void)state;
	assert_true(vllm(source));
	assert_false(parts(source, CHAT_VLLM, CHAT_VLLM_2026_06));
}

static void an_odd_target_ends_the_search(void **state)
{
	(void)state;
	assert_false(vllm("{% set ns = namespace() %}{% set ns.x = messages "
			  "%}" IN("messages", LOOP("m.content"))));
	assert_false(vllm("{% for a, b in messages %}{% endfor %}" IN(
		"messages", LOOP("m.content"))));
	assert_false(vllm("{% for m in messages %}{% for a, b in m.content %}"
			  "{% endfor %}{% endfor %}"));
}

static void sglang_looks_for_names(void **state)
{
	(void)state;
	assert_true(parts("{# image #}", CHAT_SGLANG, 0));
	assert_true(parts(LOOP("message['content']"), CHAT_SGLANG, 0));
	assert_true(parts(LOOP("msg.content"), CHAT_SGLANG, 0));
	assert_false(parts(IN("messages", LOOP("it.content")), CHAT_SGLANG, 0));
	assert_false(parts(LOOP("content"), CHAT_SGLANG, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_over_a_messages_content_wants_parts),
		cmocka_unit_test(other_loops_want_strings),
		cmocka_unit_test(a_plain_content_counts_of_late),
		cmocka_unit_test(an_odd_target_ends_the_search),
		cmocka_unit_test(sglang_looks_for_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
