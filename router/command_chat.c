#include "router/command_chat.h"

#include <string.h>

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

static enum status take_engine(const char *value, struct chat_options *out,
			       struct error *err)
{
	static const struct {
		const char *name;
		enum chat_dialect dialect;
		enum chat_compat compat;
	} known[] = {
		{"vllm", CHAT_VLLM, CHAT_VLLM_2026_08},
		{"vllm-2026-06", CHAT_VLLM, CHAT_VLLM_2026_06},
		{"sglang", CHAT_SGLANG, CHAT_VLLM_2026_08},
		{"sglang-2026-06", CHAT_SGLANG, CHAT_VLLM_2026_06},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(value, known[i].name) != 0)
			continue;
		out->dialect = known[i].dialect;
		out->compat = known[i].compat;
		return OK;
	}
	return command_usage(err, "--engine", value,
			     "not one of vllm, vllm-2026-06, sglang, "
			     "sglang-2026-06");
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
	case 'f': return take_format(value, &c->options.format, err);
	case 'e': return take_engine(value, &c->options, err);
	case 'k': c->options.default_kwargs = value; return OK;
	case 'n': return take_now(value, c, err);
	}
	return ERR_INVALID;
}

void command_chat_now(const struct command_chat *c, struct tm *out)
{
	time_t clock = time(NULL);

	if (c->has_now)
		*out = c->now;
	else
		localtime_r(&clock, out);
}
