#include "common/token/chunks.h"

#include <emmintrin.h>
#include <string.h>

#include "common/token/encoder.h"

static bool is_local(enum normalize_kind kind)
{
	switch (kind) {
	case NORMALIZE_NFC:
	case NORMALIZE_NFD:
	case NORMALIZE_NFKC:
	case NORMALIZE_NFKD:
	case NORMALIZE_LOWER:
	case NORMALIZE_BERT_CLEAN:
	case NORMALIZE_BERT_CHINESE:
	case NORMALIZE_BERT_ACCENTS:
	case NORMALIZE_ACCENTS:
	case NORMALIZE_NMT:
	case NORMALIZE_CHARSMAP: return true;
	default: return false;
	}
}

static bool drops_space(const struct stage *s)
{
	return s->kind == STAGE_SPLIT && s->split.by == SPLIT_BY_CLASS &&
	       s->split.classes == CLASS_SPACE && !s->split.invert &&
	       s->split.behavior == SPLIT_REMOVED;
}

/* Is white space, and nothing else, what becomes of the character? */
static bool stays_space(const struct tokenizer *t, struct slice character)
{
	struct normalize_room room;
	struct slice made;
	bool is_space;

	normalize_room_init(&room);
	is_space = normalize(&t->normalizer, character, &room, &made) == OK &&
		   made.n > 0 &&
		   scan_run(made.p, made.n, 0, CLASS_SPACE) == made.n;
	normalize_room_fini(&room);
	return is_space;
}

struct chunks chunks_of(const struct tokenizer *t)
{
	const struct normalizer *z = &t->normalizer;
	struct chunks c = {0};

	if (t->n_stage == 0 || !drops_space(&t->stage[0]) || t->normal.n > 0 ||
	    z->keeps_front)
		return c;
	for (size_t i = 0; i < z->n; i++)
		if (!is_local(z->step[i].kind))
			return c;
	c.on = stays_space(t, SLICE(" "));
	c.tab = stays_space(t, SLICE("\t"));
	c.newline = stays_space(t, SLICE("\n"));
	return c;
}

/* What of a block is a blank, and what of the rest keeps a blank beside it
 * from being one. */
static uint64_t classify(const struct chunks *c, const char *p, uint64_t *bad)
{
	uint64_t blank = 0;

	*bad = 0;
	for (unsigned at = 0; at < CHUNKS_BLOCK; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + at));
		__m128i is = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
		__m128i end = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));

		if (c->tab)
			is = _mm_or_si128(
				is, _mm_cmpeq_epi8(v, _mm_set1_epi8('\t')));
		if (c->newline)
			is = _mm_or_si128(
				is, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
		blank |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << at;
		/* Bytes from 0x80 on have the highest bit. */
		*bad |= (uint64_t)(unsigned)_mm_movemask_epi8(
				_mm_or_si128(v, end))
			<< at;
	}
	return blank;
}

uint64_t chunks_block(const struct chunks *c, const char *p, size_t n)
{
	uint64_t bad, blank = classify(c, p, &bad), ends, spoilt;
	uint64_t within = n < CHUNKS_BLOCK ? ((uint64_t)1 << n) - 1
					   : UINT64_MAX;

	blank &= within;
	ends = blank << 1 & ~blank;
	/* A carry runs through the blanks behind what is bad, to their end. */
	spoilt = (blank + (blank & bad << 1)) & ~blank;
	return ends & ~spoilt & ~bad & within;
}

static bool is_blank(const struct chunks *c, char at)
{
	return at == ' ' || (at == '\t' && c->tab) ||
	       (at == '\n' && c->newline);
}

static bool is_good(char at)
{
	return (unsigned char)at < 0x80 && at != '\r';
}

/* End of the chunk that starts at `at`: as chunks_block() has it, for what
 * is longer than a block. */
static size_t end_of(const struct chunks *c, struct slice piece, size_t at)
{
	bool spoilt = false; /* the blanks before `i` */

	for (size_t i = at; i < piece.n; i++) {
		char here = piece.p[i], before = i > at ? piece.p[i - 1] : ' ';

		if (is_blank(c, here)) {
			if (!is_blank(c, before))
				spoilt = !is_good(before);
			continue;
		}
		if (i > at && is_blank(c, before) && !spoilt && is_good(here))
			return i;
	}
	return piece.n;
}

void encoder_chunks(struct encoder *e, struct slice piece)
{
	const struct chunks *c = &e->t->chunks;
	char tail[CHUNKS_ROOM] = {0};
	size_t at = 0, end;

	if (e->room->chunks.set == NULL)
		words_init(&e->room->chunks);
	e->words = &e->room->chunks;
	while (at < piece.n && !encoder_is_over(e)) {
		size_t left = piece.n - at;
		const char *p = piece.p + at;
		uint64_t starts;

		if (left < CHUNKS_ROOM)
			p = memcpy(tail, p, left);
		starts = chunks_block(
			c, p, left < CHUNKS_BLOCK ? left : CHUNKS_BLOCK);
		if (left < CHUNKS_BLOCK)
			starts |= (uint64_t)1 << left;
		if (starts != 0) {
			at += encoder_words(e, p, starts, CHUNKS_ROOM);
			continue;
		}
		end = end_of(c, piece, at);
		encoder_word(e, piece.p + at, end - at, left);
		at = end;
	}
	e->words = &e->room->words;
}
