#include "router/command_render.h"

#include "router/command_chat.h"
#include "router/command_lines.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"usage: warmpath render --model DIR [--template FILE]\n"
	"       warmpath render --template FILE [--special-tokens FILE]\n"
	"\n"
	"Prints the prompts that the engines make of chat requests.\n"
	"Reads a body of /v1/chat/completions, or of the other --api, a line\n"
	"from standard input and answers each with a line:\n"
	"  {\"prompt\":\"...\"} or {\"error\":\"...\"}\n"
	"Prompts that are encoded in pieces have \"pieces\" too, a list of\n"
	"[text, whether special tokens are recognised].\n"
	"\n"
	"  --model DIR            a Hugging Face model's directory\n"
	"  --template FILE        a chat template, before the model's own\n"
	"  --special-tokens FILE  an object such as "
	"{\"bos_token\":\"<s>\"}\n" COMMAND_CHAT_HELP
	"  --help                 this text\n"
	"\n"
	"Exit status: 0, 1 if a line was answered with an error, 2 for wrong\n"
	"usage.\n";

struct options {
	const char *special_tokens;
	struct command_chat chat;
	bool help;
};

struct render {
	const struct chat_model *model;
	const struct options *o;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	switch (letter) {
	case 's': o->special_tokens = value; return OK;
	case 'h': o->help = true; return OK;
	}
	return command_chat_take(&o->chat, letter, value, err);
}

static const struct option known[] = {
	COMMAND_CHAT_OPTIONS,
	{"special-tokens", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, "chat requests",
					       take_option};

static enum status load(const struct options *o, struct chat_model **out,
			struct error *err)
{
	const struct command_chat *c = &o->chat;
	struct chat_model *m;

	if (!c->model && !c->options.template_file)
		return command_usage(err, "--model", NULL,
				     "missing; or give a --template");
	if (c->model && o->special_tokens)
		return command_usage(err, "--special-tokens", o->special_tokens,
				     "the model's own are taken; leave it out");
	m = c->model ? chat_model_load(c->model, &c->options, err)
		     : chat_model_load_template(o->special_tokens, &c->options,
						err);
	if (!m)
		return err->status;
	*out = m;
	return OK;
}

static void put_pieces(const struct segments *s, struct buf *out)
{
	struct slice text = slice_from(buf_slice(s->text), s->start);
	size_t begin = 0;

	buf_puts(out, ",\"pieces\":[");
	for (size_t i = 0; i < s->n; i++) {
		struct slice piece = {text.p + begin, s->item[i].end - begin};

		buf_puts(out, i > 0 ? ",[" : "[");
		buf_json_string(out, piece);
		buf_puts(out, s->item[i].special ? ",true]" : ",false]");
		begin = s->item[i].end;
	}
	buf_putc(out, ']');
}

static enum status put_prompt(const struct render *r,
			      const struct chat_request *request,
			      struct arena *arena, struct buf *out,
			      struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct segments prompt;
	struct buf text;
	enum status status;

	buf_init(&text);
	segments_init(&prompt, &text, arena);
	status = chat_model_prompt(r->model, request, &limits, &prompt, err);
	if (status == OK) {
		buf_puts(out, "{\"prompt\":");
		buf_json_string(out, buf_slice(&text));
		if (chat_model_has_pieces(r->model))
			put_pieces(&prompt, out);
		buf_putc(out, '}');
	}
	buf_fini(&text);
	return status;
}

static enum status answer(const void *of, struct slice line,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	const struct render *r = of;
	struct chat_request request = {0};
	struct tm now;
	enum status status = command_chat_read(&r->o->chat, r->model, line,
					       arena, &request, err);

	if (status != OK)
		return status;
	command_chat_now(&r->o->chat, &now);
	request.now = &now;
	return put_prompt(r, &request, arena, out, err);
}

int command_render(int argc, char **argv)
{
	struct options o = {0};
	struct render r = {.o = &o};
	struct chat_model *model = NULL;
	const struct command_lines lines = {
		.name = "render", .answer = answer, .of = &r};
	struct error err;
	int status;

	if (command_options_parse(&command, &o, argc, argv, &err) != OK ||
	    (!o.help && load(&o, &model, &err) != OK)) {
		fprintf(stderr, "warmpath render: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	r.model = model;
	status = command_lines_run(&lines, STDIN_FILENO, STDOUT_FILENO);
	chat_model_unref(&model);
	return status;
}
