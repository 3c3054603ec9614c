/* What an outline gives is what rendering gives: for templates written to
 * make it hard, and for every published one of the test data, which is left
 * out, loudly, without it. */
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
#include "common/template/outline.h"

#define MOST  8
#define SAYS  6  /* what the same messages may say, tried for each outline */
#define TALKS 60 /* for each template */

static struct rng rng;
static struct arena arena;
static struct value message[MOST];
static struct slice text[MOST];
static size_t n_messages, n_outlines, n_filled;
static struct tm now;
static struct buf whole, filled;

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
	buf_fini(&whole);
	buf_fini(&filled);
	return 0;
}

static struct value anything(void)
{
	static const char *const say[] = {
		"",
		" ",
		"hello",
		"hello there",
		" hello\n",
		"\u00a0hello\u2003",
		"/think",
		"say nothing /no_think",
		"<think>a</think>b",
		"</think>",
		"<think>\n\n</think>\n\nb",
		"<tool_response>a</tool_response>",
		"<tool_response>a",
		"user",
		"x",
		"a\nb",
		"{\"name\": 1}",
		"<|im_end|>",
		"<function=f>",
	};
	return value_text(say[rng_below(&rng, ARRAY_LEN(say))]);
}

/* Most are plain. */
static struct value any_message(enum chat_content content)
{
	static const char *const role[] = {"user", "assistant", "system",
					   "tool"};
	struct value d = value_dict(&arena), said = anything();
	size_t i = n_messages == 0 && rng_below(&rng, 2) ? 2 : n_messages % 2;
	if (rng_below(&rng, 12) == 0)
		i = rng_below(&rng, ARRAY_LEN(role));
	dict_set_text(d.dict, "role", value_text(role[i]));
	if (content == CHAT_PARTS) {
		struct value *part = arena_array(&arena, 1, sizeof(*part));
		*part = value_dict(&arena);
		dict_set_text(part->dict, "type", value_text("text"));
		dict_set_text(part->dict, "text", said);
		said = value_items(VALUE_LIST, part, 1);
	}
	dict_set_text(d.dict, "content", said);
	if (rng_below(&rng, 20) == 0)
		dict_set_text(d.dict, "reasoning_content", anything());
	return d;
}

/* The same messages, which say something else. */
static void say_else(void)
{
	struct slice role, said;
	for (size_t i = 0; i < n_messages; i++) {
		struct value *at = &message[i].dict->entry[1].value;
		if (!outline_text(message[i], &role, &said))
			continue;
		if (at->type == VALUE_LIST)
			at = &at->item[0].dict->entry[1].value;
		if (rng_below(&rng, 3) > 0)
			*at = anything();
		text[i] = value_slice(*at);
	}
}

static enum status render(const struct template *t, struct outlining *o)
{
	struct template_limits limits = template_default_limits();
	struct chat_request r = {
		.parsed = message,
		.n_parsed = n_messages,
		.outlining = o,
		.no_developer = true,
		.add_generation_prompt = true,
		.kwargs = SLICE("{\"enable_thinking\":true}"),
		.now = &now,
	};
	struct error err;
	buf_reset(&whole, SIZE_MAX);
	return chat_render(t, &r, &limits, &arena, &whole, &err);
}

static void check_filled(const struct template *t, const struct outline *o)
{
	struct buf old;
	size_t same = 7;
	buf_init(&old);
	buf_append(&old, buf_slice(&whole));
	say_else();
	buf_reset(&filled, SIZE_MAX);
	if (outline_fill(o, text, &now, SIZE_MAX, buf_slice(&old), &filled,
			 &same)) {
		assert_int_equal(render(t, NULL), OK);
		assert_true(same <= buf_len(&old));
		old.end = old.start + same;
		buf_append(&old, buf_slice(&filled));
		if (!slice_equal(buf_slice(&old), buf_slice(&whole)))
			print_message("want: %.*s\n got: %.*s\n",
				      SLICE_ARG(buf_slice(&whole)),
				      SLICE_ARG(buf_slice(&old)));
		assert_true(slice_equal(buf_slice(&old), buf_slice(&whole)));
		n_filled++;
	} else {
		assert_int_equal(buf_len(&filled), 0);
		assert_int_equal(same, 7);
		(void)!render(t, NULL);
	}
	buf_fini(&old);
}

static void talk(const struct template *t, enum chat_content content)
{
	static struct outlining watched;
	struct outline *o = NULL;
	size_t n = 1 + rng_below(&rng, MOST - 1);
	for (n_messages = 0; n_messages < n; n_messages++)
		message[n_messages] = any_message(content);
	say_else();
	watched.begun = false;
	now = (struct tm){.tm_year = 125, .tm_mday = 3};
	if (render(t, &watched) == OK)
		o = outline_create(&watched, buf_slice(&whole), &now);
	n_outlines += o != NULL;
	for (size_t i = 0; o && i < SAYS; i++) {
		now.tm_hour = (int)rng_below(&rng, 24);
		if (rng_below(&rng, 8) == 0)
			now.tm_mday = ++now.tm_yday;
		check_filled(t, o);
	}
	outline_unref(&o);
	arena_reset(&arena);
}

/* How many of a template's talks had an outline. */
static size_t check(struct slice source)
{
	struct template *t;
	struct error err;
	size_t before = n_outlines;
	if (template_load(source, &t, &err) != OK)
		return 0;
	rng_seed(&rng, source.n);
	for (size_t i = 0; i < TALKS; i++)
		talk(t, chat_content_of(t));
	template_unref(&t);
	return n_outlines - before;
}

#define FOR "{% for m in messages %}"
#define END "{% endfor %}"
#define C   "m.content"

/* All that may be done with a text without looking into it, or by asking. */
static const char *const known[] = {
	FOR "{{ m.role }}: {{ m['content'] }};" END,
	FOR "{{ '<' + m.role + '>' + m.content + '\n' }}" END,
	FOR "{{ m.content | trim }}|{{ m.content.strip() }}{{ m.content }}" END,
	FOR "{{ '[' + m['content'] | trim + ']' }}" END,
	FOR "{% set c = m.content %}{% set d = c %}{{ d }}{{ c | trim }}" END,
	FOR "{% if m.content %}{{ m.content }}{% else %}-{% endif %}" END,
	FOR "{% if m.content | trim %}+{% endif %}" END,
	FOR "{% if not m.content %}-{% endif %}" END,
	FOR "{% if m.content and m.role %}{{ m.content }}{% endif %}" END,
	FOR "{{ m.content or 'none' }}" END,
	FOR "{{ (m.content and m.role) or 'none' }}" END,
	FOR "{{ m.content if '</think>' in m.content else m.role }}" END,
	FOR "{{ 'x' not in m.content }}{{ '' in m.content }}" END,
	FOR "{{ m.content == 'user' }}{{ 'x' != m.content }}" END,
	FOR "{{ m.content == none }}{{ m.content != 3 }}" END,
	FOR "{{ m.content == m.role }}{{ m.role in m.content }}" END,
	FOR "{% if m.content.startswith('<tool_response>') and "
	    "m.content.endswith('</tool_response>') %}t{% endif %}" END,
	FOR "{{ m.content.strip().startswith(m.role) }}" END,
	FOR "{{ m.content is string }}{{ m.content is not none }}"
	    "{{ m.content is mapping }}{{ m.content is defined }}" END,
	FOR "{{ 'content' in m }}{{ 'x' in m }}{{ m is mapping }}" END,
	FOR "{{ m.x is defined }}{{ m.get('content') }}{{ m.get('y') }}" END,
	FOR "{{ m.get('content', '') }}{{ m.get('z', '') }}" END,
	FOR "{{ m.content | string }}" END,
	"{{ messages | length }}{{ messages[0].content }}"
	"{{ messages[-1]['content'] }}",
	"{% set r = messages[1:] %}{% for m in r %}{{ m.content }}{{ r | count "
	"}}" END,
	"{% for m in messages[::-1] %}{{ m.content }}" END,
	"{{ (messages | first).content }}{{ (messages | last).content }}",
	FOR "{{ loop.previtem.content if loop.previtem }}"
	    "{{ loop.nextitem.content if loop.nextitem }}" END,
	"{% for m in messages if m.content %}{{ loop.index }}{{ m.role }}" END,
	"{% macro f(a, b='') %}{{ a }}{% endmacro %}" FOR
	"{{ f(m.content) }}{{ f(b=1, a=m.content) | trim }}" END,
	"{% macro f(a) %}{% set b = a | trim %}{{ b }}{% endmacro %}" FOR
	"{{ '(' + f(m.content) + ')' }}" END,
	FOR "{% set x %}{{ m.content }}{% endset %}{{ x }}{{ x | trim }}" END,
	FOR "{% filter trim %}{{ m.content }}{% endfilter %}" END,
	FOR "{{ m.content }}{{ strftime_now('%d %b %Y, %-d') }}" END,
	"{% if messages[0].role == 'system' %}{% set s = messages[0].content %}"
	"{% set l = messages[1:] %}{% else %}{% set s = 'none' %}"
	"{% set l = messages %}{% endif %}{{ s }}{% for m in l %}"
	"{% if loop.last %}!{% endif %}{{ m.content }}" END,
	FOR "{% if m.content == 'x' %}{{ raise_exception('') }}{% endif %}" END,
};

/* Whatever looks into one. */
static const char *const opaque[] = {
	FOR "{{ m.content[0] }}" END,
	FOR "{{ m.content[1:] }}" END,
	FOR "{{ m.content | length > 3 }}" END,
	FOR "{{ m.content | upper }}" END,
	FOR "{{ m.content.upper() }}" END,
	FOR "{{ m.content.split('</think>')[-1] }}" END,
	FOR "{{ m.content.lstrip('\\n') }}{{ m.content.strip('x') }}" END,
	FOR "{{ m.content | trim('x') }}" END,
	FOR "{{ m.content | replace('a', 'b') }}" END,
	FOR "{{ m.content | tojson }}" END,
	FOR "{{ m | tojson }}" END,
	FOR "{{ m }}" END,
	"{{ messages }}",
	"{{ messages | tojson }}",
	"{{ messages | map(attribute='content') | join(',') }}",
	"{{ (messages | selectattr('content', 'equalto', 'x') | list) | length "
	"}}",
	"{{ messages | join(',', attribute='content') }}",
	FOR "{{ m.content in 'user hello' }}" END,
	FOR "{{ m.content == messages[0].content }}" END,
	FOR "{{ m.content < 'm' }}" END,
	FOR "{{ m.content in messages[0].content }}" END,
	FOR "{{ m == messages[0] }}{{ m in messages }}" END,
	FOR "{{ 'x' in messages }}" END,
	FOR "{{ m.content is eq 'x' }}" END,
	FOR "{{ m.content is lower }}" END,
	FOR "{{ m.content is in ['x', 'user'] }}" END,
	FOR "{{ m.content.startswith(('a', '<')) }}" END,
	FOR "{{ m.role.startswith(m.content) }}" END,
	FOR "{% set x = 'a' + m.content %}{{ x | length }}" END,
	FOR "{% set x = m.content ~ 'a' %}{{ x | length }}" END,
	FOR "{% set x %}a{{ m.content }}{% endset %}{{ x | length }}" END,
	FOR "{% filter upper %}{{ m.content }}{% endfilter %}" END,
	FOR "{% for c in m.content %}{{ c }}-{% endfor %}" END,
	FOR "{% for k, v in m.items() %}{{ v | length }}{% endfor %}" END,
	FOR "{% for k in m %}{{ m[k] | length }}{% endfor %}" END,
	FOR "{{ m.values() | list }}" END,
	FOR "{{ [m.content] | length }}{{ {'a': m.content} | tojson }}" END,
	FOR "{{ dict(a=m.content).a | length }}" END,
	FOR "{% set ns = namespace(a=m.content) %}{{ ns.a | length }}" END,
	"{% set ns = namespace(a='') %}" FOR
	"{% set ns.a = m.content %}{{ ns.a | length }}" END,
	"{% macro f() %}{{ varargs[0] | length }}{% endmacro %}" FOR
	"{{ f(m.content) }}" END,
	"{% macro f() %}{{ kwargs.x | length }}{% endmacro %}" FOR
	"{{ f(x=m.content) }}" END,
	"{% macro f(a) %}<{{ a }}>{% endmacro %}" FOR
	"{{ f(m.content) | length }}" END,
	"{% macro f(a) %}{{ a | length }}{% endmacro %}" FOR
	"{{ f(m.content) }}" END,
	"{% macro f(a) %}{{ caller(a) }}{% endmacro %}" FOR
	"{% call(x) f(m.content) %}{{ x | length }}{% endcall %}" END,
	FOR "{% set f = m.content.startswith %}{{ f('<') }}"
	    "{{ 1 if m.content.strip else 2 }}" END,
	FOR "{% set a, b = m.role, m.content %}{{ b | length }}" END,
	FOR "{{ {'user': 1, 'x': 2}[m.content] }}" END,
	FOR "{{ [1, 2, 3][(m.content | length) % 3] }}" END,
	FOR "{{ '%s' | format(m.content) | length }}" END,
	FOR "{{ m.content * 2 }}" END,
	FOR "{{ m.content | default('x') | length }}" END,
	FOR "{{ m.content | escape }}{{ m.content | safe + '<' }}" END,
	FOR "{{ '<' | escape + m.content }}" END,
	FOR "{{ (m.content, m.role) | first | length }}" END,
	FOR "{{ m.content }}{{ strftime_now('%H:%M') }}" END,
	FOR "{% set m = {'role': m.content} %}{{ m.role | length }}" END,
	"{{ (messages | sort(attribute='content'))[0].role }}",
	"{% set x = messages | reverse | list %}{{ x[0].content | length }}",
	FOR "{{ raise_exception(m.content) if '/think' in m.content }}" END,
	FOR "{{ range(m.content | length) | list }}" END,
};

static void texts_that_are_put_and_asked_have_an_outline(void **state)
{
	(void)state;
	n_filled = 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (check(slice_of(known[i])) == 0)
			print_message("no outline: %s\n", known[i]);
		assert_true(check(slice_of(known[i])) > 0);
	}
	assert_true(n_filled > 1000);
}

static void texts_that_are_looked_into_have_none_that_errs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(opaque); i++)
		check(slice_of(opaque[i]));
}

static void published_templates_give_what_they_give(void **state)
{
	const char *dir = getenv("WARMPATH_TESTDATA");
	char pattern[512];
	glob_t found;
	size_t n = 0, with = 0;
	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/templates/*/*.jinja",
		 dir ? dir : "../shared/testdata");
	if (glob(pattern, 0, NULL, &found) != 0) {
		print_message("SKIPPED: no %s\n", pattern);
		skip();
	}
	n_filled = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct error err;
		struct buf source;
		buf_init(&source);
		assert_int_equal(
			file_read(found.gl_pathv[i], 1 << 20, &source, &err),
			OK);
		size_t had = check(buf_slice(&source));
		n++;
		with += had > 0;
		if (getenv("OUTLINE_LIST"))
			print_message("%2zu %s\n", had, found.gl_pathv[i]);
		buf_fini(&source);
	}
	globfree(&found);
	print_message("%zu of %zu templates have outlines; %zu prompts\n", with,
		      n, n_filled);
	assert_true(with > n / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_are_put_and_asked_have_an_outline),
		cmocka_unit_test(
			texts_that_are_looked_into_have_none_that_errs),
		cmocka_unit_test(published_templates_give_what_they_give),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
