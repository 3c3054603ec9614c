#include <string.h>

#include "common/token/load.h"

#define WHERE "pre_tokenizer: Metaspace"

/* Newer files say `prepend_scheme`, older ones `add_prefix_space`. */
static enum status load_scheme(const json_t *s, enum metaspace *out,
			       struct error *err)
{
	static const struct {
		const char *name;
		enum metaspace how;
	} row[] = {
		{"never", METASPACE_NEVER},
		{"first", METASPACE_FIRST},
		{"always", METASPACE_ALWAYS},
	};
	const char *name = json_string_value(load_member(s, "prepend_scheme"));
	bool prefix = true;
	enum status status = load_bool(s, "add_prefix_space", WHERE, true,
				       &prefix, err);

	if (status != OK)
		return status;
	if (name == NULL)
		name = prefix ? "always" : "never";
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (strcmp(name, row[i].name) != 0)
			continue;
		*out = row[i].how;
		return OK;
	}
	return error_set(err, ERR_UNSUPPORTED,
			 WHERE ": prepend_scheme %.60s is not known", name);
}

static bool is_second(const struct tokenizer *t)
{
	for (size_t i = 0; i < t->n_stage; i++)
		if (t->stage[i].kind == STAGE_METASPACE)
			return true;
	return false;
}

enum status load_metaspace(const json_t *s, struct tokenizer *t,
			   struct error *err)
{
	enum metaspace how = METASPACE_ALWAYS;
	struct slice blank = {0};
	struct stage *stage;
	bool cuts = true;
	enum status status = load_string(s, "replacement", WHERE, &blank, err);

	if (status == OK)
		status = load_bool(s, "split", WHERE, true, &cuts, err);
	if (status == OK)
		status = load_scheme(s, &how, err);
	if (status != OK)
		return status;
	if (!slice_equal(blank, SLICE(METASPACE_BLANK)) || is_second(t))
		return error_set(err, ERR_UNSUPPORTED,
				 WHERE ": only one is supported, and only "
				       "with U+2581");
	status = load_stage(t, STAGE_METASPACE, &stage, err);
	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_TEXT, SPLIT_MERGED_WITH_NEXT);
	buf_append(&stage->split.text, blank);
	stage->metaspace = how;
	stage->cuts = cuts;
	t->normalizer.keeps_front = how == METASPACE_FIRST;
	return OK;
}
