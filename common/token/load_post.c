#include <string.h>

#include "common/token/load.h"
#include "common/token/load_tokens.h"

#define WHERE "post_processor"

static enum status check_id(const struct tokenizer *t, uint32_t id,
			    struct error *err)
{
	if (id >= t->vocab.n_id)
		return error_set(err, ERR_INVALID,
				 WHERE ": id %u is not in the vocabulary", id);
	return OK;
}

/* The ids of special_tokens[name]. */
static enum status special(const json_t *p, const char *name,
			   const struct tokenizer *t, struct token_list *out,
			   struct error *err)
{
	const json_t *entry = json_object_get(
		json_object_get(p, "special_tokens"), name);
	const json_t *ids = json_object_get(entry, "ids");
	enum status status = OK;

	if (!json_is_array(ids))
		return error_set(err, ERR_INVALID,
				 WHERE ": special_tokens has no ids for "
				       "\"%.60s\"",
				 name);
	for (size_t i = 0; i < json_array_size(ids) && status == OK; i++) {
		uint32_t id = 0;

		status = load_id(json_array_get(ids, i), WHERE, &id, err);
		if (status == OK)
			status = check_id(t, id, err);
		if (status == OK)
			token_list_push(out, id);
	}
	return status;
}

/* "single": special tokens round one sequence, A. */
static enum status template(const json_t *p, const struct tokenizer *t,
			    struct post *out, struct error *err) {
	const json_t *single = load_member(p, "single");
	struct token_list *to = &out->before;

	for (size_t i = 0; i < json_array_size(single);
	     i++){const json_t *item = json_array_get(single, i);
		  const json_t *token = json_object_get(item, "SpecialToken");
		  const char *name = json_string_value(json_object_get(
			  token ? token : json_object_get(item, "Sequence"),
			  "id"));
		  enum status status;

		  if (name == NULL ||
		      (!token &&
		       (strcmp(name, "A") != 0 ||
			to == &out->behind))) return error_set(err, ERR_INVALID,
							       WHERE
							       ": single[%zu] "
							       "is neither a "
							       "special token "
							       "nor the one "
							       "sequence A",
							       i);
		  if (!token){to = &out->behind; continue;}
status = special(p, name, t, to, err);
if (status != OK)
	return status;
}
if (to == &out->before)
	return error_set(err, ERR_INVALID, WHERE ": single has no sequence A");
return OK;
}

/* "cls" and "sep" of Bert and Roberta: ["</s>", 2]. */
static enum status fixed(const json_t *p, const char *key,
			 const struct tokenizer *t, struct token_list *out,
			 struct error *err)
{
	uint32_t id = 0;
	enum status status = load_id(json_array_get(json_object_get(p, key), 1),
				     WHERE, &id, err);

	if (status == OK)
		status = check_id(t, id, err);
	if (status == OK)
		token_list_push(out, id);
	return status;
}

static enum status read_one(const json_t *p, const struct tokenizer *t,
			    struct post *out, struct error *err)
{
	enum status status;

	if (load_is_type(p, "ByteLevel"))
		return OK; /* offsets only */
	if (load_is_type(p, "TemplateProcessing"))
		return template(p, t, out, err);
	if (!load_is_type(p, "RobertaProcessing") &&
	    !load_is_type(p, "BertProcessing"))
		return error_set(err, ERR_UNSUPPORTED,
				 WHERE ": type %.60s is not supported",
				 load_type(p));
	status = fixed(p, "cls", t, &out->before, err);
	return status == OK ? fixed(p, "sep", t, &out->behind, err) : status;
}

static enum status one(const json_t *p, struct tokenizer *t, struct error *err)
{
	struct post outer;
	enum status status;

	post_init(&outer);
	status = read_one(p, t, &outer, err);
	if (status == OK)
		post_wrap(&t->post, &outer);
	post_fini(&outer);
	return status;
}

static enum status from_json(const json_t *p, struct tokenizer *t,
			     struct error *err)
{
	const json_t *list = load_member(p, "processors");
	enum status status = OK;

	if (p == NULL)
		return OK;
	if (!load_is_type(p, "Sequence"))
		return one(p, t, err);
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 WHERE ": processors must be a list");
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++)
		status = one(json_array_get(list, i), t, err);
	return status;
}

/* These classes of transformers put a template of their own in the place
 * of the file's. */
static bool makes_its_own(const json_t *config)
{
	static const char *const class[] = {
		"LlamaTokenizer", "LlamaTokenizerFast", "GemmaTokenizer",
		"GemmaTokenizerFast"};
	const char *name = json_string_value(
		json_object_get(config, "tokenizer_class"));

	for (size_t i = 0; name && i < ARRAY_LEN(class); i++)
		if (strcmp(name, class[i]) == 0)
			return true;
	return false;
}

static enum status configured(const json_t *config, const char *key,
			      const struct tokenizer *t, struct token_list *out,
			      struct error *err)
{
	struct slice s = load_special_text(config, key);
	uint32_t id = s.n ? model_find(t, s) : VOCAB_NONE;

	if (id == VOCAB_NONE)
		return error_set(err, ERR_INVALID,
				 "tokenizer_config.json: %s is not in the "
				 "vocabulary",
				 key);
	token_list_push(out, id);
	return OK;
}

static enum status from_config(const json_t *config, struct tokenizer *t,
			       struct error *err)
{
	const char *where = "tokenizer_config.json";
	bool bos = true, eos = false;
	enum status status = load_bool(config, "add_bos_token", where, true,
				       &bos, err);

	if (status == OK)
		status = load_bool(config, "add_eos_token", where, false, &eos,
				   err);
	if (status == OK && bos)
		status = configured(config, "bos_token", t, &t->post.before,
				    err);
	if (status == OK && eos)
		status = configured(config, "eos_token", t, &t->post.behind,
				    err);
	return status;
}

enum status load_post(const json_t *root, const json_t *config,
		      struct tokenizer *t, struct error *err)
{
	if (makes_its_own(config))
		return from_config(config, t, err);
	return from_json(load_member(root, "post_processor"), t, err);
}
