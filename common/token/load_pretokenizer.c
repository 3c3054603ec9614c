#include "common/token/load.h"

#define WHERE     "pre_tokenizer"
#define MAX_DEPTH 8

static enum status push(struct tokenizer *t, enum stage_kind kind,
			struct stage **out, struct error *err)
{
	if (t->n_stage == STAGE_MAX)
		return error_set(err, ERR_LIMIT, WHERE ": more than %d steps",
				 STAGE_MAX);
	*out = &t->stage[t->n_stage++];
	**out = (struct stage){.kind = kind};
	return OK;
}

/* The letters of the byte alphabet need not be written where nothing but a
 * vocabulary of bytes looks at them. */
enum status load_alphabet(struct tokenizer *t, struct error *err)
{
	struct stage *stage;

	if (!t->byte_level)
		return OK;
	t->byte_level = false;
	t->letters = true;
	return push(t, STAGE_ALPHABET, &stage, err);
}

enum status load_stage(struct tokenizer *t, enum stage_kind kind,
		       struct stage **out, struct error *err)
{
	enum status status = load_alphabet(t, err);

	return status == OK ? push(t, kind, out, err) : status;
}

enum status load_scan(struct tokenizer *t, scan_fn *scan, struct error *err)
{
	struct stage *stage;
	enum status status = load_stage(t, STAGE_SCAN, &stage, err);

	if (status == OK)
		stage->scan = scan;
	return status;
}

static enum status load_removed(struct tokenizer *t, unsigned classes,
				struct error *err)
{
	struct stage *stage;
	enum status status = load_stage(t, STAGE_SPLIT, &stage, err);

	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_CLASS, SPLIT_REMOVED);
	stage->split.classes = classes;
	return OK;
}

static enum status load_byte_level(const json_t *s, struct tokenizer *t,
				   struct error *err)
{
	bool prefix = true, regex = true;
	const char *where = WHERE ": ByteLevel";
	struct stage *stage;
	enum status status = load_bool(s, "add_prefix_space", where, true,
				       &prefix, err);

	if (status == OK)
		status = load_bool(s, "use_regex", where, true, &regex, err);
	if (status == OK && prefix)
		status = load_stage(t, STAGE_BLANK, &stage, err);
	if (status == OK && regex)
		status = load_scan(t, scan_gpt2, err);
	if (status == OK)
		status = load_alphabet(t, err); /* of another one before it */
	t->byte_level = status == OK;
	return status;
}

static enum status load_digits(const json_t *s, struct tokenizer *t,
			       struct error *err)
{
	bool individual = false;
	enum status status = load_bool(s, "individual_digits", WHERE ": Digits",
				       false, &individual, err);

	if (status != OK)
		return status;
	return load_scan(t, individual ? scan_digits : scan_digit_runs, err);
}

static enum status load_whitespace(const json_t *s, struct tokenizer *t,
				   struct error *err)
{
	struct stage *stage;
	enum status status = load_stage(t, STAGE_SPLIT, &stage, err);

	(void)s;
	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_WORDS, SPLIT_REMOVED);
	stage->split.invert = true;
	return OK;
}

static enum status load_whitespace_split(const json_t *s, struct tokenizer *t,
					 struct error *err)
{
	(void)s;
	return load_removed(t, CLASS_SPACE, err);
}

static enum status load_bert(const json_t *s, struct tokenizer *t,
			     struct error *err)
{
	enum status status = load_removed(t, CLASS_SPACE, err);

	(void)s;
	return status == OK ? load_scan(t, scan_signs, err) : status;
}

static enum status load_delimiter(const json_t *s, struct tokenizer *t,
				  struct error *err)
{
	const char *where = WHERE ": CharDelimiterSplit";
	struct slice c = {0};
	struct stage *stage;
	enum status status = load_string(s, "delimiter", where, &c, err);

	if (status == OK && (c.n == 0 || utf8_last(c.p, c.n) != 0))
		return error_set(err, ERR_INVALID,
				 "%s: the delimiter must be one character",
				 where);
	if (status == OK)
		status = load_stage(t, STAGE_SPLIT, &stage, err);
	if (status != OK)
		return status;
	split_init(&stage->split, SPLIT_BY_TEXT, SPLIT_REMOVED);
	buf_append(&stage->split.text, c);
	return OK;
}

static enum status load_length(const json_t *s, struct tokenizer *t,
			       struct error *err)
{
	const json_t *length = load_member(s, "length");
	json_int_t n = length ? json_integer_value(length) : 5;
	struct stage *stage;
	enum status status;

	if (n < 1)
		return error_set(err, ERR_INVALID,
				 WHERE ": FixedLength: length must be a whole "
				       "number from 1 on");
	status = load_stage(t, STAGE_LENGTH, &stage, err);
	if (status == OK)
		stage->length = (size_t)n;
	return status;
}

/* A Split at blanks of which the normalizer has left none. */
static bool is_idle(const json_t *s, const struct tokenizer *t)
{
	const char *pattern = json_string_value(
		json_object_get(load_member(s, "pattern"), "String"));

	return t->n_stage == 0 && load_is_type(s, "Split") && pattern &&
	       *pattern == ' ' && normalizer_removes_blanks(&t->normalizer);
}

static const struct {
	const char *type;
	enum status (*load)(const json_t *s, struct tokenizer *t,
			    struct error *err);
} row[] = {
	{"Split", load_split},
	{"ByteLevel", load_byte_level},
	{"Digits", load_digits},
	{"Punctuation", load_punctuation},
	{"Metaspace", load_metaspace},
	{"Whitespace", load_whitespace},
	{"WhitespaceSplit", load_whitespace_split},
	{"BertPreTokenizer", load_bert},
	{"Delimiter", load_delimiter},
	{"CharDelimiterSplit", load_delimiter},
	{"FixedLength", load_length},
};

static enum status one(const json_t *s, struct tokenizer *t, struct error *err)
{
	if (is_idle(s, t))
		return OK;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (load_is_type(s, row[i].type))
			return row[i].load(s, t, err);
	return error_set(err, ERR_UNSUPPORTED,
			 WHERE ": type %.60s is not supported", load_type(s));
}

static enum status any(const json_t *s, struct tokenizer *t, int depth,
		       struct error *err)
{
	const json_t *list = load_member(s, "pretokenizers");
	enum status status = OK;

	if (!load_is_type(s, "Sequence"))
		return one(s, t, err);
	if (!json_is_array(list))
		return error_set(err, ERR_INVALID,
				 WHERE ": pretokenizers must be a list");
	if (depth == MAX_DEPTH)
		return error_set(err, ERR_LIMIT,
				 WHERE ": sequences are nested too deep");
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++)
		status = any(json_array_get(list, i), t, depth + 1, err);
	return status;
}

enum status load_pretokenizer(const json_t *root, struct tokenizer *t,
			      struct error *err)
{
	const json_t *s = load_member(root, "pre_tokenizer");

	return s ? any(s, t, 0, err) : OK;
}
