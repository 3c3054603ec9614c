#include "tools/sim/change.h"

#include "tools/sim/option.h"
#include "tools/sim/version.h"

#include <stdio.h>
#include <string.h>

/* One that another worker has loaded already, or NULL. */
static struct text *text_of_another(const struct worker *w,
				    const struct text_source *source)
{
	for (size_t i = 0; i < w->sim->n; i++) {
		struct text *t = w->sim->worker[i].text;

		if (t && text_is_of(t, source))
			return text_ref(t);
	}
	return NULL;
}

static struct text *text_for(const struct worker *w, struct error *err)
{
	const struct text_source source = {
		.tokenizer = w->conf.tokenizer,
		.chat_template = w->conf.chat_template,
		.bos = w->conf.bos,
		.engine = w->conf.engine,
		.content_format = w->conf.chat_template_content_format,
		.default_kwargs = w->conf.default_chat_template_kwargs,
		.exclude_tools = w->conf.exclude_tools_when_tool_choice_none,
	};
	struct text *t = text_of_another(w, &source);

	return t ? t : text_load(&source, err);
}

bool worker_learn(struct worker *w, struct error *err)
{
	size_t room = (w->conf.num_gpu_blocks - 1) * w->conf.block_size;
	size_t max = w->conf.max_model_len ? w->conf.max_model_len : room;
	struct text *text;

	if (max > room) {
		(void)error_set(err, ERR_LIMIT,
				"max_model_len: %zu tokens are more than the "
				"cache's %zu; raise num_gpu_blocks",
				max, room);
		return false;
	}
	text = text_for(w, err);
	if (!text)
		return false;
	if (w->text)
		text_unref(&w->text);
	w->text = text;
	w->limits = (struct ask_limits){
		.text = text,
		.model = w->conf.model,
		.takes_ids = version_minor(w->conf.version) >= 27,
		.loras = w->conf.loras,
		.max_model_len = max,
		.output_tokens = w->conf.output_tokens,
	};
	return true;
}

static bool is_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool may_change(const char *name, bool at_once)
{
	static const char *const never[] = {
		"name",        "host",          "port",           "event_port",
		"replay_port", "transfer_port", "bootstrap_port", "alloc_port",
		"peer_port",   "data_parallel",
	};
	/* The others are read when a life begins. */
	static const char *const living[] = {
		"model",
		"loras",
		"tokenizer",
		"bos",
		"version",
		"chat_template",
		"told_hash",
		"output_tokens",
		"usage_details",
		"old_metric_names",
		"max_model_len",
		"engine",
		"chat_template_content_format",
		"default_chat_template_kwargs",
		"exclude_tools_when_tool_choice_none"};

	if (at_once)
		return is_among(living, ARRAY_LEN(living), name);
	return !is_among(never, ARRAY_LEN(never), name);
}

static bool set_one(struct worker *w, struct worker_conf *conf,
		    const char *name, const json_t *value, struct error *err)
{
	const struct option *o = option_find(slice_of(name));
	char text[64];

	if (!o || (!json_is_string(value) && !json_is_boolean(value) &&
		   !json_is_number(value))) {
		(void)error_set(err, ERR_INVALID, "%s: no such option%s", name,
				o ? " value" : "");
		return false;
	}
	if (json_is_string(value))
		return option_set(conf, o,
				  (struct slice){json_string_value(value),
						 json_string_length(value)},
				  &w->arena, err) == OK;
	if (json_is_boolean(value))
		snprintf(text, sizeof(text), "%s",
			 json_is_true(value) ? "true" : "false");
	else if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(value));
	else
		snprintf(text, sizeof(text), "%.17g", json_number_value(value));
	return option_set(conf, o, slice_of(text), &w->arena, err) == OK;
}

/* The worker's options with these changed. */
static bool changed(struct worker *w, const json_t *options, bool at_once,
		    struct worker_conf *out, struct error *err)
{
	json_t *all = (json_t *)options; /* an iterator wants it so */
	const char *name;
	json_t *value;

	*out = w->conf;
	json_object_foreach(all, name, value)
	{
		if (!may_change(name, at_once)) {
			(void)error_set(err, ERR_INVALID,
					"%s: cannot be changed%s", name,
					at_once ? " in a running worker" : "");
			return false;
		}
		if (!set_one(w, out, name, value, err))
			return false;
	}
	return true;
}

bool worker_change(struct worker *w, const json_t *options, struct error *err)
{
	struct worker_conf before = w->conf, after;

	if (!changed(w, options, true, &after, err))
		return false;
	w->conf = after;
	if (worker_learn(w, err))
		return true;
	w->conf = before;
	return false;
}

bool worker_change_next(struct worker *w, const json_t *options,
			struct error *err)
{
	if (!changed(w, options, false, &w->next_conf, err))
		return false;
	w->has_next_conf = true;
	return true;
}

bool worker_begin_next(struct worker *w, struct error *err)
{
	if (!w->has_next_conf)
		return true;
	w->has_next_conf = false;
	w->conf = w->next_conf;
	return worker_learn(w, err);
}
