#include "common/token/cut.h"

#include <string.h>

#include "common/token/utf8.h"

#define BLANK   "\xe2\x96\x81"
#define BLANK_N 3

static bool is_blank(const char *p, size_t n, size_t at)
{
	return n - at >= BLANK_N && memcmp(p + at, BLANK, BLANK_N) == 0;
}

static bool is_kept(const struct cut *c, uint32_t character)
{
	for (size_t i = 0; i < c->n_kept; i++)
		if (c->kept[i] == character)
			return true;
	return false;
}

static bool is_byte(const struct bpe *b, uint32_t id)
{
	for (size_t i = 0; i < 256; i++)
		if (b->byte_id[i] == id)
			return true;
	return false;
}

static void keep(struct cut *c, uint32_t character)
{
	if (is_kept(c, character))
		return;
	if (c->n_kept == CUT_MAX_KEPT)
		c->on = false;
	else
		c->kept[c->n_kept++] = character;
}

static void learn(struct cut *c, const struct bpe *b, const struct vocab *v,
		  const struct bpe_merge *m)
{
	struct slice left = vocab_text(v, m->left);
	struct slice right = vocab_text(v, m->right);
	size_t last, len;

	if (m->left == b->unk_id || m->right == b->unk_id) {
		c->on = false;
		return;
	}
	/* "<0x20>" is written with other characters than it stands for. */
	if ((left.n == 6 && is_byte(b, m->left)) ||
	    (right.n == 6 && is_byte(b, m->right))) {
		c->on = false;
		return;
	}
	if (left.n == 0 || !is_blank(right.p, right.n, 0))
		return;
	last = utf8_last(left.p, left.n);
	if (!is_blank(left.p, left.n, last))
		keep(c, utf8_get(left.p + last, &len));
}

void cut_learn(struct cut *c, const struct bpe *b, const struct vocab *v)
{
	/* An unknown blank would be fused with what is before it. */
	*c = (struct cut){.on = vocab_find(v, SLICE(BLANK), true) !=
				VOCAB_NONE};
	for (size_t i = 0; i < b->n_slot && c->on; i++)
		if (b->merge[i].left != VOCAB_NONE)
			learn(c, b, v, &b->merge[i]);
}

/* First U+2581 at or behind `at`, or n. */
static size_t find_blank(const char *p, size_t n, size_t at)
{
	for (; n - at >= BLANK_N; at++)
		if (p[at] == BLANK[0] && p[at + 1] == BLANK[1] &&
		    p[at + 2] == BLANK[2])
			return at;
	return n;
}

size_t cut_word(const struct cut *c, const char *p, size_t n, size_t at)
{
	size_t len;

	if (!c->on)
		return n;
	do {
		while (is_blank(p, n, at))
			at += BLANK_N;
		at = find_blank(p, n, at);
	} while (at < n && c->n_kept > 0 &&
		 is_kept(c, utf8_get(p + utf8_last(p, at), &len)));
	return at;
}
