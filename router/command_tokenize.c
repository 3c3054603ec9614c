#include "router/command_tokenize.h"

#include "common/json/string.h"
#include "router/api/prompt.h"
#include "router/command_chat.h"
#include "router/command_lines.h"
#include "router/prompt/prompt_ids.h"

#include <stdio.h>
#include <unistd.h>

/* As limits.max_prompt_tokens allows at the most. */
#define MAX_TOKENS ((size_t)16 << 20)

static const char help[] =
	"usage: warmpath tokenize --model DIR [--template FILE]\n"
	"\n"
	"Prints the token ids that the engines make of prompts.\n"
	"Reads a JSON object a line from standard input: a body of\n"
	"/v1/chat/completions or /v1/completions, or\n"
	"  {\"text\":\"...\",\"add_special_tokens\":false}\n"
	"and answers each with a line:\n"
	"  {\"tokens\":[1,2,3]} or {\"error\":\"...\"}\n"
	"add_special_tokens is false for chats and true for the others where\n"
	"a line does not say, as with the engines. With another --api each is\n"
	"a body of that.\n"
	"\n"
	"  --model DIR            a Hugging Face model's directory, with\n"
	"                         tokenizer.json or tokenizer.json.gz\n"
	"  --template FILE        a chat template, before the model's "
	"own\n" COMMAND_CHAT_HELP "  --help                 this text\n"
	"\n"
	"Exit status: 0, 1 if a line was answered with an error, 2 for wrong\n"
	"usage.\n";

struct options {
	struct command_chat chat;
	bool help;
};

struct model {
	const struct options *o;
	struct tokenizer *tokenizer;
	struct chat_model *chat; /* NULL: its chats are refused */
	struct error no_chat;    /* why */
};

/* A line, as far as it says how to take it. */
struct line {
	struct slice raw;
	struct json_value text, prompt, messages, special; /* raw.n 0: absent */
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	if (letter != 'h')
		return command_chat_take(&o->chat, letter, value, err);
	o->help = true;
	return OK;
}

static const struct option known[] = {
	COMMAND_CHAT_OPTIONS,
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, "prompts", take_option};

static void model_free(struct model *m)
{
	if (m->tokenizer)
		tokenizer_unref(&m->tokenizer);
	chat_model_unref(&m->chat);
}

static enum status model_load(struct model *m, struct error *err)
{
	const struct command_chat *c = &m->o->chat;

	if (!c->model)
		return command_usage(err, "--model", NULL,
				     "missing: a Hugging Face model's "
				     "directory");
	m->tokenizer = tokenizer_load(c->model, err);
	if (!m->tokenizer)
		return err->status;
	m->chat = chat_model_load(c->model, &c->options, &m->no_chat);
	/* A directory may well have none; a template that was asked for is
	 * another matter. */
	if (m->chat || !c->options.template_file)
		return OK;
	*err = m->no_chat;
	return err->status;
}

static enum status take_member(struct line *l, struct slice key,
			       const struct json_value *v, struct error *err)
{
	const struct {
		const char *name;
		struct json_value *to;
	} member[] = {
		{"text", &l->text},
		{"prompt", &l->prompt},
		{"messages", &l->messages},
		{"add_special_tokens", &l->special},
	};

	for (size_t i = 0; i < ARRAY_LEN(member); i++) {
		if (!json_string_equal(key, slice_of(member[i].name)))
			continue;
		if (member[i].to->raw.n > 0)
			return error_set(err, ERR_INVALID, "%s is there twice",
					 member[i].name);
		if (v->type != JSON_TYPE_NULL)
			*member[i].to = *v;
	}
	return OK;
}

static enum status read_line(struct slice raw, struct line *l,
			     struct error *err)
{
	struct json_scan s;
	struct json_value v;
	struct slice key;

	l->raw = raw;
	json_begin(&s, raw, CHAT_MAX_DEPTH + 1);
	json_enter_object(&s);
	while (json_member(&s, &key) && json_value(&s, &v))
		if (take_member(l, key, &v, err) != OK)
			return ERR_INVALID;
	if (json_end(&s) != OK)
		return error_set(err, s.status, "byte %zu: %s", json_offset(&s),
				 s.why);
	if ((l->text.raw.n > 0) + (l->prompt.raw.n > 0) +
		    (l->messages.raw.n > 0) !=
	    1)
		return error_set(err, ERR_INVALID,
				 "a line has one of text, prompt and messages");
	return OK;
}

static enum status add_special(const struct line *l, bool otherwise, bool *out,
			       struct error *err)
{
	*out = otherwise;
	if (l->special.raw.n == 0)
		return OK;
	if (l->special.type != JSON_TYPE_TRUE &&
	    l->special.type != JSON_TYPE_FALSE)
		return error_set(err, ERR_INVALID,
				 "add_special_tokens is not true or false");
	*out = l->special.type == JSON_TYPE_TRUE;
	return OK;
}

static enum status of_chat(const struct model *m, const struct line *l,
			   struct arena *arena, struct token_list *out,
			   struct error *err)
{
	struct chat_request request = {0};
	struct tm now;
	bool special;

	if (!m->chat) {
		*err = m->no_chat;
		return err->status;
	}
	if (command_chat_read(&m->o->chat, m->chat, l->raw, arena, &request,
			      err) != OK ||
	    add_special(l, false, &special, err) != OK)
		return err->status;
	command_chat_now(&m->o->chat, &now);
	request.now = &now;
	return prompt_ids_of_chat(m->tokenizer, m->chat, &request, special,
				  MAX_TOKENS, arena, out, err);
}

static enum status read_prompt(const struct line *l, struct arena *arena,
			       struct api_request *out, struct error *err)
{
	const struct api_limits limits = {
		.max_depth = 4,
		.max_prompts = 1,
		.max_prompt_tokens = MAX_TOKENS,
	};
	struct api_error why;
	enum status status = api_prompt_read(l->prompt.raw, &limits, arena, out,
					     &why);

	if (status == ERR_LIMIT)
		return error_set(err, status, "%s One a line.", why.message);
	if (status != OK)
		return error_set(err, status, "%s", why.message);
	return OK;
}

static enum status of_prompt(const struct model *m, const struct line *l,
			     struct arena *arena, struct token_list *out,
			     struct error *err)
{
	struct api_request r = {0};
	bool special;

	if (read_prompt(l, arena, &r, err) != OK ||
	    add_special(l, true, &special, err) != OK)
		return err->status;
	if (r.prompt_kind == API_PROMPT_TEXT)
		return prompt_ids_of_text(m->tokenizer, r.text[0], special,
					  MAX_TOKENS, out, err);
	for (size_t i = 0; i < r.tokens[0].n; i++)
		token_list_push(out, r.tokens[0].id[i]);
	return OK;
}

static enum status of_text(const struct model *m, const struct line *l,
			   struct arena *arena, struct token_list *out,
			   struct error *err)
{
	struct slice text;
	bool special;

	if (l->text.type != JSON_TYPE_STRING ||
	    json_text(l->text.raw, arena, &text) != OK)
		return error_set(err, ERR_INVALID, "text is not a string");
	if (add_special(l, true, &special, err) != OK)
		return err->status;
	return prompt_ids_of_text(m->tokenizer, text, special, MAX_TOKENS, out,
				  err);
}

static enum status ids_of(const struct model *m, struct slice raw,
			  struct arena *arena, struct token_list *out,
			  struct error *err)
{
	struct line l = {.raw = raw};

	if (m->o->chat.api != CHAT_API_CHAT)
		return of_chat(m, &l, arena, out, err);
	if (read_line(raw, &l, err) != OK)
		return err->status;
	if (l.messages.raw.n > 0)
		return of_chat(m, &l, arena, out, err);
	if (l.prompt.raw.n > 0)
		return of_prompt(m, &l, arena, out, err);
	return of_text(m, &l, arena, out, err);
}

static enum status answer(const void *of, struct slice line,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	struct token_list ids;
	enum status status;

	token_list_init(&ids);
	status = ids_of(of, line, arena, &ids, err);
	if (status == OK) {
		buf_puts(out, "{\"tokens\":[");
		for (size_t i = 0; i < ids.n; i++)
			buf_printf(out, i ? ",%u" : "%u", (unsigned)ids.id[i]);
		buf_puts(out, "]}");
	}
	token_list_fini(&ids);
	return status;
}

int command_tokenize(int argc, char **argv)
{
	struct options o = {0};
	struct model m = {.o = &o};
	const struct command_lines lines = {
		.name = "tokenize", .answer = answer, .of = &m};
	struct error err;
	int status;

	if (command_options_parse(&command, &o, argc, argv, &err) != OK ||
	    (!o.help && model_load(&m, &err) != OK)) {
		fprintf(stderr, "warmpath tokenize: %s\n", err.text);
		model_free(&m);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	status = command_lines_run(&lines, STDIN_FILENO, STDOUT_FILENO);
	model_free(&m);
	return status;
}
