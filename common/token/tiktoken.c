/* The special tokens that each sort of code makes. */
#include "common/token/tiktoken.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/token/load.h"

#define MAX_PATH     4096
#define KIMI_SPECIAL 258
#define QWEN_EXTRAS  205

bool tiktoken_has_file(const char *dir, const char *name)
{
	char path[MAX_PATH];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	return n > 0 && (size_t)n < sizeof(path) && file_exists(path);
}

static enum status put(struct tiktoken_specials *s, uint32_t id,
		       const char *text, bool unnamed, struct error *err)
{
	struct tiktoken_special *row = &s->row[s->n];

	if (s->n == TIKTOKEN_MAX_SPECIAL || text[0] == '\0' ||
	    strlen(text) >= TIKTOKEN_MAX_NAME)
		return error_set(err, ERR_LIMIT,
				 "a special token must have 1 to %d bytes",
				 TIKTOKEN_MAX_NAME - 1);
	*row = (struct tiktoken_special){.id = id, .unnamed = unnamed};
	strcpy(row->text, text);
	s->n++;
	return OK;
}

static bool has(const struct tiktoken_specials *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->row[i].text, text) == 0)
			return true;
	return false;
}

/* Of a string, or of an object with the token's flags. */
static const char *content_of(const json_t *v)
{
	if (json_is_object(v))
		v = json_object_get(v, "content");
	return json_string_value(v);
}

/* A token that is named but not there would get an id behind all. */
static enum status check_named(const struct tiktoken_specials *s,
			       const json_t *v, const char *key,
			       struct error *err)
{
	const char *text = content_of(v);

	if (v == NULL || (text != NULL && has(s, text)))
		return OK;
	return error_set(err, ERR_UNSUPPORTED,
			 "tokenizer_config.json: %s: %.60s is not among the "
			 "special tokens of the code",
			 key, text ? text : "something");
}

static enum status check_all_named(const struct tiktoken_specials *s,
				   const json_t *config, struct error *err)
{
	static const char *const key[] = {
		"bos_token", "eos_token", "unk_token",  "pad_token",
		"sep_token", "cls_token", "mask_token",
	};
	const char *list = "additional_special_tokens";
	const json_t *more = load_member(config, list);
	enum status status = OK;

	for (size_t i = 0; i < ARRAY_LEN(key) && status == OK; i++)
		status = check_named(s, load_member(config, key[i]), key[i],
				     err);
	for (size_t i = 0; i < json_array_size(more) && status == OK; i++)
		status = check_named(s, json_array_get(more, i), list, err);
	return status;
}

static bool is_plain(const json_t *o)
{
	return !json_is_true(json_object_get(o, "lstrip")) &&
	       !json_is_true(json_object_get(o, "rstrip")) &&
	       !json_is_true(json_object_get(o, "single_word"));
}

/* 258 ids behind the ranks, with names by the configuration. */
enum status tiktoken_kimi(const struct ranks *r, const char *dir,
			  const json_t *config, struct tiktoken_specials *out,
			  struct error *err)
{
	const json_t *names = load_member(config, "added_tokens_decoder");
	enum status status = OK;
	size_t used = 0;

	if (tiktoken_has_file(dir, "encoding_k3.py"))
		return error_set(err, ERR_UNSUPPORTED,
				 "encoding_k3.py: Kimi K3 is not supported");
	for (uint32_t i = 0; i < KIMI_SPECIAL && status == OK; i++) {
		char key[16], name[64];
		uint32_t id = (uint32_t)r->n + i;
		const json_t *o;
		const char *text;

		snprintf(key, sizeof(key), "%u", id);
		snprintf(name, sizeof(name), "<|reserved_token_%u|>", id);
		o = json_object_get(names, key);
		text = content_of(o);
		used += o != NULL;
		if (o != NULL && (text == NULL || !is_plain(o)))
			return error_set(err, ERR_UNSUPPORTED,
					 "added_tokens_decoder: %s: a token "
					 "that takes up blanks, or has no text",
					 key);
		status = put(out, id, text ? text : name, text == NULL, err);
	}
	if (status == OK && (names == NULL || used != json_object_size(names)))
		return error_set(err, ERR_UNSUPPORTED,
				 "tokenizer_config.json: added_tokens_decoder "
				 "must be there, with ids from %zu to %zu",
				 r->n, r->n + KIMI_SPECIAL - 1);
	return status == OK ? check_all_named(out, config, err) : status;
}

/* The classes of Qwen-VL and Qwen-Audio have the same name. */
static enum status check_text_model(const char *dir, struct error *err)
{
	struct buf text;
	json_t *root = NULL;
	enum status status;
	bool other;

	buf_init(&text);
	status = load_file(dir, "config.json", &text, err);
	if (status == OK)
		root = load_json(buf_slice(&text), "config.json",
				 JSON_DECODE_INT_AS_REAL, err);
	other = load_member(root, "visual") || load_member(root, "audio");
	if (status == OK && root == NULL)
		status = ERR_INVALID;
	if (status == OK && other)
		status = error_set(err, ERR_UNSUPPORTED,
				   "config.json: Qwen 1 with images or audio "
				   "is not supported");
	buf_fini(&text);
	json_decref(root);
	return status;
}

enum status tiktoken_qwen(const struct ranks *r, const char *dir,
			  const json_t *config, struct tiktoken_specials *out,
			  struct error *err)
{
	static const char *const first[] = {"<|endoftext|>", "<|im_start|>",
					    "<|im_end|>"};
	uint32_t id = (uint32_t)r->n;
	char name[32];
	enum status status = check_text_model(dir, err);

	if (status == OK && load_member(config, "extra_vocab_file"))
		return error_set(err, ERR_UNSUPPORTED,
				 "tokenizer_config.json: extra_vocab_file is "
				 "not supported");
	for (size_t i = 0; i < ARRAY_LEN(first) && status == OK; i++)
		status = put(out, id++, first[i], false, err);
	for (int i = 0; i < QWEN_EXTRAS && status == OK; i++) {
		snprintf(name, sizeof(name), "<|extra_%d|>", i);
		status = put(out, id++, name, false, err);
	}
	return status == OK ? check_all_named(out, config, err) : status;
}

static enum status put_rows(const struct tiktoken_special *row, size_t n,
			    struct tiktoken_specials *out, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; i < n && status == OK; i++)
		status = put(out, row[i].id, row[i].text, false, err);
	return status;
}

enum status tiktoken_cl100k(const struct ranks *r, const char *dir,
			    const json_t *config, struct tiktoken_specials *out,
			    struct error *err)
{
	static const struct tiktoken_special row[] = {
		{"<|endoftext|>", 100257},   {"<|fim_prefix|>", 100258},
		{"<|fim_middle|>", 100259},  {"<|fim_suffix|>", 100260},
		{"<|endofprompt|>", 100276},
	};

	(void)r;
	(void)dir;
	(void)config;
	return put_rows(row, ARRAY_LEN(row), out, err);
}

enum status tiktoken_o200k(const struct ranks *r, const char *dir,
			   const json_t *config, struct tiktoken_specials *out,
			   struct error *err)
{
	static const struct tiktoken_special row[] = {
		{"<|endoftext|>", 199999},
		{"<|endofprompt|>", 200018},
	};

	(void)r;
	(void)dir;
	(void)config;
	return put_rows(row, ARRAY_LEN(row), out, err);
}
