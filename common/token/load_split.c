#include <string.h>

#include "common/token/load.h"
#include "common/token/pattern.h"

static enum status add_stage(struct tokenizer *t, scan_fn *scan,
			     struct error *err)
{
	if (t->n_stage == MODEL_MAX_STAGES)
		return error_set(err, ERR_LIMIT,
				 "pre_tokenizer: more than %d steps",
				 MODEL_MAX_STAGES);
	t->stage[t->n_stage++] = scan;
	return OK;
}

static enum status load_regex(const json_t *s, struct tokenizer *t,
			      struct error *err)
{
	struct slice behavior = {0}, regex = {0};
	bool invert = false;
	const json_t *pattern = load_member(s, "pattern");
	enum status status = load_string(s, "behavior", "pre_tokenizer: Split",
					 &behavior, err);
	scan_fn *scan;

	if (status == OK)
		status = load_bool(s, "invert", "pre_tokenizer: Split", false,
				   &invert, err);
	if (status == OK)
		status = load_string(pattern, "Regex",
				     "pre_tokenizer: Split: pattern", &regex,
				     err);
	if (status != OK)
		return status;
	if (!slice_equal(behavior, SLICE("Isolated")) || invert)
		return error_set(err, ERR_UNSUPPORTED,
				 "pre_tokenizer: Split: behavior %.*s%s is not "
				 "supported; Isolated is",
				 SLICE_ARG(behavior),
				 invert ? ", inverted," : "");
	scan = pattern_scanner(regex);
	if (scan == NULL)
		return error_set(err, ERR_UNSUPPORTED,
				 "pre_tokenizer: Split: no scanner for the "
				 "pattern %.*s",
				 SLICE_ARG(regex));
	return add_stage(t, scan, err);
}

static enum status load_byte_level(const json_t *s, struct tokenizer *t,
				   struct error *err)
{
	bool prefix = true, regex = true;
	const char *where = "pre_tokenizer: ByteLevel";
	enum status status = load_bool(s, "add_prefix_space", where, true,
				       &prefix, err);

	if (status == OK)
		status = load_bool(s, "use_regex", where, true, &regex, err);
	if (status != OK)
		return status;
	if (prefix)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s: add_prefix_space is not supported",
				 where);
	t->byte_level = true;
	return regex ? add_stage(t, scan_gpt2, err) : OK;
}

static enum status load_digits(const json_t *s, struct tokenizer *t,
			       struct error *err)
{
	bool individual = false;
	enum status status = load_bool(s, "individual_digits",
				       "pre_tokenizer: Digits", false,
				       &individual, err);

	if (status != OK)
		return status;
	return add_stage(t, individual ? scan_digits : scan_digit_runs, err);
}

/* Newer files say `prepend_scheme`, older ones `add_prefix_space`. */
static enum status load_scheme(const json_t *s, struct tokenizer *t,
			       struct error *err)
{
	static const struct {
		const char *name;
		enum metaspace how;
	} scheme[] = {
		{"never", METASPACE_NEVER},
		{"first", METASPACE_FIRST},
		{"always", METASPACE_ALWAYS},
	};
	const char *name = json_string_value(load_member(s, "prepend_scheme"));
	bool prefix = true;
	enum status status = load_bool(s, "add_prefix_space",
				       "pre_tokenizer: Metaspace", true,
				       &prefix, err);

	if (status != OK)
		return status;
	if (name == NULL)
		name = prefix ? "always" : "never";
	for (size_t i = 0; i < ARRAY_LEN(scheme); i++)
		if (strcmp(name, scheme[i].name) == 0)
			t->metaspace = scheme[i].how;
	if (t->metaspace != METASPACE_NONE)
		return OK;
	return error_set(err, ERR_UNSUPPORTED,
			 "pre_tokenizer: Metaspace: prepend_scheme %.60s is "
			 "not known",
			 name);
}

static enum status load_metaspace(const json_t *s, struct tokenizer *t,
				  struct error *err)
{
	const char *where = "pre_tokenizer: Metaspace";
	struct slice blank = {0};
	bool cuts = true;
	enum status status = load_string(s, "replacement", where, &blank, err);

	if (status == OK)
		status = load_bool(s, "split", where, true, &cuts, err);
	if (status != OK)
		return status;
	if (cuts || !slice_equal(blank, SLICE("\u2581")) ||
	    t->metaspace != METASPACE_NONE)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s: only one is supported, with split false "
				 "and U+2581",
				 where);
	return load_scheme(s, t, err);
}

/* A Split at blanks of which the normalizer has left none. */
static bool is_idle(const json_t *s, const struct tokenizer *t)
{
	const char *pattern = json_string_value(
		json_object_get(load_member(s, "pattern"), "String"));

	return load_is_type(s, "Split") && pattern && *pattern == ' ' &&
	       normalizer_removes_blanks(&t->normalizer);
}

static enum status one(const json_t *s, struct tokenizer *t, struct error *err)
{
	if (t->byte_level)
		return error_set(err, ERR_UNSUPPORTED,
				 "pre_tokenizer: %.60s behind ByteLevel is "
				 "not supported",
				 load_type(s));
	if (is_idle(s, t))
		return OK;
	if (load_is_type(s, "Split"))
		return load_regex(s, t, err);
	if (load_is_type(s, "ByteLevel"))
		return load_byte_level(s, t, err);
	if (load_is_type(s, "Metaspace"))
		return load_metaspace(s, t, err);
	if (load_is_type(s, "Digits"))
		return load_digits(s, t, err);
	return error_set(err, ERR_UNSUPPORTED,
			 "pre_tokenizer: type %.60s is not supported; "
			 "Split, Digits, Metaspace and ByteLevel are",
			 load_type(s));
}

static enum status sequence(const json_t *list, struct tokenizer *t,
			    struct error *err)
{
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 "pre_tokenizer: pretokenizers must be a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		enum status status = one(json_array_get(list, i), t, err);

		if (status != OK)
			return status;
	}
	return OK;
}

enum status load_split(const json_t *root, struct tokenizer *t,
		       struct error *err)
{
	const json_t *s = load_member(root, "pre_tokenizer");
	enum status status;

	if (load_is_type(s, "Sequence"))
		status = sequence(load_member(s, "pretokenizers"), t, err);
	else if (s != NULL)
		status = one(s, t, err);
	else
		status = OK;
	if (status == OK && t->n_stage > 0 && t->metaspace != METASPACE_NONE)
		return error_set(err, ERR_UNSUPPORTED,
				 "pre_tokenizer: Metaspace together with other "
				 "steps is not supported");
	if (status == OK && t->byte_level != (t->n_stage > 0))
		return error_set(err, ERR_UNSUPPORTED,
				 "pre_tokenizer: text that is split but not "
				 "byte-level, or byte-level but not split, is "
				 "not supported");
	return status;
}
