#include "router/command_chat.h"

#include <stdio.h>
#include <string.h>

/* The place of a word in its list. */
static enum status take_word(const char *option, const char *value,
			     const char *const *word, unsigned *out,
			     struct error *err)
{
	char what[128];
	size_t n;

	for (unsigned i = 0; word[i] != NULL; i++) {
		if (strcmp(value, word[i]) != 0)
			continue;
		*out = i;
		return OK;
	}
	n = (size_t)snprintf(what, sizeof(what), "not one of %s", word[0]);
	for (size_t i = 1; word[i] != NULL && n < sizeof(what); i++)
		n += (size_t)snprintf(what + n, sizeof(what) - n, ", %s",
				      word[i]);
	return command_usage(err, option, value, what);
}

static enum status take_format(const char *value, struct chat_options *o,
			       struct error *err)
{
	unsigned at;
	enum status st = take_word("--content-format", value, chat_format_word,
				   &at, err);

	if (st == OK)
		o->format = (enum chat_format)at;
	return st;
}

static enum status take_engine(const char *value, struct chat_options *o,
			       struct error *err)
{
	unsigned at;
	enum status st = take_word("--engine", value, chat_engine_word, &at,
				   err);

	if (st == OK)
		chat_options_set_engine(o, (enum chat_engine)at);
	return st;
}

static enum status take_api(const char *value, struct command_chat *c,
			    struct error *err)
{
	unsigned at;
	enum status st = take_word("--api", value, chat_api_word, &at, err);

	if (st == OK)
		c->api = (enum chat_api)at;
	return st;
}

static enum status take_now(const char *value, struct command_chat *c,
			    struct error *err)
{
	struct tm now = {.tm_isdst = -1};
	const char *end = strptime(value, "%Y-%m-%dT%H:%M:%S", &now);

	/* Fills in the day of the week and of the year. */
	if (!end || *end != '\0' || mktime(&now) == (time_t)-1)
		return command_usage(err, "--now", value,
				     "not a time such as 2025-07-10T12:00:00");
	c->now = now;
	c->has_now = true;
	return OK;
}

enum status command_chat_take(struct command_chat *c, int letter,
			      const char *value, struct error *err)
{
	switch (letter) {
	case 'm': c->model = value; return OK;
	case 't': c->options.template_file = value; return OK;
	case 'f': return take_format(value, &c->options, err);
	case 'e': return take_engine(value, &c->options, err);
	case 'a': return take_api(value, c, err);
	case 'k': c->options.default_kwargs = value; return OK;
	case 'n': return take_now(value, c, err);
	}
	return ERR_INVALID;
}

enum status command_chat_read(const struct command_chat *c,
			      const struct chat_model *m, struct slice body,
			      struct arena *arena, struct chat_request *out,
			      struct error *err)
{
	const char *fault = chat_api_fault(chat_model_rules(m),
					   chat_model_has_template(m), c->api);

	if (fault != NULL)
		return error_set(err, ERR_UNSUPPORTED, "%s", fault);
	return chat_api_parse(c->api, body, arena, out, err);
}

void command_chat_now(const struct command_chat *c, struct tm *out)
{
	time_t clock = time(NULL);

	if (c->has_now)
		*out = c->now;
	else
		localtime_r(&clock, out);
}
