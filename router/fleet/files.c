#include "router/fleet/files.h"

#include "common/base/log.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STAMP_START UINT64_C(0xcbf29ce484222325)

/* What a tokenizer's directory holds that decides about tokens. */
static const char *const tokenizer_file[] = {
	"tokenizer.json",      "tokenizer.json.gz",
	"config.json",         "config.json.gz",
	"chat_template.json",  "tokenizer_config.json",
	"chat_template.jinja", "tokenizer_config.json.gz",
	"added_tokens.json",   "special_tokens_map.json",
	"tiktoken.model",      "cl100k_base.tiktoken",
	"qwen.tiktoken",       "o200k_base.tiktoken"};

/* --- stamps ----------------------------------------------------------- */

static uint64_t stamp_mix(uint64_t stamp, uint64_t value)
{
	return (stamp ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t stamp_text(uint64_t stamp, const char *text)
{
	stamp = stamp_mix(stamp, text != NULL);
	while (text != NULL && *text != '\0')
		stamp = stamp_mix(stamp, (unsigned char)*text++);
	return stamp;
}

static uint64_t stamp_file(uint64_t stamp, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return stamp;
	stamp = stamp_mix(stamp, (uint64_t)st.st_mtim.tv_sec);
	stamp = stamp_mix(stamp, (uint64_t)st.st_mtim.tv_nsec);
	stamp = stamp_mix(stamp, (uint64_t)st.st_size);
	return stamp_mix(stamp, (uint64_t)st.st_ino);
}

static uint64_t stamp_directory(const char *dir)
{
	uint64_t stamp = STAMP_START;

	for (size_t i = 0; i < ARRAY_LEN(tokenizer_file); i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, tokenizer_file[i]);
		stamp = stamp_file(stamp_mix(stamp, i), path);
	}
	return stamp;
}

/* Of what was configured besides, which decides as much. */
static uint64_t stamp_chat(uint64_t stamp, const struct conf_chat *c)
{
	stamp = stamp_mix(stamp, (uint64_t)c->engine);
	stamp = stamp_mix(stamp, (uint64_t)c->format);
	stamp = stamp_mix(stamp, c->exclude_tools);
	stamp = stamp_text(stamp, c->default_kwargs);
	stamp = stamp_text(stamp, c->template_file);
	return c->template_file ? stamp_file(stamp, c->template_file) : stamp;
}

/* --- sharing ---------------------------------------------------------- */

static bool same_tokenizer(const struct fleet_model *a,
			   const struct fleet_model *b)
{
	return a->tokenizer != NULL &&
	       a->tokenizer_stamp == b->tokenizer_stamp &&
	       strcmp(a->conf->tokenizer, b->conf->tokenizer) == 0;
}

static bool same_chat(const struct fleet_model *a, const struct fleet_model *b)
{
	return same_tokenizer(a, b) && a->chat_stamp == b->chat_stamp;
}

/* Among the first `n` models of `f`, and then those of `old`. */
static const struct fleet_model *find(const struct fleet *f, size_t n,
				      const struct fleet *old,
				      const struct fleet_model *as,
				      bool (*same)(const struct fleet_model *,
						   const struct fleet_model *))
{
	for (size_t i = 0; i < n; i++)
		if (same(&f->model[i], as))
			return &f->model[i];
	for (size_t i = 0; old != NULL && i < old->n_models; i++)
		if (same(&old->model[i], as))
			return &old->model[i];
	return NULL;
}

/* --- loading ---------------------------------------------------------- */

static struct chat_options options_of(const struct conf_chat *c)
{
	struct chat_options o = {
		.template_file = c->template_file,
		.format = c->format,
		.default_kwargs = c->default_kwargs,
		.exclude_tools = c->exclude_tools,
	};

	chat_options_set_engine(&o, c->engine);
	return o;
}

/* Says which template has the fault: "template:3: …" is of no known file. */
static char *fault_of(const struct conf_model *c, const char *fault)
{
	static const char nameless[] = "template:";
	const char *rest = fault;
	const char *key = c->chat.template_file ? "chat.template" : "tokenizer";
	const char *path = c->chat.template_file ? c->chat.template_file
						 : c->tokenizer;
	struct buf b = {0};
	char *text;

	if (strncmp(fault, nameless, strlen(nameless)) == 0) {
		rest += strlen(nameless);
		buf_printf(&b, "%s: %s:%s%s", key, path,
			   c->chat.template_file ? "" : "chat template:", rest);
	} else {
		buf_printf(&b, "%s: %s", key, fault);
	}
	text = mem_strndup(buf_slice(&b).p, buf_len(&b));
	buf_fini(&b);
	return text;
}

/* Chats that are not rendered here are put to a worker: no reason to
 * refuse the configuration. */
static void load_chat(const struct fleet *f, struct fleet_model *m)
{
	struct chat_options o = options_of(&m->conf->chat);
	struct error why = {0};
	const char *fault = why.text;

	m->chat = chat_model_load(m->conf->tokenizer, &o, &why);
	if (m->chat != NULL)
		fault = chat_model_fault(m->chat);
	if (fault == NULL)
		return;
	m->chat_fault = fault_of(m->conf, fault);
	log_warn("%s:%zu: models: %s: %s; until that is mended its chats are "
		 "put to a worker's /tokenize",
		 f->conf->file ? f->conf->file : "conf", m->conf->line,
		 m->conf->name, m->chat_fault);
	chat_model_unref(&m->chat);
}

static void share_chat(struct fleet_model *m, const struct fleet_model *with)
{
	if (with->chat != NULL)
		m->chat = chat_model_ref(with->chat);
	if (with->chat_fault != NULL)
		m->chat_fault = mem_strdup(with->chat_fault);
}

static enum status load_tokenizer(const struct fleet *f, struct fleet_model *m,
				  const struct fleet *old, struct error *err)
{
	size_t before = (size_t)(m - f->model);
	const struct fleet_model *same = find(f, before, old, m,
					      same_tokenizer);
	struct error why = {0};

	if (same != NULL) {
		m->tokenizer = same->tokenizer;
		tokenizer_ref(m->tokenizer);
		return OK;
	}
	m->tokenizer = tokenizer_load(m->conf->tokenizer, &why);
	if (m->tokenizer != NULL)
		return OK;
	return error_set(err, why.status == OK ? ERR_INVALID : why.status,
			 "models: %s: tokenizer: %s", m->conf->name, why.text);
}

enum status fleet_files_load(const struct fleet *f, struct fleet_model *m,
			     const struct fleet *old, struct error *err)
{
	const struct fleet_model *same;
	enum status st;

	if (m->conf->tokenizer == NULL)
		return OK;
	m->tokenizer_stamp = stamp_directory(m->conf->tokenizer);
	m->chat_stamp = stamp_chat(m->tokenizer_stamp, &m->conf->chat);
	st = load_tokenizer(f, m, old, err);
	if (st != OK)
		return st;
	same = find(f, (size_t)(m - f->model), old, m, same_chat);
	if (same != NULL)
		share_chat(m, same);
	else
		load_chat(f, m);
	return OK;
}

void fleet_files_unload(struct fleet_model *m)
{
	if (m->tokenizer != NULL)
		tokenizer_unref(&m->tokenizer);
	chat_model_unref(&m->chat);
	mem_free(m->chat_fault);
	m->chat_fault = NULL;
}
