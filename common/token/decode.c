#include "common/token/alphabet.h"
#include "common/token/model.h"

#define BLANK   "\xe2\x96\x81"
#define BYTE_N  6 /* "<0x0A>" */
#define N_BYTES 256

/* The byte that an entry of characters stands for, or -1. */
static int byte_of(const struct tokenizer *t, uint32_t id, struct slice text)
{
	if (text.n != BYTE_N || !slice_starts(text, SLICE("<0x")))
		return -1;
	for (int i = 0; i < N_BYTES; i++)
		if (t->bpe.byte_id[i] == id)
			return i;
	return -1;
}

/* U+2581 is a blank again. */
static void append(struct slice text, struct buf *out)
{
	size_t at = 0;

	while (at < text.n) {
		bool blank = slice_starts(slice_from(text, at), SLICE(BLANK));

		buf_putc(out, blank ? ' ' : text.p[at]);
		at += blank ? sizeof(BLANK) - 1 : 1;
	}
}

static void decode_chars(const struct tokenizer *t, const uint32_t *id,
			 size_t n, struct buf *out)
{
	bool strip = t->strip;

	for (size_t i = 0; i < n; i++) {
		struct slice text = vocab_text(&t->vocab, id[i]);
		int byte = byte_of(t, id[i], text);

		bool first = strip && text.n > 0;

		if (first && slice_starts(text, SLICE(BLANK)))
			text = slice_from(text, sizeof(BLANK) - 1);
		strip = strip && !first;
		if (byte >= 0)
			buf_putc(out, (char)byte);
		else
			append(text, out);
	}
}

/* What is not written in letters stands for itself. */
static void append_letters(struct slice text, struct buf *out)
{
	size_t n;

	if (alphabet_decode(text, buf_reserve(out, text.n + 1), &n))
		buf_commit(out, n);
	else
		buf_append(out, text);
}

void tokenizer_decode(const struct tokenizer *t, const uint32_t *id, size_t n,
		      struct buf *out)
{
	if (!t->byte_level && !t->letters) {
		decode_chars(t, id, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (t->letters)
			append_letters(vocab_text(&t->vocab, id[i]), out);
		else
			buf_append(out, vocab_text(&t->vocab, id[i]));
}
