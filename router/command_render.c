#include "router/command_render.h"

#include "common/template/chat_body.h"
#include "common/template/chat_model.h"
#include "router/command_lines.h"
#include "router/command_options.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: warmpath render --model DIR [--template FILE]\n"
	"       warmpath render --template FILE [--special-tokens FILE]\n"
	"\n"
	"Prints the prompts that the engines make of chat requests.\n"
	"Reads a body of /v1/chat/completions a line from standard input and\n"
	"answers each with a line:\n"
	"  {\"prompt\":\"...\"} or {\"error\":\"...\"}\n"
	"\n"
	"  --model DIR            a Hugging Face model's directory\n"
	"  --template FILE        a chat template, before the model's own\n"
	"  --special-tokens FILE  an object such as {\"bos_token\":\"<s>\"}\n"
	"  --content-format F     auto (default), string or openai\n"
	"  --now TIME             local time of templates that ask for it, as\n"
	"                         2025-07-10T12:00:00; default: the clock's\n"
	"  --help                 this text\n"
	"\n"
	"Exit status: 0, 1 if a line was answered with an error, 2 for wrong\n"
	"usage.\n";

struct options {
	const char *model, *special_tokens;
	struct chat_options chat;
	bool help, has_now;
	struct tm now;
};

struct render {
	const struct chat_model *model;
	const struct options *o;
};

static enum status take_format(const char *value, enum chat_format *out,
			       struct error *err)
{
	static const char *const name[] = {"auto", "string", "openai"};

	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		if (strcmp(value, name[i]) != 0)
			continue;
		*out = (enum chat_format)i;
		return OK;
	}
	return command_usage(err, "--content-format", value,
			     "not one of auto, string, openai");
}

static enum status take_now(const char *value, struct options *o,
			    struct error *err)
{
	struct tm now = {.tm_isdst = -1};
	const char *end = strptime(value, "%Y-%m-%dT%H:%M:%S", &now);

	/* Fills in the day of the week and of the year. */
	if (!end || *end != '\0' || mktime(&now) == (time_t)-1)
		return command_usage(err, "--now", value,
				     "not a time such as 2025-07-10T12:00:00");
	o->now = now;
	o->has_now = true;
	return OK;
}

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	switch (letter) {
	case 'm': o->model = value; return OK;
	case 't': o->chat.template_file = value; return OK;
	case 's': o->special_tokens = value; return OK;
	case 'f': return take_format(value, &o->chat.format, err);
	case 'n': return take_now(value, o, err);
	case 'h': o->help = true; return OK;
	}
	return ERR_INVALID;
}

static const struct option known[] = {
	{"model", required_argument, NULL, 'm'},
	{"template", required_argument, NULL, 't'},
	{"special-tokens", required_argument, NULL, 's'},
	{"content-format", required_argument, NULL, 'f'},
	{"now", required_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, "chat requests",
					       take_option};

static enum status load(const struct options *o, struct chat_model **out,
			struct error *err)
{
	struct chat_model *m;

	if (!o->model && !o->chat.template_file)
		return command_usage(err, "--model", NULL,
				     "missing; or give a --template");
	if (o->model && o->special_tokens)
		return command_usage(err, "--special-tokens", o->special_tokens,
				     "the model's own are taken; leave it out");
	m = o->model ? chat_model_load(o->model, &o->chat, err)
		     : chat_model_load_template(o->special_tokens, &o->chat,
						err);
	if (!m)
		return err->status;
	*out = m;
	return OK;
}

static enum status put_prompt(const struct render *r,
			      const struct chat_request *request,
			      struct arena *arena, struct buf *out,
			      struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct buf prompt;
	enum status status;

	buf_init(&prompt);
	status = chat_model_render(r->model, request, &limits, arena, &prompt,
				   err);
	if (status == OK) {
		buf_puts(out, "{\"prompt\":");
		buf_json_string(out, buf_slice(&prompt));
		buf_putc(out, '}');
	}
	buf_fini(&prompt);
	return status;
}

static enum status answer(const void *of, struct slice line,
			  struct arena *arena, struct buf *out,
			  struct error *err)
{
	const struct render *r = of;
	struct chat_request request = {0};
	time_t clock = time(NULL);
	struct tm now = r->o->now;
	enum status status = chat_body_parse(line, &request, err);

	if (status != OK)
		return status;
	if (!r->o->has_now)
		localtime_r(&clock, &now);
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
