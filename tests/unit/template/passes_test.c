/* What is taken over from the last rendering is what rendering all anew
 * gives: for templates written to make it hard, and for every published one
 * of the test data, which is left out, loudly, without it. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/template/chat.h"
#include "common/template/from_json.h"
#include "common/template/frozen.h"
#include "common/template/passes.h"

#define MOST  60 /* several blocks of passes */
#define STEPS 40

static struct rng rng;
static struct frozen *message[MOST];
static size_t n_messages;
static struct passes passes;
static struct buf old, fresh, whole;
static size_t n_same, n_rendered;

static void drop(size_t kept)
{
	while (n_messages > kept)
		frozen_unref(&message[--n_messages]);
}

/* Roles follow no rule, so that templates refuse some, too. */
static void add_message(void)
{
	static const char *const json[] = {
		"{\"role\":\"user\",\"content\":\"q%llu\"}",
		"{\"role\":\"user\",\"content\":\" <tool_response>%llu"
		"</tool_response>\"}",
		"{\"role\":\"assistant\",\"content\":\"a%llu\"}",
		"{\"role\":\"assistant\",\"content\":\"<think>t</think>%llu\"}",
		"{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"r\","
		"\"reasoning_content\":\"r%llu\"}",
		"{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{"
		"\"id\":\"123456789\",\"type\":\"function\",\"function\":{"
		"\"arguments\":{\"x\":%llu},\"name\":\"f\"}}]}",
		"{\"role\":\"tool\",\"content\":\"found %llu\","
		"\"tool_call_id\":\"123456789\",\"name\":\"f\"}",
		"{\"role\":\"system\",\"content\":\"now %llu\"}",
	};
	static const uint8_t usual[] = {0, 2, 0, 5, 6, 2, 0, 4, 0, 3, 1, 2};
	size_t kind = rng_below(&rng, 12) ? usual[n_messages % sizeof(usual)]
					  : rng_below(&rng, ARRAY_LEN(json));
	struct arena arena;
	struct value v;
	char text[256];
	if (n_messages == 0 && rng_below(&rng, 2))
		kind = 7;
	snprintf(text, sizeof(text), json[kind],
		 (unsigned long long)rng_below(&rng, 100));
	arena_init(&arena);
	assert_int_equal(value_from_json(slice_of(text), 16, &arena, &v), OK);
	message[n_messages++] = frozen_create(v);
	arena_fini(&arena);
}

static enum status render(const struct template *t, struct passes *p,
			  const struct value *item, struct buf *out)
{
	struct template_limits limits = template_default_limits();
	static const struct tm now = {.tm_year = 125, .tm_mday = 3};
	struct chat_request r = {
		.parsed = item,
		.n_parsed = n_messages,
		.passes = p,
		.add_generation_prompt = true,
		.kwargs = SLICE("{\"enable_thinking\":false}"),
		.tools = SLICE("[{\"type\":\"function\",\"function\":{"
			       "\"name\":\"f\"}}]"),
		.now = &now,
	};
	struct arena arena;
	struct error err;
	arena_init(&arena);
	buf_reset(out, SIZE_MAX);
	enum status status = chat_render(t, &r, &limits, &arena, out, &err);
	arena_fini(&arena);
	return status;
}

/* One more rendering, of which the first `kept` messages stay. */
static void step(const struct template *t, size_t kept)
{
	struct value item[MOST];
	for (size_t i = 0; i < n_messages; i++)
		item[i] = frozen_value(message[i]);
	passes_begin(&passes, buf_slice(&old), item, n_messages, kept);
	enum status status = render(t, &passes, item, &fresh);
	assert_int_equal(status, render(t, NULL, item, &whole));
	if (status != OK) {
		passes_forget(&passes);
		buf_reset(&old, SIZE_MAX);
		return;
	}
	n_same += passes.same;
	n_rendered += buf_len(&whole);
	old.end = old.start + passes.same;
	buf_append(&old, buf_slice(&fresh));
	if (!slice_equal(buf_slice(&old), buf_slice(&whole)))
		print_message("want: %.*s\n got: %.*s\n",
			      SLICE_ARG(buf_slice(&whole)),
			      SLICE_ARG(buf_slice(&old)));
	assert_true(slice_equal(buf_slice(&old), buf_slice(&whole)));
}

static void talk(const struct template *t, uint64_t seed)
{
	rng_seed(&rng, seed);
	for (size_t i = 0; i < STEPS; i++) {
		size_t kept = n_messages;
		if (rng_below(&rng, 4) == 0)
			kept = rng_below(&rng, n_messages + 1);
		if (kept + 4 > MOST)
			kept = 3;
		drop(kept);
		for (size_t n = 1 + rng_below(&rng, 3); n > 0; n--)
			add_message();
		step(t, kept);
	}
	drop(0);
	passes_fini(&passes);
	buf_reset(&old, SIZE_MAX);
}

static void check(struct slice source)
{
	struct template *t;
	struct error err;
	if (template_load(source, &t, &err) != OK)
		return;
	for (uint64_t seed = 1; seed <= 4; seed++)
		talk(t, seed);
	template_unref(&t);
}

static int end(void **state)
{
	(void)state;
	buf_fini(&old);
	buf_fini(&fresh);
	buf_fini(&whole);
	return 0;
}

#define FOR  "{% for m in messages %}"
#define BACK "{% for m in messages[::-1] %}"
#define END  "{% endfor %}"

static const char *const hard[] = {
	/* The end of the list, looked at in all ways. */
	FOR "{{ m.content }}{% if loop.last %}!{% endif %}" END,
	FOR "{{ m.content }}{{ loop.length }}" END,
	FOR "{{ m.content }}{{ loop.revindex0 < 3 }}" END,
	FOR "{{ loop.nextitem.role if loop.nextitem else 'end' }}" END,
	FOR "{{ m.content }}{{ messages[-1].role }}" END,
	FOR "{{ m.content }}{{ messages | length }}" END,
	FOR "{{ m.content }}{{ messages[loop.index0 - 1].role }}" END,
	FOR "{% if loop.index0 + 1 < messages|length %}"
	    "{{ messages[loop.index0 + 1].role }}{% endif %}" END,
	FOR "{{ loop | length }}{{ loop.previtem is defined }}" END,
	FOR "{% for o in messages %}{{ o.role[0] }}{% endfor %};" END,
	FOR "{{ messages[1:2] }}" END,
	/* Namespaces that passes set and read. */
	"{% set ns = namespace(n=0) %}" FOR
	"{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ m.role }}" END "{{ ns.n }}",
	"{% set ns = namespace(last='') %}" FOR
	"{{ ns.last }}{% set ns.last = m.role %}" END "{{ ns.last }}",
	"{% set ns = namespace(all='') %}" FOR
	"{% set ns.all = ns.all + m.content %}" END "{{ ns.all }}",
	"{% set ns = namespace() %}" FOR
	"{{ ns.x is defined }}{% if m.role == 'tool' %}{% set ns.x = 1 %}"
	"{% endif %}" END "{{ ns.x }}",
	"{% set ns = namespace(t=none) %}" FOR
	"{% if m.role == 'user' %}{% set ns.t = m %}{% endif %}"
	"{{ ns.t.content }}" END,
	"{% set ns = namespace(i=0) %}" FOR "{% set a = ns %}"
	"{% set a.i = a.i + 2 %}{{ a.i }}" END "{{ ns.i }}",
	"{% set a = namespace(x=1) %}{% set b = namespace(x=2) %}" FOR
	"{% set a.x = b.x + 1 %}{% set b.x = a.x %}{{ a.x }}" END "{{ b.x }}",
	FOR "{% set l = namespace(n=1) %}{% set l.n = l.n + 1 %}{{ l.n }}" END,
	"{% set ns = namespace(k=5) %}" FOR "{{ ns }}" END,
	/* Where the last user speaks, as reasoning models ask. */
	"{% set ns = namespace(last=0, i=0) %}{% for m in messages %}"
	"{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}"
	"{% endfor %}" FOR "{{ m.content }}{% if loop.index0 > ns.last %}+"
	"{% endif %}{% if ns.last == loop.index0 %}={% endif %}" END,
	"{% set ns = namespace(last=0) %}{% for m in messages[::-1] %}"
	"{% if ns.last == 0 and m.role == 'user' %}"
	"{% set ns.last = messages|length - loop.index0 %}{% endif %}"
	"{% endfor %}" FOR "{{ m.content }}{% if loop.index < ns.last - 2 %}-"
	"{% else %}{{ ns.last }}{% endif %}" END,
	"{% set ns = namespace(last=1.5) %}" FOR
	"{{ ns.last < loop.index0 }}{% set ns.last = loop.index0 / 2 %}" END,
	/* A loop that is left out of some renderings. */
	"{% set k = messages|length % 3 %}{{ messages|length }}"
	"{% for m in messages[:k * 4] %}{{ m.content }}{% endfor %}",
	/* A loop that comes to end sooner. */
	"{% set k = messages|length * 7 % 60 %}"
	"{% for m in messages[:k] %}{{ m.content }}{% endfor %}|"
	"{% for m in messages[k:] %}{{ m.content }}{% endfor %}",
	/* Text that moves. */
	"{% if messages|length % 2 %}odd{% endif %}" FOR "{{ m.content }}" END,
	/* In reverse: where a pass is changes with each turn. */
	BACK "{{ m.content }}" END,
	"{% set ns = namespace(n=0) %}" BACK "{% set ns.n = loop.index0 %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n=0) %}" BACK "{% set ns.n = ns.n + 1 %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n='') %}" BACK
	"{% if m.role == 'user' %}{% set ns.n = m.content %}{% endif %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(more=true, last=messages|length - 1) %}" BACK
	"{% set i = (messages|length - 1) - loop.index0 %}"
	"{% if ns.more and m.role == 'user' %}{% set ns.more = false %}"
	"{% set ns.last = i %}{% endif %}" END FOR
	"{{ m.content }}{% if loop.index0 > ns.last %}+{% endif %}" END,
	"{% set ns = namespace(n=0) %}" BACK
	"{% set i = loop.index0 %}{% set k = i + 1 %}"
	"{% if m.role == 'tool' %}{% set ns.n = k %}{% endif %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n='') %}" BACK
	"{% set i = loop.index0 %}{% macro f() %}{{ i }}{% endmacro %}"
	"{% if m.role == 'user' %}{% set ns.n = f() %}{% endif %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n=0) %}" BACK
	"{% set i = messages|length %}{% for x in [1] %}{% set i = 5 %}"
	"{% endfor %}{% if m.role == 'user' %}{% set ns.n = i %}{% endif %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n='') %}" BACK
	"{% set i = loop.index0 %}{% if [1, 2][i] is defined %}"
	"{% set ns.n = m.content %}{% endif %}" END "{{ ns.n }}",
	"{% set ns = namespace(n='') %}" BACK
	"{% if loop.last %}{% set ns.n = m.content %}{% endif %}" END
	"{{ ns.n }}",
	"{% set ns = namespace(n='') %}" BACK
	"{% if m.role == 'user' %}{% set ns.n = m.content %}{% break %}"
	"{% endif %}" END "{{ ns.n }}",
	"{% set ns = namespace(n='') %}{% for m in messages[1:][::-1] %}"
	"{% if m.role == 'user' %}{% set ns.n = m.content %}{% endif %}"
	"{% endfor %}{{ ns.n }}",
	"{% set ns = namespace(n='') %}{% for m in messages[::-1][2:] %}"
	"{% if m.role == 'user' %}{% set ns.n = m.content %}{% endif %}"
	"{% endfor %}{{ ns.n }}",
	"{% set ns = namespace(n='') %}{% for m in messages[::-1] %}"
	"{% set ns.n = m.role %}{% endfor %}{% for m in messages[::-1] %}"
	"{% if ns.n == 'user' %}{% set ns.n = m.content %}{% endif %}"
	"{% endfor %}{{ ns.n }}",
	FOR "{% set i = loop.index0 + messages|length %}{{ i }}" END,
	FOR "{% set i = loop.length - 5 %}{% if m.role == 'user' %}"
	    "{{ i }}{% endif %}{{ m.content }}" END,
	/* Comparisons whose outcome holds for some numbers only. */
	"{% set ns = namespace(n=0) %}{% for m in messages %}"
	"{% if m.role == 'user' %}{% set ns.n = ns.n + 1 %}{% endif %}"
	"{% endfor %}" FOR "{{ m.content }}{{ ns.n != 3 }}{{ 4 <= ns.n }}"
	"{{ ns.n > loop.index }}{{ ns.n == 2 }}" END,
	"{% set ns = namespace(n=messages|length) %}" FOR
	"{{ ns.n > 5 }}{% set ns.n = 7 %}{{ ns.n > 6 }}{{ ns.n < 3 }}" END,
	"{% set ns = namespace(n=messages|length) %}" FOR
	"{{ ns.n <= 9223372036854775807 }}{{ ns.n > 9 }}{{ ns.n > 12 }}"
	"{{ ns.n != 15 }}{{ 14 != ns.n }}{{ ns.n == m.content|length }}" END,
	/* Variables in front. */
	"{% set last = messages[-1].content %}" FOR
	"{{ last }}{{ m.role }}" END,
	"{% if messages[0].role == 'system' %}{% set r = messages[1:] %}"
	"{% else %}{% set r = messages %}{% endif %}{% for m in r %}"
	"{{ loop.index0 }}{{ m.content }}{{ r[0].content }}{% endfor %}",
	"{% set r = messages | selectattr('role', 'equalto', 'user') %}" FOR
	"{% for u in r %}{{ u.content }}{% endfor %}|" END,
	"{% set n = messages | length %}{{ n }}" FOR "{{ m.content }}" END,
	"{% if messages | length > 6 %}long{% set x = 1 %}{% endif %}" FOR
	"{{ x }}{{ m.content }}" END,
	/* Macros, blocks, breaks, two loops. */
	"{% set k = messages[-1].role %}{% macro f(a) %}{{ a }}{{ k }}"
	"{% endmacro %}" FOR "{{ f(m.content) }}" END,
	"{% macro f(a) %}<{{ a }}>{% endmacro %}" FOR
	"{% macro g(b) %}{{ f(b) }}{{ m.role }}{% endmacro %}{{ g(1) }}" END,
	FOR "{% if loop.index > 9 %}{% break %}{% endif %}{{ m.content }}" END,
	FOR
	"{% if m.role == 'tool' %}{% continue %}{% endif %}{{ m.content }}" END
	"{{ messages | length }}",
	FOR "{% if m.role == 'system' and not loop.first %}"
	    "{{ raise_exception('no') }}{% endif %}{{ m.content }}" END,
	FOR "{{ m.content }}" END "|" FOR "{{ m.role }}" END,
	FOR "{% set x %}{{ m.content }}{% endset %}{{ x | upper }}" END,
	"{% filter upper %}" FOR "{{ m.content }}" END "{% endfilter %}",
	FOR "{{ m.content }}{{ strftime_now('%d') }}" END,
	"{% set loop_messages = messages %}{% for m in loop_messages %}"
	"{{ loop_messages[loop.index0].content }}{% endfor %}",
	"{% for i in range(messages | length) %}{{ messages[i].content }}"
	"{% endfor %}",
	"{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor "
	"%}",
};

static void hard_templates_give_what_they_gave(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hard); i++)
		check(slice_of(hard[i]));
}

static void what_did_not_change_is_not_run_again(void **state)
{
	static const char source[] =
		"{% set ns = namespace(last=0) %}{% for m in messages %}"
		"{% if m.role == 'user' %}{% set ns.last = loop.index0 %}"
		"{% endif %}{% endfor %}" FOR
		"{{ m.role + m.content }}{% if loop.index0 > ns.last %}+"
		"{% endif %}{% if loop.last %}.{% endif %}" END;
	(void)state;
	n_same = n_rendered = 0;
	check(slice_of(source));
	assert_true(n_same > n_rendered / 2);
}

/* Of so long a talk a step for each message is more than a turn may take. */
#define LONG       400
#define TURN_STEPS 360

static enum status turn(const struct template *t, struct passes *p,
			const struct value *item, size_t kept, uint64_t steps)
{
	struct template_limits limits = template_default_limits();
	struct value variables;
	struct arena arena;
	limits.max_steps = steps;
	arena_init(&arena);
	variables = value_dict(&arena);
	dict_set_text(variables.dict, "messages",
		      value_items(VALUE_LIST, item, kept + 2));
	if (p)
		passes_begin(p, buf_slice(&old), item, kept + 2, kept);
	buf_reset(&fresh, SIZE_MAX);
	enum status status = template_render(t, variables.dict, NULL, &limits,
					     p, NULL, &arena, &fresh, NULL);
	arena_fini(&arena);
	if (status == OK && p) {
		old.end = old.start + p->same;
		buf_append(&old, buf_slice(&fresh));
	}
	return status;
}

static void check_turn(const char *source)
{
	static const char *const role[] = {"user", "assistant"};
	struct value item[LONG];
	struct template *t;
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < LONG; i++) {
		item[i] = value_dict(&arena);
		dict_set_text(item[i].dict, "role", value_text(role[i % 2]));
		dict_set_text(item[i].dict, "content", value_text("text"));
	}
	buf_reset(&old, SIZE_MAX);
	assert_int_equal(template_load(slice_of(source), &t, NULL), OK);
	assert_int_equal(turn(t, &passes, item, LONG - 4, 1000000), OK);
	assert_int_equal(turn(t, NULL, item, LONG - 2, TURN_STEPS), ERR_LIMIT);
	assert_int_equal(turn(t, &passes, item, LONG - 2, TURN_STEPS), OK);
	assert_int_equal(turn(t, NULL, item, LONG - 2, 1000000), OK);
	assert_true(slice_equal(buf_slice(&old), buf_slice(&fresh)));
	passes_fini(&passes);
	template_unref(&t);
	arena_fini(&arena);
}

static void of_a_long_talk_only_what_is_new_is_run(void **state)
{
	(void)state;
	check_turn(
		FOR
		"{{ m.role + m.content }}{% if loop.last %}.{% endif %}" END);
	/* As reasoning models look for the last question. */
	check_turn(
		"{% set ns = namespace(more=true,"
		" last=messages|length - 1) %}" BACK
		"{% set i = (messages|length - 1) - loop.index0 %}"
		"{% if ns.more and m.role == 'user' %}"
		"{% set ns.more = false %}{% set ns.last = i %}{% endif %}" END
			FOR "{{ m.content }}{% if loop.index0 > ns.last %}+{% "
		"endif %}" END);
}

static void published_templates_give_what_they_gave(void **state)
{
	const char *dir = getenv("WARMPATH_TESTDATA");
	char pattern[512];
	struct error err;
	struct buf source;
	glob_t found;
	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/templates/*/*",
		 dir ? dir : "../shared/testdata");
	if (glob(pattern, 0, NULL, &found) != 0) {
		print_message("SKIPPED: no %s\n", pattern);
		skip();
	}
	n_same = n_rendered = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		buf_init(&source);
		assert_int_equal(
			file_read(found.gl_pathv[i], 1 << 20, &source, &err),
			OK);
		check(buf_slice(&source));
		buf_fini(&source);
	}
	print_message("%zu templates: %zu of %zu bytes were taken over\n",
		      found.gl_pathc, n_same, n_rendered);
	assert_true(n_same > n_rendered / 4);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hard_templates_give_what_they_gave),
		cmocka_unit_test(what_did_not_change_is_not_run_again),
		cmocka_unit_test(of_a_long_talk_only_what_is_new_is_run),
		cmocka_unit_test(published_templates_give_what_they_gave),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
