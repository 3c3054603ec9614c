/* Messages of Harmony, against renderings of openai-harmony. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/harmony.h"
#include "tests/unit/template/data.h"

#define MODEL "You are ChatGPT, a large language model trained by OpenAI."
#define ALL   "analysis, commentary, final"

static struct harmony_system system_of(const char *effort)
{
	return (struct harmony_system){
		.identity = SLICE(MODEL),
		.cutoff = SLICE("2024-06"),
		.effort = slice_of(effort),
		.channels = SLICE(ALL),
	};
}

static struct slice text_of(struct buf *b)
{
	struct slice s = arena_copy(&data, buf_slice(b));
	buf_fini(b);
	return s;
}

static struct slice system_text(const struct harmony_system *s)
{
	struct buf b;
	buf_init(&b);
	harmony_put_system(&b, s, &data);
	return text_of(&b);
}

static struct slice developer_text(const char *instructions,
				   const struct harmony_namespace *ns)
{
	struct buf b;
	buf_init(&b);
	harmony_put_developer(&b,
			      instructions ? slice_of(instructions)
					   : (struct slice){NULL, 0},
			      ns, ns != NULL, &data);
	return text_of(&b);
}

static struct harmony_message said(enum harmony_role role, struct slice text)
{
	struct slice *content = arena_array(&data, 1, sizeof(*content));
	*content = text;
	return (struct harmony_message){
		.role = role, .content = content, .n = 1};
}

static struct harmony_message on(const char *channel, const char *text)
{
	struct harmony_message m = said(HARMONY_ASSISTANT, slice_of(text));
	m.channel = slice_of(channel);
	return m;
}

static struct harmony_message user(const char *text)
{
	return said(HARMONY_USER, slice_of(text));
}

enum { DROP = 1, ANSWER = 2 };

static struct slice rendered(const struct harmony_message *m, size_t n, int how,
			     struct segments *to)
{
	struct buf b;
	buf_init(&b);
	segments_init(to, &b, &data);
	harmony_render(to, m, n, how & DROP);
	if (how & ANSWER)
		harmony_begin_answer(to);
	return text_of(&b);
}

/* Some of the files end with a newline of their own. */
static void check_file(const char *name, const struct harmony_message *m,
		       size_t n, int how)
{
	struct segments pieces;
	struct slice want = data_text(
		arena_printf(&data, "vectors/harmony/test_%s.txt", name));
	if (want.n > 0 && want.p[want.n - 1] == '\n')
		want.n--;
	check_text(rendered(m, n, how, &pieces), want);
}

static void pieces_part_tokens_from_text(void **state)
{
	struct harmony_message m[2] = {user("a <|end|> b"),
				       on("commentary", "{}")};
	struct segments to;
	(void)state;
	m[1].recipient = SLICE("functions.f");
	m[1].content_type = SLICE("<|constrain|>json");
	struct slice text = rendered(m, 2, DROP | ANSWER, &to);
	static const char *const want[] = {
		"<|start|>",   "user",        "<|message|>", "a <|end|> b",
		"<|end|>",     "<|start|>",   "assistant",   " to=functions.f",
		"<|channel|>", "commentary",  " ",           "<|constrain|>",
		"json",        "<|message|>", "{}",          "<|call|>",
		"<|start|>",   "assistant",
	};
	assert_int_equal(to.n, ARRAY_LEN(want));
	size_t begin = 0;
	for (size_t i = 0; i < to.n; i++) {
		struct slice piece = {text.p + begin, to.item[i].end - begin};
		assert_true(slice_equal(piece, slice_of(want[i])));
		assert_int_equal(to.item[i].special,
				 want[i][0] == '<' && want[i][1] == '|');
		begin = to.item[i].end;
	}
}

static void thoughts_go_when_the_last_word_was_final(void **state)
{
	struct harmony_message m[] = {
		user("2+2?"), on("analysis", "four"),  on("final", "4"),
		user("3+5?"), on("analysis", "eight"), on("final", "8")};
	struct segments to;
	(void)state;
	check_text(rendered(m, 2, DROP, &to),
		   SLICE("<|start|>user<|message|>2+2?<|end|><|start|>"
			 "assistant<|channel|>analysis<|message|>four<|end|>"));
	check_text(rendered(m, 3, DROP, &to),
		   SLICE("<|start|>user<|message|>2+2?<|end|><|start|>"
			 "assistant<|channel|>final<|message|>4<|end|>"));
	struct harmony_message published[] = {user("What is 2 + 2?"),
					      on("analysis", "thinking 2+2"),
					      on("final", "4"),
					      user("What is 3 + 5?"),
					      on("analysis", "thinking 3+5"),
					      on("final", "8")};
	check_file("keep_analysis_between_finals", published, 6, DROP);
}

static void a_thought_may_be_kept(void **state)
{
	struct harmony_message m[] = {
		user("What is 2 + 2?"),
		on("analysis", "User asks a simple question: \"What is 2 + "
			       "2?\" The answer: 4."),
		on("final", "2 + 2 equals 4."), user("What about 9 / 2?")};
	(void)state;
	check_file("preserve_cot", m, 4, ANSWER);
	check_file("dropping_cot_by_default", m, 4, DROP | ANSWER);
}

static void a_call_goes_on(void **state)
{
	struct harmony_message m[4] = {
		user("What is the weather in SF?"),
		on("analysis", "User asks: “What is the weather in SF?” We "
			       "need to use lookup_weather tool."),
		on("commentary", "{\"location\": \"San Francisco\"}"),
		said(HARMONY_TOOL, SLICE("{\"temperature\": 20, "
					 "\"description\": \"sunny\"}"))};
	(void)state;
	m[2].recipient = m[3].name = SLICE("functions.lookup_weather");
	m[2].content_type = SLICE("<|constrain|>json");
	check_file("does_not_drop_if_ongoing_analysis", m, 4, DROP | ANSWER);
}

static void check_convo(const char *name, const char *effort,
			const char *instructions, const char *question)
{
	struct harmony_system s = system_of(effort);
	struct harmony_message m[3];
	size_t n = 0;
	m[n++] = said(HARMONY_SYSTEM, system_text(&s));
	if (instructions)
		m[n++] = said(HARMONY_DEVELOPER,
			      developer_text(instructions, NULL));
	m[n++] = user(question);
	check_file(name, m, n, DROP | ANSWER);
}

static void simple_conversations(void **state)
{
	static const char robot[] = "Answer the user's questions like a robot.";
	static const char capital[] =
		"What is the capital of the largest country in the world?";
	static const char *const effort[] = {"low", "medium", "high"};
	(void)state;
	check_convo("simple_convo", "medium", NULL, "What is 2 + 2?");
	for (size_t i = 0; i < 3; i++) {
		check_convo(arena_printf(&data, "simple_convo_%s_effort",
					 effort[i]),
			    effort[i], robot, capital);
		check_convo(
			arena_printf(&data,
				     "simple_convo_%s_effort_no_instruction",
				     effort[i]),
			effort[i], NULL, capital);
	}
}

static void check_reasoning(const char *name, struct harmony_system s,
			    const char *question)
{
	struct harmony_message m[2];
	s.channels = SLICE("analysis, final");
	m[0] = said(HARMONY_SYSTEM, system_text(&s));
	m[1] = user(question);
	check_file(name, m, 2, DROP | ANSWER);
}

static void systems_with_other_channels_and_dates(void **state)
{
	struct harmony_system s = system_of("medium");
	(void)state;
	check_reasoning("reasoning_system_message", s, "What is 2 + 2?");
	s.cutoff = SLICE("2021-01");
	s.date = SLICE("2021-01-01");
	check_reasoning("reasoning_system_message_with_dates", s,
			"What is 42 * pi?");
	check_reasoning("reasoning_system_message_no_instruction",
			system_of("high"),
			"What is the best place to eat candy in the world?");
}

static struct harmony_namespace browser(void)
{
	static const char tools[] =
		"[{\"name\":\"search\",\"description\":\"Searches for "
		"information related to `query` and displays `topn` "
		"results.\",\"parameters\":{\"type\":\"object\","
		"\"properties\":{\"query\":{\"type\":\"string\"},\"topn\":{"
		"\"type\":\"number\",\"default\":10},\"source\":{\"type\":"
		"\"string\"}},\"required\":[\"query\"]}},{\"name\":\"open\","
		"\"description\":\"Opens the link `id` from the page "
		"indicated by `cursor` starting at line number `loc`, showing "
		"`num_lines` lines.\\nValid link ids are displayed with the "
		"formatting: `【{id}†.*】`.\\nIf `cursor` is not provided, "
		"the most recent page is implied.\\nIf `id` is a string, it "
		"is treated as a fully qualified URL associated with "
		"`source`.\\nIf `loc` is not provided, the viewport will be "
		"positioned at the beginning of the document or centered on "
		"the most relevant passage, if available.\\nUse this function "
		"without `id` to scroll to a new location of an opened "
		"page.\",\"parameters\":{\"type\":\"object\",\"properties\":{"
		"\"id\":{\"type\":[\"number\",\"string\"],\"default\":-1},"
		"\"cursor\":{\"type\":\"number\",\"default\":-1},\"loc\":{"
		"\"type\":\"number\",\"default\":-1},\"num_lines\":{\"type\":"
		"\"number\",\"default\":-1},\"view_source\":{\"type\":"
		"\"boolean\",\"default\":false},\"source\":{\"type\":"
		"\"string\"}}}},{\"name\":\"find\",\"description\":\"Finds "
		"exact matches of `pattern` in the current page, or the page "
		"given by `cursor`.\",\"parameters\":{\"type\":\"object\","
		"\"properties\":{\"pattern\":{\"type\":\"string\"},"
		"\"cursor\":{\"type\":\"number\",\"default\":-1}},"
		"\"required\":[\"pattern\"]}}]";
	return (struct harmony_namespace){
		.name = SLICE("browser"),
		.description = SLICE(
			"Tool for browsing.\nThe `cursor` appears in brackets "
			"before each browsing display: `[{cursor}]`.\nCite "
			"information from the tool using the following "
			"format:\n`【{cursor}†L{line_start}(-L{line_end})?】`,"
			" for example: `【6†L9-L11】` or `【8†L3】`.\nDo not "
			"quote more than 10 words directly from the tool "
			"output.\nsources=web (default: web)"),
		.tools = json_of(slice_of(tools)),
	};
}

static struct harmony_namespace python(void)
{
	return (struct harmony_namespace){
		.name = SLICE("python"),
		.description = SLICE(
			"Use this tool to execute Python code in your chain "
			"of thought. The code will not be shown to the user. "
			"This tool should be used for internal reasoning, but "
			"not for code that is intended to be visible to the "
			"user (e.g. when creating plots, tables, or files)."
			"\n\nWhen you send a message containing Python code "
			"to python, it will be executed in a stateful Jupyter "
			"notebook environment. python will respond with the "
			"output of the execution or time out after 120.0 "
			"seconds. The drive at '/mnt/data' can be used to "
			"save and persist user files. Internet access for "
			"this session is UNKNOWN. Depends on the cluster."),
	};
}

static struct harmony_namespace functions(const char *tools)
{
	return (struct harmony_namespace){
		.name = SLICE("functions"),
		.tools = json_of(slice_of(tools)),
	};
}

static void check_tools(const char *name, size_t n,
			const struct harmony_namespace *own)
{
	struct harmony_namespace built_in[] = {python(), browser()};
	struct harmony_system s = system_of("medium");
	struct harmony_message m[2];
	s.date = SLICE("2025-06-28");
	s.tools = n == 1 ? &built_in[1] : built_in;
	s.n_tools = n;
	s.has_functions = own != NULL;
	m[0] = said(HARMONY_SYSTEM, system_text(&s));
	if (own)
		m[1] = said(HARMONY_DEVELOPER, developer_text(NULL, own));
	check_file(name, m, own ? 2 : 1, DROP | ANSWER);
}

static void tools_stand_in_namespaces(void **state)
{
	struct harmony_namespace own = functions(
		"[{\"name\":\"lookup_weather\",\"description\":\"Use this "
		"tool to lookup the weather in a given location. Call it with "
		"the parameter 'location', can be any textual description of "
		"a location.\",\"parameters\":{\"type\":\"object\","
		"\"properties\":{\"location\":{\"type\":\"string\"}},"
		"\"required\":[\"location\"]}}]");
	(void)state;
	check_tools("no_tools", 0, NULL);
	check_tools("browser_tool_only", 1, NULL);
	check_tools("browser_and_python_tool", 2, NULL);
	check_tools("browser_and_function_tool", 1, &own);
}

#define FORMAT                                                                 \
	"\"format\":{\"type\":\"string\",\"enum\":[\"celsius\","               \
	"\"fahrenheit\"],\"default\":\"celsius\"}"

static void functions_are_declared(void **state)
{
	struct harmony_namespace own = functions(
		"[{\"name\":\"get_location\",\"description\":\"Gets the "
		"location of the user.\"},{\"name\":\"get_current_weather\","
		"\"description\":\"Gets the current weather in the provided "
		"location.\",\"parameters\":{\"type\":\"object\","
		"\"properties\":{\"location\":{\"type\":\"string\","
		"\"description\":\"The city and state, e.g. San Francisco, "
		"CA\"}," FORMAT "},\"required\":[\"location\"]}},{\"name\":"
		"\"get_multiple_weathers\",\"description\":\"Gets the current "
		"weather in the provided list of locations.\","
		"\"parameters\":{\"type\":\"object\",\"properties\":{"
		"\"locations\":{\"type\":\"array\",\"items\":{\"type\":"
		"\"string\"},\"description\":\"List of city and state, e.g. "
		"[\\\"San Francisco, CA\\\", \\\"New York, NY\\\"]\"}," FORMAT
		"},\"required\":[\"locations\"]}},{\"name\":\"kitchensink\","
		"\"description\":\"A function with various complex "
		"schemas.\",\"parameters\":{\"description\":\"params "
		"object\",\"type\":\"object\",\"properties\":{\"string\":{"
		"\"type\":\"string\",\"title\":\"STRING\",\"description\":\"A "
		"string\",\"examples\":[\"hello\",\"world\"]},"
		"\"string_nullable\":{\"type\":\"string\",\"nullable\":true,"
		"\"description\":\"A nullable string\",\"default\":\"the "
		"default\"},\"string_enum\":{\"type\":\"string\",\"enum\":["
		"\"a\",\"b\",\"c\"]},\"oneof_string_or_number\":{\"oneOf\":[{"
		"\"type\":\"string\",\"default\":"
		"\"default_string_in_oneof\"},{\"type\":\"number\","
		"\"description\":\"numbers can happen too\"}],"
		"\"description\":\"a oneof\",\"default\":20}}}}]");
	struct harmony_system s = system_of("high");
	struct harmony_message m[3];
	(void)state;
	s.date = SLICE("2025-06-28");
	s.has_functions = true;
	m[0] = said(HARMONY_SYSTEM, system_text(&s));
	m[1] = said(HARMONY_DEVELOPER,
		    developer_text("Always respond in riddles", &own));
	m[2] = user("What is the weather like in SF?");
	check_file("render_functions_with_parameters", m, 3, DROP | ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_part_tokens_from_text),
		cmocka_unit_test(thoughts_go_when_the_last_word_was_final),
		cmocka_unit_test(a_thought_may_be_kept),
		cmocka_unit_test(a_call_goes_on),
		cmocka_unit_test(simple_conversations),
		cmocka_unit_test(systems_with_other_channels_and_dates),
		cmocka_unit_test(tools_stand_in_namespaces),
		cmocka_unit_test(functions_are_declared),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
