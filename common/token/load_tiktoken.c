/* Directories that ship a rank file and code instead of a tokenizer.json.
 *
 * The code decides on the pattern and on the special tokens, so it must be
 * code that we know. Sources: tokenization_kimi.py of Kimi K2,
 * tokenization_qwen.py of Qwen 1, and tiktoken's own encodings. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/token/limits.h"
#include "common/token/load.h"
#include "common/token/tiktoken.h"

/* The rules of tiktoken's engine, in those of ours: there the digits are
 * possessive, and a dollar is the end of the text. */
#define CL100K                                                                 \
	"'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|(?>\\p{N}{1,3}" \
	")|"                                                                   \
	" ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++\\z|\\s*[\\r\\n]|\\s+(?!\\S)|"  \
	"\\s"

struct tiktoken {
	const char *file;
	const char *code; /* of the class, in auto_map; or NULL */
	scan_fn *scan;    /* or */
	const char *pattern;
	bool nfc; /* of the whole text, special tokens and all */
	unsigned limits;
	tiktoken_specials_fn *specials;
};

static const struct tiktoken known[] = {
	{"tiktoken.model", "tokenization_kimi.TikTokenTokenizer", scan_kimi,
	 NULL, false, LIMIT_LENGTH, tiktoken_kimi},
	{"qwen.tiktoken", "tokenization_qwen.QWenTokenizer", scan_qwen2, NULL,
	 true, LIMIT_FORMS, tiktoken_qwen},
	{"cl100k_base.tiktoken", NULL, NULL, CL100K, false, 0, tiktoken_cl100k},
	{"o200k_base.tiktoken", NULL, scan_o200k, NULL, false, 0,
	 tiktoken_o200k},
};

static bool has_any(const char *dir, const char *name)
{
	char gz[64];

	snprintf(gz, sizeof(gz), "%s.gz", name);
	return tiktoken_has_file(dir, name) || tiktoken_has_file(dir, gz);
}

const struct tiktoken *load_find_tiktoken(const char *dir)
{
	if (has_any(dir, "tokenizer.json"))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (has_any(dir, known[i].file))
			return &known[i];
	return NULL;
}

static const char *code_of(const json_t *config)
{
	const json_t *code = json_object_get(load_member(config, "auto_map"),
					     "AutoTokenizer");
	const char *text, *repository;

	if (json_is_array(code))
		code = json_array_get(code, 0);
	text = json_string_value(code);
	repository = text ? strstr(text, "--") : NULL;
	return repository ? repository + 2 : text;
}

static enum status check_code(const struct tiktoken *k, const json_t *config,
			      struct error *err)
{
	const char *code = code_of(config);
	const char *class = json_string_value(
		load_member(config, "tokenizer_class"));

	if (k->code == NULL && code == NULL && class == NULL)
		return OK;
	if (k->code && code && strcmp(code, k->code) == 0)
		return OK;
	return error_set(err, ERR_UNSUPPORTED,
			 "%s: what code goes with it is not known: "
			 "tokenizer_config.json names %.80s, not %s",
			 k->file,
			 code    ? code
			 : class ? class
				 : "none",
			 k->code ? k->code : "none");
}

/* Wherever one ends within another, which of them is found depends on how
 * the code searches. */
static bool overlap(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (a != b && strstr(b, a) != NULL)
		return true;
	for (size_t i = 1; i < n; i++)
		if (strncmp(a + i, b, n - i) == 0)
			return true;
	return false;
}

static enum status check_overlaps(const struct tiktoken_specials *s,
				  struct error *err)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < s->n; j++)
			if (overlap(s->row[i].text, s->row[j].text))
				return error_set(err, ERR_UNSUPPORTED,
						 "the special tokens %s and %s "
						 "overlap",
						 s->row[i].text,
						 s->row[j].text);
	return OK;
}

static enum status load_pattern(const struct tiktoken *k, struct tokenizer *t,
				struct error *err)
{
	struct regex *re = NULL;
	struct stage *stage;
	enum status status;

	if (k->scan)
		return load_scan(t, k->scan, err);
	status = load_regex(slice_of(k->pattern), k->file, &re, err);
	if (status == OK)
		status = load_stage(t, STAGE_SPLIT, &stage, err);
	if (status != OK) {
		regex_destroy(&re);
		return status;
	}
	split_init(&stage->split, SPLIT_BY_REGEX, SPLIT_ISOLATED);
	stage->split.regex = re;
	return OK;
}

static json_t *listed(const struct tiktoken_special *s, bool normalized)
{
	return json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:b}", "id",
			 (json_int_t)s->id, "content", s->text, "special",
			 !s->unnamed, "normalized", (int)normalized, "lstrip",
			 0, "rstrip", 0, "single_word", 0);
}

static enum status add_specials(const struct tiktoken *k,
				const struct tiktoken_specials *s,
				struct tokenizer *t, struct error *err)
{
	json_t *root = json_object(), *list = json_array();
	enum status status = OK;

	json_object_set_new(root, "added_tokens", list);
	for (size_t i = 0; i < s->n && status == OK; i++) {
		const struct tiktoken_special *row = &s->row[i];

		json_array_append_new(list, listed(row, k->nfc));
		if (vocab_add(&t->vocab, row->id, slice_of(row->text), true) !=
		    OK)
			status = error_set(err, ERR_INVALID,
					   "the special token %s or its id %u "
					   "is there twice",
					   row->text, row->id);
	}
	if (status == OK)
		status = load_added(root, NULL, t, err);
	json_decref(root);
	return status;
}

static uint32_t ids_of(const struct ranks *r, const struct tiktoken_specials *s)
{
	uint32_t last = r->last;

	for (size_t i = 0; i < s->n; i++)
		last = s->row[i].id > last ? s->row[i].id : last;
	return last + 1;
}

static enum status build(const struct tiktoken *k, const struct ranks *r,
			 const struct tiktoken_specials *s, struct tokenizer *t,
			 struct error *err)
{
	enum status status = check_overlaps(s, err);

	if (status == OK && k->nfc)
		status = normalizer_add(&t->normalizer, NORMALIZE_NFC,
					SLICE(""), SLICE(""));
	if (status == OK)
		status = load_pattern(k, t, err);
	if (status == OK)
		status = load_ranks(r, ids_of(r, s), s->n, t, err);
	if (status == OK)
		status = add_specials(k, s, t, err);
	if (status != OK)
		return status;
	/* A whole word that has a rank is never cut. */
	for (size_t i = 0; i < r->n; i++)
		vocab_set_direct(&t->vocab, r->rank[i].id);
	t->limits = k->limits;
	return OK;
}

static enum status load_file_of(const struct tiktoken *k, struct slice text,
				const char *dir, const json_t *config,
				struct tokenizer *t, struct error *err)
{
	struct tiktoken_specials *s = mem_zalloc(sizeof(*s));
	struct error why = {0};
	struct ranks ranks;
	enum status status = ranks_parse(text, &ranks, &why);

	if (status == OK)
		status = k->specials(&ranks, dir, config, s, &why);
	if (status == OK)
		status = build(k, &ranks, s, t, &why);
	ranks_fini(&ranks);
	mem_free(s);
	if (status == OK)
		return OK;
	return error_set(err, status, "%s: %s", k->file, why.text);
}

enum status load_tiktoken(const struct tiktoken *k, const char *dir,
			  const json_t *config, struct tokenizer *t,
			  struct error *err)
{
	struct buf text;
	enum status status = check_code(k, config, err);

	if (status == OK && load_member(config, LOAD_OLD_TOKENS) != NULL)
		status = error_set(err, ERR_UNSUPPORTED,
				   "%s: %s beside it is not supported", k->file,
				   LOAD_OLD_TOKENS);
	if (status != OK)
		return status;
	buf_init(&text);
	status = load_file(dir, k->file, &text, err);
	if (status == OK)
		status = load_file_of(k, buf_slice(&text), dir, config, t, err);
	buf_fini(&text);
	return status;
}
