#include "common/token/load.h"

#define WHERE "normalizer"

static enum status add(struct tokenizer *t, enum normalize_kind kind,
		       struct slice from, struct slice to, struct error *err)
{
	if (normalizer_add(&t->normalizer, kind, from, to) == OK)
		return OK;
	return error_set(err, ERR_LIMIT, WHERE ": more than %d steps",
			 NORMALIZE_MAX_STEPS);
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
		return error_set(err, ERR_UNSUPPORTED,
				 WHERE ": Replace: a Regex is not supported; a "
				       "String is");
	status = load_string(pattern, "String", WHERE ": Replace: pattern",
			     &from, err);
	if (status == OK && from.n == 0)
		return error_set(err, ERR_INVALID,
				 WHERE ": Replace: the pattern is empty");
	return status == OK ? add(t, NORMALIZE_REPLACE, from, to, err) : status;
}

static enum status one(const json_t *n, struct tokenizer *t, struct error *err)
{
	if (load_is_type(n, "NFC"))
		return add(t, NORMALIZE_NFC, SLICE(""), SLICE(""), err);
	if (load_is_type(n, "Prepend"))
		return load_prepend(n, t, err);
	if (load_is_type(n, "Replace"))
		return load_replace(n, t, err);
	return error_set(err, ERR_UNSUPPORTED,
			 WHERE ": type %.60s is not supported; NFC, Prepend "
			       "and Replace are",
			 load_type(n));
}

enum status load_normalizer(const json_t *root, struct tokenizer *t,
			    struct error *err)
{
	const json_t *n = load_member(root, "normalizer"), *list;

	if (n == NULL)
		return OK;
	if (!load_is_type(n, "Sequence"))
		return one(n, t, err);
	list = load_member(n, "normalizers");
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 WHERE ": normalizers must be a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		enum status status = one(json_array_get(list, i), t, err);

		if (status != OK)
			return status;
	}
	return OK;
}
