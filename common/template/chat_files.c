#include "common/template/chat_files.h"

#include <string.h>

#include "common/base/file.h"
#include "common/template/chat_content.h"
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

/* A list of {"name", "template"}: with tools "tool_use" is preferred. */
static void take_named(struct chat_files *f, const struct value *list)
{
	struct slice tool_use = {NULL, 0};
	for (uint32_t i = 0; i < list->n; i++) {
		struct slice name = chat_text(list->item[i], "name");
		struct slice source = chat_text(list->item[i], "template");
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

/* Beside chat_template.jinja others may stand, by their names. */
static enum status read_additional(struct chat_files *f, const char *dir,
				   struct error *err)
{
	struct slice text;
	enum status status = read_path(
		f,
		arena_printf(&f->arena,
			     "%s/additional_chat_templates/tool_use.jinja",
			     dir),
		CHAT_FILES_MAX_BYTES, &text, err);
	if (status == OK)
		f->tools = text;
	return status == ERR_NOT_FOUND ? OK : status;
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
	if (status == OK) {
		f->plain = f->tools = text;
		return read_additional(f, dir, err);
	}
	if (status != ERR_NOT_FOUND)
		return status;
	take_template(f, chat_member(f->config, "chat_template"));
	status = read_optional(f, dir, "chat_template.json", &processor, err);
	text = chat_text(processor, "chat_template");
	if (text.p)
		f->plain = text;
	return status;
}

/* Model types, and architectures, whose prompts the engine makes by code
 * of its own. */
static const struct code_row {
	const char *name;
	enum chat_renderer by[2]; /* dialect */
} code_table[] = {
	{"gpt_oss", {CHAT_BY_HARMONY, CHAT_BY_TEMPLATE}},
	{"deepseek_v32", {CHAT_BY_DEEPSEEK_V32, CHAT_BY_TEMPLATE}},
	{"DeepseekV32ForCausalLM", {CHAT_BY_DEEPSEEK_V32, CHAT_BY_TEMPLATE}},
	{"deepseek_v4", {CHAT_BY_DEEPSEEK_V4, CHAT_BY_OTHER_CODE}},
	{"DeepseekV4ForCausalLM", {CHAT_BY_DEEPSEEK_V4, CHAT_BY_OTHER_CODE}},
	{"deepseek_v41", {CHAT_BY_OTHER_CODE, CHAT_BY_OTHER_CODE}},
	{"kimi_k3", {CHAT_BY_OTHER_CODE, CHAT_BY_OTHER_CODE}},
	{"inkling", {CHAT_BY_OTHER_CODE, CHAT_BY_OTHER_CODE}},
	{"Grok1ForCausalLM", {CHAT_BY_OTHER_CODE, CHAT_BY_TEMPLATE}},
	{"MoonshotKimiaForCausalLM", {CHAT_BY_OTHER_CODE, CHAT_BY_TEMPLATE}},
	{"CohereASRForConditionalGeneration",
	 {CHAT_BY_OTHER_CODE, CHAT_BY_TEMPLATE}},
};

static void find_renderer(struct chat_files *f, struct value config,
			  enum chat_dialect dialect)
{
	struct value *list = chat_member(config, "architectures");
	struct slice type = chat_text(config, "model_type"), first = {NULL, 0};
	if (list && list->type == VALUE_LIST && list->n > 0 &&
	    list->item[0].type == VALUE_STRING)
		first = value_slice(list->item[0]);
	for (size_t i = 0; i < ARRAY_LEN(code_table); i++) {
		struct slice name = slice_of(code_table[i].name);
		if (!slice_equal(name, type) && !slice_equal(name, first))
			continue;
		f->renderer = code_table[i].by[dialect];
		f->model = code_table[i].name;
		return;
	}
}

/* Older directories keep the special tokens in a file of their own, which
 * then goes before the configuration. */
static enum status read_tokens_map(struct chat_files *f, const char *dir,
				   struct error *err)
{
	struct value map = VALUE_NIL;
	enum status status = OK;
	if (!chat_member(f->config, "added_tokens_decoder"))
		status = read_optional(f, dir, "special_tokens_map.json", &map,
				       err);
	for (uint32_t i = 0; map.type == VALUE_DICT && i < map.dict->n; i++)
		dict_set(f->config.dict, map.dict->entry[i].key,
			 map.dict->entry[i].value);
	return status;
}

/* Kimi's code sorts the keys of tools, at every depth, before a template
 * sees them: with tools, its prompts are not those of the template. */
static void drop_sorted_tools(struct chat_files *f)
{
	struct value *map = chat_member(f->config, "auto_map");
	const struct value *code = map ? chat_member(*map, "AutoTokenizer")
				       : NULL;

	if (code && code->type == VALUE_LIST && code->n > 0)
		code = &code->item[0];
	if (code && code->type == VALUE_STRING &&
	    slice_ends(value_slice(*code),
		       SLICE("tokenization_kimi.TikTokenTokenizer")))
		f->tools = (struct slice){NULL, 0};
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
			    const char *template_file,
			    enum chat_dialect dialect, struct error *err)
{
	struct value config = VALUE_NIL;
	enum status status = dialect == CHAT_VLLM ? find_mistral(f, dir, err)
						  : OK;
	if (status != OK || f->model)
		return status;
	status = read_object(f, dir, "tokenizer_config.json", &f->config, err);
	if (status == OK)
		status = read_tokens_map(f, dir, err);
	if (status == OK)
		status = read_optional(f, dir, "config.json", &config, err);
	find_renderer(f, config, dialect);
	if (status != OK)
		return status;
	status = template_file ? read_given(f, template_file, err)
			       : read_templates(f, dir, err);
	drop_sorted_tools(f);
	return status;
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
