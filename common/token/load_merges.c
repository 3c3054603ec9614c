#include "common/json/string.h"
#include "common/token/load.h"

struct reader {
	struct json_scan s;
	struct buf left_room, right_room, joined;
	struct slice left, right;
	bool words; /* the merge was one string */
};

static bool take_text(struct reader *r, struct buf *room, struct slice *out)
{
	struct json_value v;

	return json_value(&r->s, &v) && v.type == JSON_TYPE_STRING &&
	       document_text(v.raw, room, out) == OK;
}

/* "left right": exactly one blank. */
static bool take_words(struct reader *r)
{
	if (!take_text(r, &r->left_room, &r->right))
		return false;
	r->left = slice_split(&r->right, ' ');
	return r->left.n > 0 && r->right.n > 0 &&
	       slice_find(r->right, ' ') == r->right.n;
}

/* ["left", "right"] */
static bool take_pair(struct reader *r)
{
	return json_enter_array(&r->s) && json_element(&r->s) &&
	       take_text(r, &r->left_room, &r->left) && json_element(&r->s) &&
	       take_text(r, &r->right_room, &r->right) &&
	       !json_element(&r->s) && r->s.status == OK;
}

static bool take_merge(struct reader *r)
{
	enum json_type type;

	if (!json_peek(&r->s, &type))
		return false;
	r->words = type == JSON_TYPE_STRING;
	return r->words ? take_words(r) : take_pair(r);
}

/* The prefix of the right part is none of the whole's. */
static bool resolve(struct reader *r, const struct tokenizer *t,
		    struct bpe_merge *m)
{
	struct slice prefix = slice_of(t->bpe.prefix);

	if (!slice_starts(r->right, prefix))
		return false;
	buf_reset(&r->joined, SIZE_MAX);
	buf_append(&r->joined, r->left);
	buf_append(&r->joined, slice_from(r->right, prefix.n));
	m->left = model_find(t, r->left);
	m->right = model_find(t, r->right);
	m->id = model_find(t, buf_slice(&r->joined));
	return m->left != VOCAB_NONE && m->right != VOCAB_NONE &&
	       m->id != VOCAB_NONE;
}

/* A file of merges pasted into the list has a line with its version. */
static bool is_version(const struct reader *r)
{
	return r->words && slice_starts(r->left, SLICE("#version"));
}

static enum status add_all(struct reader *r, struct tokenizer *t,
			   struct error *err)
{
	struct bpe_merge m = {0};

	for (size_t i = 0; json_element(&r->s); i++) {
		r->left = (struct slice){0};
		if (!take_merge(r))
			return error_set(err, ERR_INVALID,
					 "model: merges[%zu] must be two "
					 "entries",
					 i);
		if (is_version(r))
			continue;
		if (!resolve(r, t, &m))
			return error_set(err, ERR_INVALID,
					 "model: merges[%zu]: \"%.*s\", "
					 "\"%.*s\" or both together are not in "
					 "the vocabulary",
					 i, SLICE_ARG(r->left),
					 SLICE_ARG(r->right));
		bpe_add(&t->bpe, m);
		m.rank++;
	}
	return OK;
}

static size_t count(struct slice merges)
{
	struct json_scan s;
	struct json_value v;
	size_t n = 0;

	json_begin(&s, merges, 2);
	json_enter_array(&s);
	while (json_element(&s) && json_value(&s, &v))
		n++;
	return n;
}

enum status load_merges(struct slice merges, struct tokenizer *t,
			struct error *err)
{
	struct reader r = {0};
	enum status status;

	buf_init(&r.left_room);
	buf_init(&r.right_room);
	buf_init(&r.joined);
	bpe_init(&t->bpe, count(merges));
	json_begin(&r.s, merges, 2);
	json_enter_array(&r.s);
	status = add_all(&r, t, err);
	buf_fini(&r.left_room);
	buf_fini(&r.right_room);
	buf_fini(&r.joined);
	return status;
}
