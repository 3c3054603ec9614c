#include "common/template/chat_files.h"

#include <string.h>

#include "common/base/file.h"
#include "common/template/from_json.h"
#include "common/template/template.h"

#define JSON_DEPTH 64

void chat_files_init(struct chat_files *f)
{
	memset(f, 0, sizeof(*f));
	f->config = value_none();
	arena_init(&f->arena);
}

void chat_files_fini(struct chat_files *f)
{
	arena_fini(&f->arena);
}

/* The file, or the same with ".gz" behind its name. */
static enum status read_path(struct chat_files *f, const char *path,
			     size_t max_bytes, struct slice *out,
			     struct error *err)
{
	const char *gz = arena_printf(&f->arena, "%s.gz", path);
	struct buf b;
	enum status status;
	buf_init(&b);
	if (!file_exists(path) && file_exists(gz))
		status = file_read_gzip(gz, max_bytes, &b, err);
	else
		status = file_read(path, max_bytes, &b, err);
	if (status == OK)
		*out = arena_copy(&f->arena, buf_slice(&b));
	buf_fini(&b);
	return status;
}

static enum status parse_object(struct chat_files *f, struct slice text,
				const char *path, struct value *out,
				struct error *err)
{
	struct value v;
	enum status status = value_from_json(text, JSON_DEPTH, &f->arena, &v);
	if (status != OK || v.type != VALUE_DICT)
		return error_set(err, ERR_INVALID, "%s: not a JSON object",
				 path);
	*out = v;
	return OK;
}

static enum status read_object(struct chat_files *f, const char *dir,
			       const char *name, struct value *out,
			       struct error *err)
{
	const char *path = arena_printf(&f->arena, "%s/%s", dir, name);
	struct slice text;
	enum status status = read_path(f, path, CHAT_FILES_MAX_BYTES, &text,
				       err);
	return status == OK ? parse_object(f, text, path, out, err) : status;
}

/* The same for a file that may be missing; `out` is then left alone. */
static enum status read_optional(struct chat_files *f, const char *dir,
				 const char *name, struct value *out,
				 struct error *err)
{
	enum status status = read_object(f, dir, name, out, err);
	return status == ERR_NOT_FOUND ? OK : status;
}

static struct value *find(struct value object, const char *name)
{
	return object.type == VALUE_DICT
		       ? dict_find_text(object.dict, slice_of(name))
		       : NULL;
}

static struct slice text_of(struct value object, const char *name)
{
	struct value *v = find(object, name);
	return v && v->type == VALUE_STRING ? value_slice(*v)
					    : (struct slice){NULL, 0};
}

/* A list of {"name", "template"}: with tools "tool_use" is preferred. */
static void take_named(struct chat_files *f, const struct value *list)
{
	struct slice tool_use = {NULL, 0};
	for (uint32_t i = 0; i < list->n; i++) {
		struct slice name = text_of(list->item[i], "name");
		struct slice source = text_of(list->item[i], "template");
		if (slice_equal(name, SLICE("default")))
			f->plain = source;
		if (slice_equal(name, SLICE("tool_use")))
			tool_use = source;
	}
	f->tools = tool_use.p ? tool_use : f->plain;
}

static void take_template(struct chat_files *f, const struct value *v)
{
	if (v && v->type == VALUE_STRING)
		f->plain = f->tools = value_slice(*v);
	if (v && v->type == VALUE_LIST)
		take_named(f, v);
}

/* The tokenizer's template, over which a processor's own goes where no
 * tools are given: vLLM asks the processor first, and then for tools. */
static enum status read_templates(struct chat_files *f, const char *dir,
				  struct error *err)
{
	struct value processor = VALUE_NIL;
	struct slice text;
	enum status status = read_path(
		f, arena_printf(&f->arena, "%s/chat_template.jinja", dir),
		CHAT_FILES_MAX_BYTES, &text, err);
	if (status == OK)
		f->plain = f->tools = text;
	if (status != ERR_NOT_FOUND)
		return status;
	take_template(f, find(f->config, "chat_template"));
	status = read_optional(f, dir, "chat_template.json", &processor, err);
	text = text_of(processor, "chat_template");
	if (text.p)
		f->plain = text;
	return status;
}

/* Model types, and architectures, whose prompts the engine makes by code
 * of its own. */
static const struct code_row {
	const char *name;
	enum chat_renderer renderer;
} code_table[] = {
	{"gpt_oss", CHAT_BY_HARMONY},
	{"deepseek_v32", CHAT_BY_DEEPSEEK_V32},
	{"DeepseekV32ForCausalLM", CHAT_BY_DEEPSEEK_V32},
	{"deepseek_v4", CHAT_BY_DEEPSEEK_V4},
	{"DeepseekV4ForCausalLM", CHAT_BY_DEEPSEEK_V4},
	{"kimi_k3", CHAT_BY_OTHER_CODE},
	{"inkling", CHAT_BY_OTHER_CODE},
	{"Grok1ForCausalLM", CHAT_BY_OTHER_CODE},
	{"MoonshotKimiaForCausalLM", CHAT_BY_OTHER_CODE},
	{"CohereASRForConditionalGeneration", CHAT_BY_OTHER_CODE},
};

static void find_renderer(struct chat_files *f, struct value config)
{
	struct value *list = find(config, "architectures");
	struct slice type = text_of(config, "model_type"), first = {NULL, 0};
	if (list && list->type == VALUE_LIST && list->n > 0 &&
	    list->item[0].type == VALUE_STRING)
		first = value_slice(list->item[0]);
	for (size_t i = 0; i < ARRAY_LEN(code_table); i++) {
		struct slice name = slice_of(code_table[i].name);
		if (!slice_equal(name, type) && !slice_equal(name, first))
			continue;
		f->renderer = code_table[i].renderer;
		f->model = code_table[i].name;
		return;
	}
}

static enum status read_given(struct chat_files *f, const char *path,
			      struct error *err)
{
	struct slice text;
	enum status status = read_path(f, path, TEMPLATE_MAX_SOURCE_BYTES,
				       &text, err);
	if (status == OK)
		f->plain = f->tools = text;
	return status;
}

/* Mistral's own tokenizer goes before all that the directory has for
 * others. */
static enum status find_mistral(struct chat_files *f, const char *dir,
				struct error *err)
{
	enum status status = mistral_files_read(dir, &f->arena, &f->mistral,
						err);
	if (status == ERR_NOT_FOUND)
		return OK;
	f->renderer = f->mistral.version ? CHAT_BY_MISTRAL : CHAT_BY_OTHER_CODE;
	f->model = "a tokenizer of Mistral's of this version";
	return status;
}

enum status chat_files_read(struct chat_files *f, const char *dir,
			    const char *template_file, struct error *err)
{
	struct value config = VALUE_NIL;
	enum status status = find_mistral(f, dir, err);
	if (status != OK || f->model)
		return status;
	status = read_object(f, dir, "tokenizer_config.json", &f->config, err);
	if (status == OK)
		status = read_optional(f, dir, "config.json", &config, err);
	find_renderer(f, config);
	if (status != OK)
		return status;
	return template_file ? read_given(f, template_file, err)
			     : read_templates(f, dir, err);
}

enum status chat_files_read_template(struct chat_files *f,
				     const char *template_file,
				     const char *special_tokens_file,
				     struct error *err)
{
	struct slice text = SLICE("{}");
	enum status status = OK;
	if (special_tokens_file)
		status = read_path(f, special_tokens_file, CHAT_FILES_MAX_BYTES,
				   &text, err);
	if (status == OK)
		status = parse_object(f, text, special_tokens_file, &f->config,
				      err);
	return status == OK ? read_given(f, template_file, err) : status;
}

/* A token is a string, or an object that has it as "content". */
static struct slice token_text(struct value v)
{
	if (v.type == VALUE_STRING)
		return value_slice(v);
	return text_of(v, "content");
}

static void add_token(struct dict *to, struct value key, struct value v,
		      struct arena *arena)
{
	struct slice text = token_text(v);
	if (text.n > 0)
		dict_set(to, value_string(arena_copy(arena, value_slice(key))),
			 value_string(arena_copy(arena, text)));
}

static void add_list(struct dict *to, const struct value *list,
		     struct arena *arena)
{
	struct value *item = arena_array(arena, list->n + 1, sizeof(*item));
	uint32_t n = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		struct slice text = token_text(list->item[i]);
		if (text.n > 0)
			item[n++] = value_string(arena_copy(arena, text));
	}
	dict_set_text(to, "additional_special_tokens",
		      value_items(VALUE_LIST, item, n));
}

/* Models may name tokens of their own, at the top or in an object. */
struct dict *chat_files_special_tokens(const struct chat_files *f,
				       struct arena *arena)
{
	struct value *own = find(f->config, "extra_special_tokens");
	struct value *more = find(f->config, "additional_special_tokens");
	struct value to = value_dict(arena);
	const struct dict *config = f->config.type == VALUE_DICT
					    ? f->config.dict
					    : NULL;
	for (uint32_t i = 0; config && i < config->n; i++) {
		struct dict_entry *e = &config->entry[i];
		if (slice_ends(value_slice(e->key), SLICE("_token")))
			add_token(to.dict, e->key, e->value, arena);
	}
	for (uint32_t i = 0; own && own->type == VALUE_DICT && i < own->dict->n;
	     i++)
		add_token(to.dict, own->dict->entry[i].key,
			  own->dict->entry[i].value, arena);
	if (more && more->type == VALUE_LIST && more->n > 0)
		add_list(to.dict, more, arena);
	return to.dict;
}
