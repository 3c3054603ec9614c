/* What a template is charged: all that it touches, so that a bound on steps
 * is one on time (tests/bench/hostile.c measures that), and so little that
 * real prompts are far from it. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/template/chat.h"
#include "tests/unit/template/hostile.h"
#include "tests/unit/template/render.h"

static struct buf source, context, out;

static int end(void **state)
{
	(void)state;
	buf_fini(&source);
	buf_fini(&context);
	buf_fini(&out);
	return 0;
}

static enum status run(uint64_t steps, struct error *err)
{
	struct template_limits limits = template_default_limits();

	limits.max_steps = steps;
	buf_reset(&out, SIZE_MAX);
	return render(source.p + source.start, context.p + context.start,
		      &limits, &out, err);
}

#define SIZE  20000
#define TURNS 10 /* within as many */
/* The least that a step may stand for where bytes are looked at. */
#define BYTES_A_STEP 1024

/* Each looks at all of its value, or makes as much. */
static const char *const whole[][2] = {
	{"'a' * #", "|capitalize"},
	{"'a' * #", "|center(# + 1)"},
	{"'a'", "|center(#)"},
	{"'<' * #", "|escape"},
	{"' a ' * #", "|indent"},
	{"'a\\n'", "|indent(#, true)"},
	{"'a' * #", "|list"},
	{"'A' * #", "|lower"},
	{"'a' * #", "|map('upper')|list"},
	{"'a' * #", "|max"},
	{"'a' * #", "|reject|list"},
	{"'a' * #", "|replace('b', 'c')"},
	{"'a' * #", "|replace('', 'c')"},
	{"'a' * #", "|reverse"},
	{"'a' * #", "|sort"},
	{"[1] * #", "|string"},
	{"[1.5] * 100", "|string * (# // 100)"},
	{"[1] * #", "|sum"},
	{"'a b' * #", "|title"},
	{"'\\x01' * #", "|tojson"},
	{"'a' * #", "|tojson"},
	{"[1] * #", "|tojson"},
	{"' ' * #", "|trim"},
	{"'a' * #", "|trim('a')"},
	{"'a' * #", "|unique|list"},
	{"d.items()|list", "|unique|list"},
	{"'a' * #", "|upper"},
	{"[3, 1, 2] * #", "|sort"},
	{"[3, 1, 2] * #", "|min"},
	{"d", "|dictsort"},
	{"d", "|items|list"},
	{"d", ".copy()"},
	{"d", ".values()|list"},
	{"d", "|tojson(sort_keys=true)"},
	{"' ' * #", ".strip()"},
	{"'a' * #", ".rstrip('a')"},
	{"'a ' * #", ".split()"},
	{"'a' * #", ".split('b')"},
	{"'a' * #", ".rsplit('b')"},
	{"'a\\n' * #", ".splitlines()"},
	{"'a b' * #", ".title()"},
	{"'a' * #", ".find('b')"},
	{"'a' * #", ".find('ba')"},
	{"'a' * #", ".count('aab')"},
	{"'a' * #", ".startswith('a' * #)"},
	{"'a' * #", ".startswith(('b', 'a' * #))"},
	{"'a' * #", ".removesuffix('a' * #)"},
	{"'a' * #", ".isalpha()"},
	{"' ' * #", ".isspace()"},
	{"'%%' * #", " % ()"},
	{"'{{' * #", ".format()"},
	{"'a' * #", " is lower"},
	{"'a' * #", " == 'a' * #"},
	{"'a' * #", " < 'a' * #"},
	{"[1] * #", " == [1] * #"},
	{"'b'", " in 'a' * #"},
	{"2", " in [1] * #"},
	{"'a' * #", " + 'b'"},
	{"'a' * #", " ~ 'b'"},
	{"[1] * #", " + [2]"},
	{"'a' * #", "[::-1]"},
	{"[1] * #", "[::2]"},
	{"[1] * #", ".index(2) if false else (1 in [2] * #)"},
	{"[1] * #", ".count(2)"},
	{"{'a' * #: 1}", "['a' * #]"},
	{"{'a' * #: 1}", ".get('a' * #)"},
	{"'a' * #", " in d"},
};

static void what_is_touched_is_charged(void **state)
{
	uint64_t least = (uint64_t)TURNS * TURNS * SIZE / BYTES_A_STEP;
	char before[100], body[200];
	struct error err;

	(void)state;
	hostile_context(&context, SIZE / 20);
	for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
		snprintf(before, sizeof(before), "{%% set v = %s %%}",
			 whole[i][0]);
		snprintf(body, sizeof(body), "{%% set x = v%s %%}",
			 whole[i][1]);
		hostile_loop(&source, before, body, SIZE, TURNS);
		if (run(least, &err) != ERR_LIMIT)
			print_message("%s%s: %s\n", before, body, err.text);
		assert_int_equal(run(least, &err), ERR_LIMIT);
		assert_non_null(strstr(err.text, "steps"));
	}
}

/* Of a long text, these look at little. */
static void what_is_not_touched_is_not_charged(void **state)
{
	static const char *const little[] = {
		"[0]",
		"[-1]",
		"[5:]",
		"[:50]",
		".strip()",
		"|trim",
		"|first",
		"|last",
		"|length",
		"[# - 5]",
		".split('a', 1)[0]",
		".startswith('a')",
		" == 'a'",
		"|default('x')",
		"|string",
		" is string",
		" in ['a']",
	};
	char body[200];
	struct error err;

	(void)state;
	hostile_context(&context, 1);
	for (size_t i = 0; i < ARRAY_LEN(little); i++) {
		snprintf(body, sizeof(body), "{%% set x = v%s %%}", little[i]);
		hostile_loop(&source, "{% set v = 'a\xc3\xa9' * # %}", body,
			     SIZE, TURNS);
		err.text[0] = '\0';
		if (run(28 * TURNS * TURNS + 1000, &err) != OK)
			print_message("%s: %s\n", body, err.text);
		assert_int_equal(run(28 * TURNS * TURNS + 1000, &err), OK);
	}
}

static void everything_ends_in_an_endless_loop(void **state)
{
	char use[200];
	struct error err;

	(void)state;
	hostile_context(&context, 30);
	for (size_t i = 0; i < ARRAY_LEN(hostile_case); i++) {
		hostile_loop(&source, hostile_case[i].before,
			     hostile_case[i].body, 30, 99999);
		assert_int_equal(run(20000, &err), ERR_LIMIT);
	}
	for (size_t i = 0; i < ARRAY_LEN(hostile_use); i++)
		for (size_t k = 0; k < ARRAY_LEN(hostile_value); k++) {
			snprintf(use, sizeof(use), "{%% set x = v%s %%}",
				 hostile_use[i]);
			hostile_loop(&source, hostile_value[k].set, use, 30,
				     99999);
			assert_int_not_equal(run(3000, &err), OK);
		}
}

/* Keys that a client would choose so that they fall into one place, were
 * the hash known to it. */
static void keys_are_hashed_under_a_secret(void **state)
{
	static const char *const many[] = {
		"{% set x = d.items()|unique|list|length %}",
		"{% set x = range(9999)|map('string')|unique|list|length %}",
		"{% set x = d|length %}{{ d['k77'] }}{{ d.k99 }}",
	};
	struct error err;

	(void)state;
	hostile_context(&context, 10000);
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		buf_reset(&source, SIZE_MAX);
		buf_append(&source,
			   (struct slice){many[i], strlen(many[i]) + 1});
		assert_int_equal(run(300000, &err), OK);
	}
	assert_true(slice_equal(buf_slice(&out), SLICE("609763783981")));
}

static void a_key_of_many_items_is_refused(void **state)
{
	struct error err;
	static const char text[] = "{% set x = [(range(300)|list|join,) * 300]"
				   "|unique|list %}";

	(void)state;
	hostile_context(&context, 1);
	buf_reset(&source, SIZE_MAX);
	buf_append(&source, (struct slice){text, sizeof(text)});
	assert_int_equal(run(1000000, &err), ERR_LIMIT);
	assert_non_null(strstr(err.text, "a key of more than 256 items"));
}

/* 200k tokens, in messages as agents send them. */
#define MESSAGES 700
#define TEXT     1200
#define MARGIN   4
/* Some templates look from each message at all others, or at each letter of
 * a text: for these such a talk is long. */
#define MOST_SLOW    20
#define MOST_REFUSED 6

static size_t n_slow, n_refused;

static void put_messages(struct buf *to, bool tools)
{
	buf_puts(to, "[");
	for (size_t i = 0; i < MESSAGES; i++) {
		if (i > 0)
			buf_puts(to, ",");
		if (tools && i % 4 == 1)
			buf_puts(to, "{\"role\":\"assistant\",\"content\":\"\","
				     "\"tool_calls\":[{\"id\":\"123456789\","
				     "\"type\":\"function\",\"function\":{"
				     "\"name\":\"f\",\"arguments\":"
				     "{\"x\":[1,2]}}}]");
		else if (tools && i % 4 == 2)
			buf_puts(to, "{\"role\":\"tool\",\"tool_call_id\":"
				     "\"123456789\",\"content\":\"");
		else
			buf_printf(to, "{\"role\":\"%s\",\"content\":\"",
				   i % 2 ? "assistant" : "user");
		for (size_t n = 0; !(tools && i % 4 == 1) && n < TEXT; n += 12)
			buf_puts(to, "some \xc3\xa9 text ");
		buf_puts(to, tools && i % 4 == 1 ? "}" : "\"}");
	}
	buf_puts(to, "]");
}

static enum status render_within(const struct template *t,
				 struct slice messages, uint64_t part)
{
	struct template_limits limits = template_default_limits();
	static const struct tm now = {.tm_year = 125, .tm_mday = 3};
	struct chat_request r = {
		.messages = messages,
		.rules.content = chat_content_of(t),
		.add_generation_prompt = true,
		.tools = SLICE("[{\"type\":\"function\",\"function\":{"
			       "\"name\":\"f\"}}]"),
		.now = &now,
	};
	struct arena arena;
	enum status status;

	limits.max_steps /= part;
	arena_init(&arena);
	buf_reset(&out, SIZE_MAX);
	status = chat_render(t, &r, &limits, &arena, &out, NULL);
	arena_fini(&arena);
	return status;
}

static void check_template(const char *name, const struct slice *messages)
{
	struct template *t;
	struct error err;

	buf_reset(&source, SIZE_MAX);
	assert_int_equal(file_read(name, 1 << 20, &source, &err), OK);
	if (template_load(buf_slice(&source), &t, &err) != OK)
		return;
	for (int i = 0; i < 2; i++) {
		if (render_within(t, messages[i], MARGIN) != ERR_LIMIT)
			continue;
		n_slow++;
		n_refused += render_within(t, messages[i], 1) == ERR_LIMIT;
	}
	template_unref(&t);
}

static void real_templates_are_far_from_the_bound(void **state)
{
	const char *dir = getenv("WARMPATH_TESTDATA");
	struct slice messages[2];
	struct arena arena;
	char pattern[512];
	glob_t found;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/templates/*/*",
		 dir ? dir : "../shared/testdata");
	if (glob(pattern, 0, NULL, &found) != 0) {
		print_message("SKIPPED: no %s\n", pattern);
		skip();
	}
	arena_init(&arena);
	for (int i = 0; i < 2; i++) {
		buf_reset(&context, SIZE_MAX);
		put_messages(&context, i == 1);
		messages[i] = arena_copy(&arena, buf_slice(&context));
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_template(found.gl_pathv[i], messages);
	print_message("%zu templates: %zu take more than 1/%d of the bound, "
		      "%zu more than it\n",
		      found.gl_pathc, n_slow, MARGIN, n_refused);
	assert_true(n_slow <= MOST_SLOW && n_refused <= MOST_REFUSED);
	globfree(&found);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_touched_is_charged),
		cmocka_unit_test(what_is_not_touched_is_not_charged),
		cmocka_unit_test(everything_ends_in_an_endless_loop),
		cmocka_unit_test(keys_are_hashed_under_a_secret),
		cmocka_unit_test(a_key_of_many_items_is_refused),
		cmocka_unit_test(real_templates_are_far_from_the_bound),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
