/* Steps that cut: Split and Punctuation. */
#include "common/token/load.h"
#include "common/token/pattern.h"

#define SPLIT "pre_tokenizer: Split"
#define SHOWN 200 /* bytes of a pattern that is refused */

static enum status load_behavior(const json_t *s, const char *where,
				 const char *otherwise,
				 enum split_behavior *out, struct error *err)
{
	static const struct {
		const char *name;
		enum split_behavior behavior;
	} row[] = {
		{"Removed", SPLIT_REMOVED},
		{"Isolated", SPLIT_ISOLATED},
		{"MergedWithPrevious", SPLIT_MERGED_WITH_PREVIOUS},
		{"MergedWithNext", SPLIT_MERGED_WITH_NEXT},
		{"Contiguous", SPLIT_CONTIGUOUS},
	};
	struct slice name = slice_of(otherwise);

	if (load_member(s, "behavior") != NULL || name.n == 0) {
		enum status status = load_string(s, "behavior", where, &name,
						 err);

		if (status != OK)
			return status;
	}
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (!slice_equal(name, slice_of(row[i].name)))
			continue;
		*out = row[i].behavior;
		return OK;
	}
	return error_set(err, ERR_UNSUPPORTED, "%s: behavior %.*s is not known",
			 where, SLICE_ARG(name));
}

static enum status by_text(struct tokenizer *t, struct slice text,
			   enum split_behavior behavior, bool invert,
			   struct error *err)
{
	struct stage *stage;
	enum status status;

	if (text.n == 0)
		return error_set(err, ERR_INVALID,
				 SPLIT ": the pattern is empty");
	status = load_stage(t, STAGE_SPLIT, &stage, err);
	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_TEXT, behavior);
	stage->split.invert = invert;
	buf_append(&stage->split.text, text);
	return OK;
}

enum status load_regex(struct slice pattern, const char *where,
		       struct regex **out, struct error *err)
{
	struct error why = {0};
	enum status status = regex_parse(pattern, out, &why);

	if (status == OK)
		return OK;
	return error_set(err, status, "%s: %s: %.*s", where, why.text,
			 (int)(pattern.n < SHOWN ? pattern.n : SHOWN),
			 pattern.p);
}

static enum status by_regex(struct tokenizer *t, struct slice pattern,
			    enum split_behavior behavior, bool invert,
			    struct error *err)
{
	scan_fn *scan = pattern_scanner(pattern);
	struct regex *re = NULL;
	struct stage *stage;
	enum status status;

	if (scan != NULL && behavior == SPLIT_ISOLATED && !invert)
		return load_scan(t, scan, err);
	status = load_regex(pattern, SPLIT, &re, err);
	if (status == OK)
		status = load_stage(t, STAGE_SPLIT, &stage, err);
	if (status != OK) {
		regex_destroy(&re);
		return status;
	}
	split_init(&stage->split, SPLIT_BY_REGEX, behavior);
	stage->split.invert = invert;
	stage->split.regex = re;
	return OK;
}

enum status load_split(const json_t *s, struct tokenizer *t, struct error *err)
{
	const json_t *pattern = load_member(s, "pattern");
	bool is_text = load_member(pattern, "String") != NULL, invert = false;
	enum split_behavior behavior = SPLIT_ISOLATED;
	struct slice text = {0};
	enum status status = load_behavior(s, SPLIT, "", &behavior, err);

	if (status == OK)
		status = load_bool(s, "invert", SPLIT, false, &invert, err);
	if (status == OK)
		status = load_string(pattern, is_text ? "String" : "Regex",
				     SPLIT ": pattern", &text, err);
	if (status != OK)
		return status;
	return is_text ? by_text(t, text, behavior, invert, err)
		       : by_regex(t, text, behavior, invert, err);
}

enum status load_punctuation(const json_t *s, struct tokenizer *t,
			     struct error *err)
{
	enum split_behavior behavior = SPLIT_ISOLATED;
	struct stage *stage;
	enum status status = load_behavior(s, "pre_tokenizer: Punctuation",
					   "Isolated", &behavior, err);

	if (status != OK)
		return status;
	if (behavior == SPLIT_ISOLATED)
		return load_scan(t, scan_signs, err);
	if (behavior == SPLIT_CONTIGUOUS)
		return load_scan(t, scan_sign_runs, err);
	status = load_stage(t, STAGE_SPLIT, &stage, err);
	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_CLASS, behavior);
	stage->split.classes = CLASS_PUNCT_SPLIT;
	return OK;
}
