/* Special tokens by their purpose: transformers adds those that tokenizer.json
 * does not have among its added tokens, in this order. */
#include <string.h>

#include "common/token/load.h"
#include "common/token/load_tokens.h"

#define WHERE    "tokenizer_config.json"
#define TEXT_END "<|endoftext|>"

enum purpose { BOS, EOS, UNK, SEP, PAD, CLS, MASK, N_PURPOSE };

static const char *const purpose_key[N_PURPOSE] = {
	"bos_token", "eos_token", "unk_token",  "sep_token",
	"pad_token", "cls_token", "mask_token",
};
static const char *const list_key[] = {"additional_special_tokens",
				       "extra_special_tokens"};

/* What classes name where the configuration says nothing, and what else they
 * add, in a way of their own. */
static const struct {
	const char *class; /* or with "Fast" behind it */
	const char *token[N_PURPOSE];
	const char *needs;
} row[] = {
	{"LlamaTokenizer", {"<s>", "</s>", "<unk>"}, NULL},
	{"GemmaTokenizer", {"<bos>", "<eos>", "<unk>", NULL, "<pad>"}, NULL},
	{"GPT2Tokenizer", {TEXT_END, TEXT_END, TEXT_END}, NULL},
	{"CodeGenTokenizer", {TEXT_END, TEXT_END, TEXT_END}, NULL},
	{"GPTNeoXTokenizer", {TEXT_END, TEXT_END, TEXT_END}, NULL},
	{"Qwen2Tokenizer", {NULL, TEXT_END, TEXT_END, NULL, TEXT_END}, NULL},
	{"CohereTokenizer",
	 {"<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", "<UNK>"},
	 NULL},
	{"BloomTokenizer", {"<s>", "</s>", "<unk>", NULL, "<pad>"}, NULL},
	{"T5Tokenizer", {NULL, "</s>", "<unk>", NULL, "<pad>"}, "<extra_id_0>"},
	{"BertTokenizer",
	 {NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"},
	 NULL},
	{"RobertaTokenizer",
	 {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>"},
	 "<mask>"},
};

static struct slice text_of(const json_t *v)
{
	if (json_is_object(v))
		v = json_object_get(v, "content");
	return (struct slice){json_string_value(v), json_string_length(v)};
}

/* The class's place in `row`, or -1. */
static int class_of(const json_t *config)
{
	const char *name = json_string_value(
		json_object_get(config, "tokenizer_class"));

	for (size_t i = 0; name && i < ARRAY_LEN(row); i++) {
		size_t n = strlen(row[i].class);

		if (strncmp(name, row[i].class, n) == 0 &&
		    (name[n] == '\0' || strcmp(name + n, "Fast") == 0))
			return (int)i;
	}
	return -1;
}

/* NULL for none. */
static const char *by_class(const json_t *config, enum purpose purpose)
{
	int class = class_of(config);

	return class < 0 ? NULL : row[class].token[purpose];
}

static enum status put_text(struct slice text, struct load_tokens *l,
			    struct error *err)
{
	struct load_token token = {.text = text, .flags.special = true};

	if (text.n == 0 || load_tokens_have(l, text))
		return OK;
	return load_tokens_put(l, &token, err);
}

/* A text, or an object that says what it is. */
static enum status put(const json_t *v, const char *key, struct load_tokens *l,
		       struct error *err)
{
	struct load_token token = {0};
	enum status status = OK;

	if (json_is_string(v))
		return put_text(text_of(v), l, err);
	if (!json_is_object(v))
		return error_set(err, ERR_INVALID,
				 WHERE ": %s must be a text or a token", key);
	status = load_token_read(v, WHERE, true, &token, err);
	if (status != OK || token.text.n == 0 ||
	    load_tokens_have(l, token.text))
		return status;
	token.flags.special = true;
	return load_tokens_put(l, &token, err);
}

static enum status put_list(const json_t *config, const char *key,
			    struct load_tokens *l, struct error *err)
{
	json_t *v = json_object_get(config, key), *value;
	enum status status = OK;
	const char *name;
	size_t i;

	if (json_is_object(v)) {
		json_object_foreach(v, name, value)
		{
			status = put(value, name, l, err);
			if (status != OK)
				return status;
		}
		return OK;
	}
	if (v != NULL && !json_is_null(v) && !json_is_array(v))
		return error_set(err, ERR_INVALID,
				 WHERE ": %s must be a list of tokens", key);
	json_array_foreach(v, i, value)
	{
		status = put(value, key, l, err);
		if (status != OK)
			return status;
	}
	return OK;
}

static enum status check_class(const json_t *config,
			       const struct load_tokens *l, struct error *err)
{
	int class = class_of(config);
	const char *needs = class < 0 ? NULL : row[class].needs;

	if (needs == NULL || load_tokens_have(l, slice_of(needs)))
		return OK;
	return error_set(err, ERR_UNSUPPORTED,
			 WHERE ": a %s adds %s in a way of its own; name it in "
			       "tokenizer.json",
			 row[class].class, needs);
}

static bool is_purpose(const char *key)
{
	for (size_t i = 0; i < N_PURPOSE; i++)
		if (strcmp(key, purpose_key[i]) == 0)
			return true;
	return false;
}

/* "image_token" and the like: transformers 5 adds them, 4 does not. */
static enum status check_others(const json_t *config,
				const struct load_tokens *l, struct error *err)
{
	json_t *o = (json_t *)config, *value;
	const char *key;

	json_object_foreach(o, key, value)
	{
		struct slice text = text_of(value);

		if (!slice_ends(slice_of(key), SLICE("_token")) ||
		    is_purpose(key) || text.n == 0 || load_tokens_have(l, text))
			continue;
		return error_set(err, ERR_UNSUPPORTED,
				 WHERE ": %.60s: \"%.*s\" is not among the "
				       "added tokens, and versions of "
				       "transformers differ in whether they "
				       "add it; name it in tokenizer.json",
				 key, SLICE_ARG(text));
	}
	return OK;
}

enum status load_special(const json_t *config, struct load_tokens *l,
			 struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; i < N_PURPOSE && status == OK; i++) {
		const json_t *v = json_object_get(config, purpose_key[i]);
		const char *otherwise = by_class(config, i);

		if (v == NULL && otherwise)
			status = put_text(slice_of(otherwise), l, err);
		else if (v != NULL && !json_is_null(v))
			status = put(v, purpose_key[i], l, err);
	}
	for (size_t i = 0; i < ARRAY_LEN(list_key) && status == OK; i++)
		status = put_list(config, list_key[i], l, err);
	if (status == OK)
		status = check_class(config, l, err);
	return status == OK ? check_others(config, l, err) : status;
}

struct slice load_special_text(const json_t *config, const char *key)
{
	const json_t *v = json_object_get(config, key);
	const char *otherwise = NULL;

	for (size_t i = 0; i < N_PURPOSE; i++)
		if (strcmp(key, purpose_key[i]) == 0)
			otherwise = by_class(config, i);
	if (v == NULL && otherwise)
		return slice_of(otherwise);
	return text_of(v);
}

static size_t list_size(const json_t *v)
{
	return json_is_object(v) ? json_object_size(v) : json_array_size(v);
}

size_t load_special_count(const json_t *config)
{
	size_t n = N_PURPOSE;

	for (size_t i = 0; i < ARRAY_LEN(list_key); i++)
		n += list_size(json_object_get(config, list_key[i]));
	return n;
}

bool load_special_names(const json_t *config, struct slice text)
{
	const json_t *list = json_object_get(config, list_key[0]);

	for (size_t i = 0; i < N_PURPOSE; i++)
		if (slice_equal(
			    text_of(json_object_get(config, purpose_key[i])),
			    text))
			return true;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (slice_equal(text_of(json_array_get(list, i)), text))
			return true;
	return false;
}
