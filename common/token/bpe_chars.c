/* Words as characters: one that the vocabulary lacks becomes its bytes,
 * "<0x0A>" and the like. */
#include "common/token/bpe.h"
#include "common/token/utf8.h"

static void add_bytes(const struct bpe *b, const char *p, size_t len,
		      struct bpe_scratch *s)
{
	for (size_t i = 0; i < len; i++)
		s->word[s->n_word++] = b->byte_id[(unsigned char)p[i]];
}

void bpe_merge_chars(const struct bpe *b, const struct vocab *v,
		     struct slice word, struct bpe_scratch *s,
		     struct token_list *out)
{
	size_t len;

	bpe_reserve(s, word.n);
	s->n_word = 0;
	for (size_t at = 0; at < word.n; at += len) {
		const char *p = word.p + at;
		uint32_t c = utf8_get(p, &len), id;

		id = c < 0x80 ? b->ascii_id[c]
			      : vocab_find(v, (struct slice){p, len}, true);
		if (id != VOCAB_NONE)
			s->word[s->n_word++] = id;
		else
			add_bytes(b, p, len, s);
	}
	bpe_merge_word(b, s, out);
}
