/* Raw OpenAI requests to prompts: those of the test data, and the rules of
 * what happens before the template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/json/scan.h"
#include "common/json/string.h"
#include "common/template/from_json.h"
#include "tests/unit/template/chat_case.h"

static void the_last_message_may_be_continued(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"assistant\",\"content\":\"a b \"}]", NULL);
	(void)state;
	r.continue_final_message = true;
	check_refused("<{{ messages[0].content }}>", r, ERR_INVALID);
	r.add_generation_prompt = false;
	check("<{{ messages[0].content }}>", r, "<a b ");
	check("<{{ messages[0].content | trim }}>", r, "<a b");
	check_refused("<{{ messages[0].role }}>", r, ERR_INVALID);
}

static void messages_made_one_by_one_give_the_same_prompt(void **state)
{
	static const char *const raw[] = {
		"{\"role\":\"developer\",\"content\":\"be brief\"}",
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		"\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}",
		"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
		"\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
	};
	struct value item[ARRAY_LEN(raw)];
	struct chat_request r = request_of("", NULL);
	struct error err = {0};
	struct arena arena;
	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < ARRAY_LEN(raw); i++)
		assert_int_equal(chat_message(slice_of(raw[i]), &r.rules,
					      &arena, &item[i], &err),
				 OK);
	r.parsed = item;
	r.n_parsed = ARRAY_LEN(item);
	check(DUMP, r,
	      "[{\"role\": \"system\", \"content\": \"be brief\"}, "
	      "{\"role\": \"user\", \"content\": \"a\\nb\"}, "
	      "{\"role\": \"assistant\", \"content\": \"\", "
	      "\"tool_calls\": [{\"function\": {\"arguments\": {}, "
	      "\"name\": \"f\"}}]}]null");
	assert_int_equal(
		chat_message(SLICE("{}"), &r.rules, &arena, &item[0], &err),
		ERR_INVALID);
	arena_fini(&arena);
}

static void requests_of_other_shapes_are_refused(void **state)
{
	(void)state;
	check_refused(DUMP, request_of("{}", NULL), ERR_INVALID);
	check_refused(DUMP, request_of("[1]", NULL), ERR_INVALID);
	check_refused(DUMP, request_of("[", NULL), ERR_INVALID);
	check_refused(DUMP,
		      request_of("[{\"role\":\"user\",\"content\":1}]", NULL),
		      ERR_INVALID);
	check_refused(DUMP, request_of("[]", "[{}]"), ERR_INVALID);
	check_refused(DUMP,
		      request_of("[{\"role\":\"user\",\"content\":[{\"type\":"
				 "\"image_url\"}]}]",
				 NULL),
		      ERR_UNSUPPORTED);
}

#define PICTURE "{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}"
#define TEXT(t) "{\"type\":\"text\",\"text\":\"" t "\"}"

static void check_before_media(const char *source, enum chat_content content,
			       const char *messages, const char *want)
{
	struct chat_request r = request_of(messages, NULL);
	r.rules.content = content;
	check_case(source, &r, true, want);
}

#define SHOW                                                                   \
	"{% for m in messages %}<{{ m.role }}>{% for p in m.content %}"        \
	"{{ p.text if p.type == 'text' else '[' ~ p.type ~ ']' }}"             \
	"{% endfor %}{% endfor %}"

static void what_stands_before_media_is_exact(void **state)
{
	(void)state;
	check_before_media(
		SHOW, CHAT_PARTS,
		"[{\"role\":\"system\",\"content\":\"s\"},"
		"{\"role\":\"user\",\"content\":[" TEXT(
			"look: ") "," PICTURE
				  "," TEXT("and") "," PICTURE
						  "]},{\"role\":\"user\","
						  "\"content\":\"x\"}]",
		"<system>s<user>look: ");
	check_before_media("{% for m in messages %}<{{ m.role }}>"
			   "{{ m.content | trim }}{% endfor %}",
			   CHAT_STRING,
			   "[{\"role\":\"system\",\"content\":\"s\"},"
			   "{\"role\":\"user\",\"content\":[" TEXT(
				   "look") "," PICTURE "]}]",
			   "<system>s<user>");
}

static void a_template_that_counts_media_first_shows_less(void **state)
{
	(void)state;
	check_before_media(
		"head {% for p in messages[0].content if p.type != "
		"'text' %}!{% endfor %}" SHOW,
		CHAT_PARTS,
		"[{\"role\":\"user\",\"content\":[" TEXT("a") "," PICTURE "]}]",
		"head ");
	check_before_media("{{ messages | tojson }}", CHAT_STRING,
			   "[{\"role\":\"user\",\"content\":[" PICTURE "]}]",
			   "[{\"role\": \"user\", \"content\": \"");
}

static void media_are_refused_where_they_cannot_be_placed(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"user\",\"content\":[" PICTURE "]}]", NULL);
	(void)state;
	check_refused(DUMP, r, ERR_UNSUPPORTED);
	refuse_case("{{ raise_exception('no') }}", &r, true, ERR_INVALID);
	r.add_generation_prompt = false;
	r.continue_final_message = true;
	refuse_case(DUMP, &r, true, ERR_UNSUPPORTED);
	r = request_of(USER, NULL);
	refuse_case(DUMP, &r, true, ERR_NOT_FOUND);
}

static void a_last_message_without_text_cannot_be_continued(void **state)
{
	struct chat_request r = request_of("[]", NULL);
	(void)state;
	r.add_generation_prompt = false;
	r.continue_final_message = true;
	check_refused(DUMP, r, ERR_INVALID);
	r.messages = SLICE("[{\"role\":\"user\",\"content\":[]}]");
	r.rules.content = CHAT_PARTS;
	check_refused(DUMP, r, ERR_INVALID);
}

static struct arena data;

static void read_bytes(const char *name, struct buf *out)
{
	struct error err;
	const char *dir = getenv("WARMPATH_TESTDATA");
	char *path = arena_printf(&data, "%s/%s",
				  dir ? dir : "../shared/testdata", name);
	buf_init(out);
	if (file_read(path, 64u << 20, out, &err) == OK)
		return;
	print_message("SKIPPED, no test data: %s\n", err.text);
	buf_fini(out);
	skip();
}

static struct slice member(struct slice object, const char *name)
{
	struct json_value v;
	return json_find(object, name, &v) == OK ? v.raw : (struct slice){0};
}

static struct slice text_of(struct slice raw)
{
	struct slice text = {0};
	assert_int_equal(json_text(raw, &data, &text), OK);
	return text;
}

static struct slice member_of(struct slice object, struct slice raw_name)
{
	struct slice name = text_of(raw_name);
	return member(object, arena_copy(&data, name).p);
}

/* The prompt of a raw request, against the one in `want`. */
static bool prompt_agrees(struct slice all, struct slice one, struct slice by)
{
	struct slice name = text_of(member(one, "template"));
	struct slice request = member_of(member(all, "conversations"),
					 member(one, "conversation"));
	struct slice generate = member(request, "add_generation_prompt");
	struct value special;
	assert_int_equal(value_from_json(member(by, "special_tokens"), 8, &data,
					 &special),
			 OK);
	struct buf source, out;
	read_bytes(arena_printf(&data, "templates/%.*s", SLICE_ARG(name)),
		   &source);
	struct chat_request r = {
		.messages = member(request, "messages"),
		.tools = member(request, "tools"),
		.kwargs = member(one, "kwargs"),
		.add_generation_prompt = !slice_equal(generate, SLICE("false")),
		.special_tokens = special.dict,
		.rules.compat = CHAT_VLLM_2026_06,
	};
	struct template *t;
	struct error err = {0};
	assert_int_equal(template_load(buf_slice(&source), &t, &err), OK);
	r.rules.content = chat_content_of(t);
	bool parts = slice_equal(text_of(member(by, "content_format")),
				 SLICE("openai"));
	if (parts != (r.rules.content == CHAT_PARTS))
		print_message("  %.*s: content differs\n", SLICE_ARG(name));
	assert_int_equal(parts, r.rules.content == CHAT_PARTS);
	template_unref(&t);
	buf_putc(&source, '\0');
	buf_init(&out);
	enum status status = run_case(source.p + source.start, &r, false, &out,
				      &err);
	struct slice want = member(one, "prompt");
	bool good = want.p ? status == OK &&
				     slice_equal(buf_slice(&out), text_of(want))
			   : status == ERR_INVALID;
	if (!good)
		print_message("  %.*s %.*s: %s %s\n", SLICE_ARG(name),
			      SLICE_ARG(member(one, "conversation")),
			      status_name(status), err.text);
	buf_fini(&out);
	buf_fini(&source);
	return good;
}

static void check_all(const char *name)
{
	struct buf b, render;
	struct json_scan s;
	struct json_value one;
	size_t n = 0, good = 0;
	read_bytes("goldens/render.json", &render);
	read_bytes(name, &b);
	struct slice all = buf_slice(&render);
	struct slice templates = member(all, "templates");
	json_begin(&s, member(buf_slice(&b), "cases"), 64);
	assert_true(json_enter_array(&s));
	while (json_element(&s)) {
		assert_true(json_value(&s, &one));
		struct slice by = one.raw;
		if (!member(by, "special_tokens").p)
			by = member_of(templates, member(by, "template"));
		n++;
		good += prompt_agrees(all, one.raw, by);
	}
	assert_int_equal(json_end(&s), OK);
	print_message("%s: %zu of %zu prompts agree\n", name, good, n);
	assert_true(n > 0);
	assert_int_equal(good, n);
	buf_fini(&b);
	buf_fini(&render);
}

static void every_raw_request_gives_its_prompt(void **state)
{
	(void)state;
	check_all("goldens/e2e.json");
	check_all("goldens/render.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_message_may_be_continued),
		cmocka_unit_test(
			a_last_message_without_text_cannot_be_continued),
		cmocka_unit_test(what_stands_before_media_is_exact),
		cmocka_unit_test(a_template_that_counts_media_first_shows_less),
		cmocka_unit_test(media_are_refused_where_they_cannot_be_placed),
		cmocka_unit_test(messages_made_one_by_one_give_the_same_prompt),
		cmocka_unit_test(requests_of_other_shapes_are_refused),
		cmocka_unit_test(every_raw_request_gives_its_prompt),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
