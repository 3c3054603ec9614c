#include "common/base/mem.h"
#include "common/token/load.h"

#define WHERE     "normalizer"
#define MAX_DEPTH 8

static enum status too_many(struct error *err)
{
	return error_set(err, ERR_LIMIT,
			 WHERE ": more than %d steps, or a text of more than "
			       "%d bytes",
			 NORMALIZE_MAX_STEPS, NORMALIZE_MAX_TEXT);
}

static enum status add(struct tokenizer *t, enum normalize_kind kind,
		       struct slice from, struct slice to, struct error *err)
{
	if (normalizer_add(&t->normalizer, kind, from, to) == OK)
		return OK;
	return too_many(err);
}

static enum status add_plain(struct tokenizer *t, enum normalize_kind kind,
			     struct error *err)
{
	return add(t, kind, SLICE(""), SLICE(""), err);
}

/* Adds the step if the object's flag is on. */
static enum status add_if(const json_t *n, const char *key, bool otherwise,
			  struct tokenizer *t, enum normalize_kind kind,
			  struct error *err)
{
	bool on = false;
	enum status status = load_bool(n, key, WHERE, otherwise, &on, err);

	return status == OK && on ? add_plain(t, kind, err) : status;
}

static enum status load_bert(const json_t *n, struct tokenizer *t,
			     struct error *err)
{
	bool lower = true, strip = true;
	enum status status = load_bool(n, "lowercase", WHERE, true, &lower,
				       err);

	if (status == OK)
		status = load_bool(n, "strip_accents", WHERE, lower, &strip,
				   err);
	if (status == OK)
		status = add_if(n, "clean_text", true, t, NORMALIZE_BERT_CLEAN,
				err);
	if (status == OK)
		status = add_if(n, "handle_chinese_chars", true, t,
				NORMALIZE_BERT_CHINESE, err);
	if (status == OK && strip)
		status = add_plain(t, NORMALIZE_NFD, err);
	if (status == OK && strip)
		status = add_plain(t, NORMALIZE_BERT_ACCENTS, err);
	if (status == OK && lower)
		status = add_plain(t, NORMALIZE_LOWER, err);
	return status;
}

static enum status load_strip(const json_t *n, struct tokenizer *t,
			      struct error *err)
{
	enum status status = add_if(n, "strip_left", true, t,
				    NORMALIZE_STRIP_LEFT, err);

	if (status != OK)
		return status;
	return add_if(n, "strip_right", true, t, NORMALIZE_STRIP_RIGHT, err);
}

static enum status load_prepend(const json_t *n, struct tokenizer *t,
				struct error *err)
{
	struct slice to = {0};
	enum status status = load_string(n, "prepend", WHERE ": Prepend", &to,
					 err);

	if (status != OK)
		return status;
	return add(t, NORMALIZE_PREPEND, SLICE(""), to, err);
}

static enum status replace_regex(const json_t *pattern, struct slice to,
				 struct tokenizer *t, struct error *err)
{
	struct regex *re = NULL;
	struct slice text = {0};
	enum status status = load_string(
		pattern, "Regex", WHERE ": Replace: pattern", &text, err);

	if (status == OK)
		status = load_regex(text, WHERE ": Replace", &re, err);
	if (status != OK)
		return status;
	if (normalizer_add_regex(&t->normalizer, re, to) == OK)
		return OK;
	return too_many(err);
}

static enum status load_replace(const json_t *n, struct tokenizer *t,
				struct error *err)
{
	const json_t *pattern = load_member(n, "pattern");
	struct slice from = {0}, to = {0};
	enum status status = load_string(n, "content", WHERE ": Replace", &to,
					 err);

	if (status != OK)
		return status;
	if (load_member(pattern, "Regex") != NULL)
		return replace_regex(pattern, to, t, err);
	status = load_string(pattern, "String", WHERE ": Replace: pattern",
			     &from, err);
	if (status == OK && from.n == 0)
		return error_set(err, ERR_INVALID,
				 WHERE ": Replace: the pattern is empty");
	return status == OK ? add(t, NORMALIZE_REPLACE, from, to, err) : status;
}

static enum status load_bytes(const json_t *n, struct tokenizer *t,
			      struct error *err)
{
	(void)n;
	t->letters = true;
	return add_plain(t, NORMALIZE_BYTES, err);
}

static enum status load_charsmap(const json_t *n, struct tokenizer *t,
				 struct error *err)
{
	struct charsmap *map;
	struct slice base64 = {0};
	enum status status = load_string(n, "precompiled_charsmap",
					 WHERE ": Precompiled", &base64, err);

	if (status != OK)
		return status;
	map = mem_zalloc(sizeof(*map));
	status = charsmap_parse(map, base64, err);
	if (status != OK) {
		charsmap_fini(map);
		mem_free(map);
		return status;
	}
	if (normalizer_add_map(&t->normalizer, map) == OK)
		return OK;
	return error_set(err, ERR_LIMIT, WHERE ": more than %d steps",
			 NORMALIZE_MAX_STEPS);
}

static const struct {
	const char *type;
	enum status (*load)(const json_t *n, struct tokenizer *t,
			    struct error *err);
	enum normalize_kind kind; /* without a function */
} row[] = {
	{"NFC", NULL, NORMALIZE_NFC},
	{"NFD", NULL, NORMALIZE_NFD},
	{"NFKC", NULL, NORMALIZE_NFKC},
	{"NFKD", NULL, NORMALIZE_NFKD},
	{"Lowercase", NULL, NORMALIZE_LOWER},
	{"StripAccents", NULL, NORMALIZE_ACCENTS},
	{"Nmt", NULL, NORMALIZE_NMT},
	{"ByteLevel", load_bytes, 0},
	{"BertNormalizer", load_bert, 0},
	{"Strip", load_strip, 0},
	{"Prepend", load_prepend, 0},
	{"Replace", load_replace, 0},
	{"Precompiled", load_charsmap, 0},
};

static enum status one(const json_t *n, struct tokenizer *t, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (load_is_type(n, row[i].type))
			return row[i].load ? row[i].load(n, t, err)
					   : add_plain(t, row[i].kind, err);
	return error_set(err, ERR_UNSUPPORTED,
			 WHERE ": type %.60s is not supported", load_type(n));
}

static enum status any(const json_t *n, struct tokenizer *t, int depth,
		       struct error *err)
{
	const json_t *list = load_member(n, "normalizers");
	enum status status = OK;

	if (!load_is_type(n, "Sequence"))
		return one(n, t, err);
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 WHERE ": normalizers must be a list");
	if (depth == MAX_DEPTH)
		return error_set(err, ERR_LIMIT,
				 WHERE ": sequences are nested too deep");
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++)
		status = any(json_array_get(list, i), t, depth + 1, err);
	return status;
}

enum status load_normalizer(const json_t *root, struct tokenizer *t,
			    struct error *err)
{
	const json_t *n = load_member(root, "normalizer");

	return n ? any(n, t, 0, err) : OK;
}
