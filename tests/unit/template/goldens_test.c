/* Every template of the test data on every conversation, against prompts
 * and errors made with Jinja2; and the syntax cases. All that differs is
 * listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/template/from_json.h"
#include "common/template/template.h"

#define MAX_BYTES (64u << 20)

static struct arena data;

/* Skips the test, loudly, without the data. */
static void read_bytes(const char *name, struct buf *out)
{
	struct error err;
	const char *dir = getenv("WARMPATH_TESTDATA");
	char *path = arena_printf(&data, "%s/%s",
				  dir ? dir : "../shared/testdata", name);
	buf_init(out);
	if (file_read(path, MAX_BYTES, out, &err) == OK)
		return;
	print_message("SKIPPED, no test data: %s\n", err.text);
	buf_fini(out);
	skip();
}

static struct value read_json(const char *name)
{
	struct buf b;
	struct value v;
	read_bytes(name, &b);
	struct slice text = arena_copy(&data, buf_slice(&b));
	buf_fini(&b);
	assert_int_equal(value_from_json(text, 128, &data, &v), OK);
	return v;
}

static struct value *find(struct value object, const char *name)
{
	assert_int_equal(object.type, VALUE_DICT);
	return dict_find_text(object.dict, slice_of(name));
}

static struct value get(struct value object, const char *name)
{
	struct value *v = find(object, name);
	assert_non_null(v);
	return *v;
}

static struct value get_by(struct value object, struct value key)
{
	struct value *v = dict_find(object.dict, key);
	assert_non_null(v);
	return *v;
}

/* 2025-07-10 12:00, as the goldens have it. */
static struct tm now(void)
{
	struct tm tm = {
		.tm_year = 125, .tm_mon = 6, .tm_mday = 10, .tm_hour = 12};
	tm.tm_isdst = -1;
	mktime(&tm);
	return tm;
}

static enum status render(struct slice source, struct dict *globals,
			  struct buf *out, struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct template *t;
	struct arena arena;
	struct tm tm = now();
	enum status status = template_load(source, &t, err);
	if (status != OK)
		return status;
	arena_init(&arena);
	status = template_render(t, globals, &tm, &limits, NULL, NULL, &arena,
				 out, err);
	arena_fini(&arena);
	template_unref(&t);
	return status;
}

static void show_difference(struct slice want, struct slice got)
{
	size_t at = 0;
	while (at < want.n && at < got.n && want.p[at] == got.p[at])
		at++;
	size_t from = at > 30 ? at - 30 : 0;
	print_message(
		"    at %zu of %zu and %zu\n    want ...%.*s\n"
		"    got  ...%.*s\n",
		at, want.n, got.n,
		(int)(want.n - from > 90 ? 90 : want.n - from), want.p + from,
		(int)(got.n - from > 90 ? 90 : got.n - from), got.p + from);
}

/* True if `source` gives the prompt, or fails where `want` is NULL; with
 * that sentence, if there is one. */
static bool agrees(const char *title, struct slice source, struct dict *globals,
		   const struct value *want, const struct value *sentence)
{
	struct buf out;
	struct error err = {0};
	buf_init(&out);
	enum status status = render(source, globals, &out, &err);
	bool good;
	if (want)
		good = status == OK &&
		       slice_equal(buf_slice(&out), value_slice(*want));
	else
		good = status == ERR_INVALID &&
		       (!sentence || value_is(*sentence, err.text));
	if (!good) {
		print_message("  %s: %s %s\n", title, status_name(status),
			      err.text);
		if (want && status == OK)
			show_difference(value_slice(*want), buf_slice(&out));
		if (sentence)
			print_message("    want error %.*s\n",
				      SLICE_ARG(value_slice(*sentence)));
	}
	buf_fini(&out);
	return good;
}

static struct value variables(struct value all, struct value one,
			      struct value template)
{
	struct value name = get(one, "conversation");
	struct value request = get_by(get(all, "conversations"), name);
	struct value messages = get_by(get(all, "normalized_messages"), name);
	struct value *tools = dict_find(get(all, "normalized_tools").dict,
					name);
	struct value *generate = find(request, "add_generation_prompt");
	struct value d = value_dict(&data);
	dict_set_text(d.dict, "messages",
		      get_by(messages, get(template, "content_format")));
	dict_set_text(d.dict, "tools", tools ? *tools : value_none());
	dict_set_text(d.dict, "documents", value_none());
	dict_set_text(d.dict, "add_generation_prompt",
		      generate ? *generate : value_bool(true));
	struct value special = get(template, "special_tokens");
	for (uint32_t i = 0; i < special.dict->n; i++)
		dict_set(d.dict, special.dict->entry[i].key,
			 special.dict->entry[i].value);
	return d;
}

static bool case_agrees(struct value all, struct value one)
{
	struct value name = get(one, "template");
	struct value template = get_by(get(all, "templates"), name);
	struct buf source;
	char *title = arena_printf(
		&data, "%.*s %.*s", SLICE_ARG(value_slice(name)),
		SLICE_ARG(value_slice(get(one, "conversation"))));
	read_bytes(arena_printf(&data, "templates/%.*s",
				SLICE_ARG(value_slice(name))),
		   &source);
	struct value d = variables(all, one, template);
	bool good = agrees(title, buf_slice(&source), d.dict,
			   find(one, "prompt"), find(one, "message"));
	buf_fini(&source);
	return good;
}

static void every_template_renders_as_jinja_does(void **state)
{
	(void)state;
	struct value all = read_json("goldens/render.json");
	struct value cases = get(all, "cases");
	struct value conversations = get(all, "conversations");
	size_t good = 0;
	print_message("%-20s %s\n", "conversation", "templates that agree");
	for (uint32_t c = 0; c < conversations.dict->n; c++) {
		struct value name = conversations.dict->entry[c].key;
		size_t here = 0, n = 0;
		for (uint32_t i = 0; i < cases.n; i++) {
			if (!slice_equal(value_slice(name),
					 value_slice(get(cases.item[i],
							 "conversation"))))
				continue;
			n++;
			here += case_agrees(all, cases.item[i]);
		}
		print_message("%-20.*s %zu of %zu\n",
			      SLICE_ARG(value_slice(name)), here, n);
		good += here;
	}
	print_message("render.json: %zu of %u agree\n", good, cases.n);
	assert_true(cases.n > 0);
	assert_int_equal(good, cases.n);
}

static void every_syntax_case_gives_what_jinja_gives(void **state)
{
	(void)state;
	struct value all = read_json("vectors/hfjs/syntax.json");
	struct value cases = get(all, "cases");
	size_t good = 0;
	for (uint32_t i = 0; i < cases.n; i++) {
		struct value one = cases.item[i];
		char *title = arena_printf(
			&data, "%.*s",
			SLICE_ARG(value_slice(get(one, "name"))));
		good += agrees(title, value_slice(get(one, "template")),
			       get(one, "context").dict, find(one, "expected"),
			       NULL);
	}
	print_message("syntax.json: %zu of %u agree\n", good, cases.n);
	assert_int_equal(good, cases.n);
}

static void every_example_gives_what_jinja_gives(void **state)
{
	(void)state;
	struct value all = read_json("vectors/hfjs/e2e.json");
	struct value cases = get(all, "cases");
	size_t good = 0;
	for (uint32_t i = 0; i < cases.n; i++) {
		struct value one = cases.item[i];
		char *title = arena_printf(
			&data, "%.*s",
			SLICE_ARG(value_slice(get(one, "name"))));
		good += agrees(title, value_slice(get(one, "chat_template")),
			       get(one, "data").dict, find(one, "target"),
			       NULL);
	}
	print_message("e2e.json of hfjs: %zu of %u agree\n", good, cases.n);
	assert_int_equal(good, cases.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_syntax_case_gives_what_jinja_gives),
		cmocka_unit_test(every_example_gives_what_jinja_gives),
		cmocka_unit_test(every_template_renders_as_jinja_does),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
