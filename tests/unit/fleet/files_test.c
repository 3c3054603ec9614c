#include "router/fleet/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MODEL "models/demo"

/* Two models of a fleet, loaded one after the other. */
struct bed {
	struct conf conf;
	struct conf_model conf_model[2];
	struct fleet_model model[2];
	struct fleet fleet;
	struct error err;
};

static void fill(struct bed *b)
{
	memset(b, 0, sizeof(*b));
	b->conf.file = (char *)"f.yaml";
	for (size_t i = 0; i < 2; i++) {
		b->conf_model[i].name = (char *)"m";
		b->conf_model[i].tokenizer = (char *)MODEL;
		b->conf_model[i].line = 7;
		b->model[i].conf = &b->conf_model[i];
	}
	b->fleet.conf = &b->conf;
	b->fleet.model = b->model;
	b->fleet.n_models = 2;
}

static void load(struct bed *b, const struct fleet *old)
{
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			fleet_files_load(&b->fleet, &b->model[i], old, &b->err),
			OK);
}

static void unload(struct bed *b)
{
	for (size_t i = 0; i < 2; i++)
		fleet_files_unload(&b->model[i]);
}

static char path[64];

static int begin(void **unused)
{
	(void)unused;
	strcpy(path, "/tmp/files-test-XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	return unlink(path);
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* What a chat becomes, by the model's options. */
static void assert_prompt(const struct fleet_model *m, const char *wanted)
{
	struct template_limits limits = template_default_limits();
	struct chat_request request = {
		.messages = SLICE("[{\"role\":\"user\",\"content\":\"hi\"}]"),
		.add_generation_prompt = true,
	};
	struct arena arena;
	struct error err;
	struct buf out;

	arena_init(&arena);
	buf_init(&out);
	assert_non_null(m->chat);
	assert_int_equal(chat_model_render(m->chat, &request, &limits, &arena,
					   &out, &err),
			 OK);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, wanted);
	buf_fini(&out);
	arena_fini(&arena);
}

static void without_a_directory_nothing_is_loaded(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.conf_model[0].tokenizer = b.conf_model[1].tokenizer = NULL;
	load(&b, NULL);
	assert_null(b.model[0].tokenizer);
	assert_null(b.model[0].chat);
	assert_null(b.model[0].chat_fault);
	unload(&b);
}

static void what_is_the_same_is_shared(void **unused)
{
	struct bed b, next;

	(void)unused;
	fill(&b);
	fill(&next);
	load(&b, NULL);
	assert_ptr_equal(b.model[0].tokenizer, b.model[1].tokenizer);
	assert_ptr_equal(b.model[0].chat, b.model[1].chat);
	load(&next, &b.fleet);
	assert_ptr_equal(next.model[0].chat, b.model[0].chat);
	assert_int_equal(next.model[0].chat_stamp, b.model[0].chat_stamp);
	unload(&b);
	assert_prompt(&next.model[0], "<|im_start|>user\nhi<|im_end|>\n"
				      "<|im_start|>assistant\n");
	unload(&next);
}

static void other_options_share_the_tokenizer_alone(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	put("{{ messages[0].content }}{{ tail }}");
	b.conf_model[1].chat.template_file = path;
	b.conf_model[1].chat.default_kwargs = (char *)"{\"tail\": \"!\"}";
	load(&b, NULL);
	assert_ptr_equal(b.model[0].tokenizer, b.model[1].tokenizer);
	assert_ptr_not_equal(b.model[0].chat, b.model[1].chat);
	assert_int_equal(b.model[0].tokenizer_stamp,
			 b.model[1].tokenizer_stamp);
	assert_int_not_equal(b.model[0].chat_stamp, b.model[1].chat_stamp);
	assert_prompt(&b.model[1], "hi!");
	unload(&b);
}

static void every_option_changes_the_stamp(void **unused)
{
	struct conf_chat option[] = {
		{0},
		{.engine = CHAT_ENGINE_SGLANG},
		{.engine = CHAT_ENGINE_VLLM_2026_06},
		{.format = CHAT_FORMAT_STRING},
		{.format = CHAT_FORMAT_OPENAI},
		{.exclude_tools = true},
		{.default_kwargs = (char *)"{}"},
		{.template_file = (char *)MODEL "/chat_template.jinja"},
	};
	uint64_t stamp[ARRAY_LEN(option)];

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(option); i++) {
		struct bed b;

		fill(&b);
		b.conf_model[0].chat = option[i];
		load(&b, NULL);
		stamp[i] = b.model[0].chat_stamp;
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(stamp[i], stamp[k]);
		unload(&b);
	}
}

static void a_template_that_was_edited_is_read_again(void **unused)
{
	struct bed b, next;

	(void)unused;
	fill(&b);
	fill(&next);
	put("one");
	b.conf_model[0].chat.template_file = path;
	next.conf_model[0].chat.template_file = path;
	load(&b, NULL);
	put("the other");
	load(&next, &b.fleet);
	assert_prompt(&b.model[0], "one");
	assert_prompt(&next.model[0], "the other");
	unload(&b);
	unload(&next);
}

static void a_template_with_a_fault_is_told_by_file_and_line(void **unused)
{
	struct bed b, next;
	char wanted[128];

	(void)unused;
	fill(&b);
	fill(&next);
	put("{% for m in messages %}\n{% frob %}\n{% endfor %}");
	b.conf_model[0].chat.template_file = path;
	next.conf_model[0].chat.template_file = path;
	load(&b, NULL);
	assert_null(b.model[0].chat);
	assert_non_null(b.model[0].tokenizer);
	snprintf(wanted, sizeof(wanted), "chat.template: %s:2: ", path);
	assert_non_null(strstr(b.model[0].chat_fault, wanted));
	assert_non_null(strstr(b.model[0].chat_fault, "frob"));
	assert_null(b.model[1].chat_fault);
	/* And again after a reload, for those who ask then. */
	load(&next, &b.fleet);
	assert_string_equal(next.model[0].chat_fault, b.model[0].chat_fault);
	unload(&b);
	unload(&next);
}

static void a_template_that_is_gone_is_no_reason_to_fail(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.conf_model[0].chat.template_file = (char *)"/no/where.jinja";
	load(&b, NULL);
	assert_null(b.model[0].chat);
	assert_non_null(strstr(b.model[0].chat_fault, "/no/where.jinja"));
	unload(&b);
}

static void a_tokenizer_that_does_not_load_fails_it(void **unused)
{
	struct bed b;

	(void)unused;
	fill(&b);
	b.conf_model[0].tokenizer = (char *)"/no/where";
	assert_int_not_equal(
		fleet_files_load(&b.fleet, &b.model[0], NULL, &b.err), OK);
	assert_non_null(strstr(b.err.text, "models: m: tokenizer: "));
	unload(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_directory_nothing_is_loaded),
		cmocka_unit_test(what_is_the_same_is_shared),
		cmocka_unit_test(other_options_share_the_tokenizer_alone),
		cmocka_unit_test(every_option_changes_the_stamp),
		cmocka_unit_test(a_template_that_was_edited_is_read_again),
		cmocka_unit_test(
			a_template_with_a_fault_is_told_by_file_and_line),
		cmocka_unit_test(a_template_that_is_gone_is_no_reason_to_fail),
		cmocka_unit_test(a_tokenizer_that_does_not_load_fails_it),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
