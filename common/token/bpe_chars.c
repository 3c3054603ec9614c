/* Words as characters. One that the vocabulary lacks becomes its bytes,
 * "<0x0A>" and the like, or the unknown token, or nothing. */
#include <string.h>

#include "common/token/bpe.h"
#include "common/token/utf8.h"

/* The symbols of one word, as they come. */
struct symbols {
	const struct bpe *b;
	const struct vocab *v;
	struct bpe_scratch *s;
	bool unknown; /* one waits for what follows it */
};

static void push(struct symbols *w, uint32_t id)
{
	w->s->word[w->s->n_word++] = id;
}

static void end_unknown(struct symbols *w)
{
	if (w->unknown)
		push(w, w->b->unk_id);
	w->unknown = false;
}

static bool push_bytes(struct symbols *w, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (w->b->byte_id[(unsigned char)text.p[i]] == VOCAB_NONE)
			return false;
	for (size_t i = 0; i < text.n; i++)
		push(w, w->b->byte_id[(unsigned char)text.p[i]]);
	return true;
}

/* Bytes do not end an unknown token before them: the reference puts them
 * before it. */
static void push_unknown(struct symbols *w, struct slice text)
{
	if (w->b->byte_fallback && push_bytes(w, text))
		return;
	if (w->b->unk_id == VOCAB_NONE)
		return;
	if (!w->b->fuse_unk)
		end_unknown(w);
	w->unknown = true;
}

static void push_known(struct symbols *w, uint32_t id)
{
	end_unknown(w);
	push(w, id);
}

static void push_plain(struct symbols *w, const char *p, size_t len)
{
	unsigned char c = (unsigned char)p[0];
	uint32_t id = c < 0x80 ? w->b->ascii_id[c]
			       : vocab_find(w->v, (struct slice){p, len}, true);

	if (id != VOCAB_NONE)
		push_known(w, id);
	else
		push_unknown(w, (struct slice){p, len});
}

/* The vocabulary knows where in a word a character stands. */
static void push_affixed(struct symbols *w, const char *p, size_t len,
			 bool is_first, bool is_last)
{
	char text[2 * BPE_MAX_AFFIX + 8];
	size_t n = 0, prefix = is_first ? 0 : strlen(w->b->prefix);
	size_t suffix = is_last ? strlen(w->b->suffix) : 0;
	uint32_t id;

	memcpy(text, w->b->prefix, prefix);
	n += prefix;
	memcpy(text + n, p, len);
	n += len;
	memcpy(text + n, w->b->suffix, suffix);
	n += suffix;
	id = vocab_find(w->v, (struct slice){text, n}, true);
	if (id != VOCAB_NONE)
		push_known(w, id);
	else
		push_unknown(w, (struct slice){text, n});
}

void bpe_merge_chars(const struct bpe *b, const struct vocab *v,
		     struct slice word, struct bpe_scratch *s,
		     struct token_list *out)
{
	struct symbols w = {b, v, s, false};
	bool affix = b->prefix[0] != '\0' || b->suffix[0] != '\0';
	size_t len;

	if (bpe_pairs(b, word, s, out))
		return;
	bpe_reserve(s, word.n);
	s->n_word = 0;
	for (size_t at = 0; at < word.n; at += len) {
		(void)utf8_get(word.p + at, &len);
		if (affix)
			push_affixed(&w, word.p + at, len, at == 0,
				     at + len == word.n);
		else
			push_plain(&w, word.p + at, len);
	}
	end_unknown(&w);
	bpe_merge_word(b, s, out);
}
