#include "common/token/direct.h"

#include <string.h>

#include "common/base/pages.h"
#include "common/token/metaspace.h"

#define PER_LINE    2 /* on the average */
#define SPARE_LINES 4

static bool is_direct(const struct vocab *v, uint32_t id)
{
	return v->direct[id / 64] >> id % 64 & 1;
}

static bool key_of(const struct vocab *v, uint32_t id, bool blanks,
		   uint64_t key[2])
{
	char word[WORDS_MAX_TEXT];
	size_t n;

	if (!is_direct(v, id) ||
	    !metaspace_word(vocab_text(v, id), blanks, word, sizeof(word), &n))
		return false;
	words_key(word, n, n, key);
	return true;
}

static const struct direct_line *next_line(const struct direct *d,
					   const struct direct_line *l)
{
	return l + 1 < d->line + d->n_line ? l + 1 : d->line;
}

static bool is_free(const struct direct_line *l, unsigned way)
{
	return l->key[way][0] == UINT64_MAX && l->key[way][1] == UINT64_MAX;
}

static bool is_full(const struct direct_line *l)
{
	return !is_free(l, DIRECT_WAYS - 1);
}

static void add(struct direct *d, const uint64_t key[2], uint32_t id)
{
	struct direct_line *l = (struct direct_line *)direct_line(d, key);
	unsigned way = 0;

	if (is_full(l))
		l->beyond |= direct_bit(key);
	while (is_full(l))
		l = (struct direct_line *)next_line(d, l);
	while (!is_free(l, way))
		way++;
	memcpy(l->key[way], key, sizeof(l->key[way]));
	l->id[way] = id;
}

void direct_build(struct direct *d, const struct vocab *v, bool blanks)
{
	uint64_t key[2];
	size_t n = 0;

	for (uint32_t id = 0; id < v->n_id; id++)
		n += key_of(v, id, blanks, key);
	d->n_line = n / PER_LINE + SPARE_LINES;
	d->line = pages_alloc(direct_bytes(d));
	memset(d->line, 0xff, direct_bytes(d));
	for (size_t i = 0; i < d->n_line; i++)
		d->line[i].beyond = 0;
	/* In the order of ids, which is by frequency. */
	for (uint32_t id = 0; id < v->n_id; id++)
		if (key_of(v, id, blanks, key))
			add(d, key, id);
}

void direct_fini(struct direct *d)
{
	pages_free(d->line, direct_bytes(d));
	*d = (struct direct){0};
}

size_t direct_bytes(const struct direct *d)
{
	return d->n_line * sizeof(*d->line);
}

uint32_t direct_behind(const struct direct *d, const struct direct_line *l,
		       const uint64_t key[2])
{
	uint32_t id = VOCAB_NONE;

	while (id == VOCAB_NONE && is_full(l)) {
		l = next_line(d, l);
		id = direct_in(l, key);
	}
	return id;
}
