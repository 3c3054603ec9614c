#include "common/token/blanks.h"

#include "common/token/encoder.h"

static bool is_metaspace(const struct stage *s)
{
	return s->kind == STAGE_METASPACE;
}

bool blanks_vanish(const struct tokenizer *t)
{
	if (normalizer_removes_blanks(&t->normalizer))
		return true;
	return t->n_stage > 0 && is_metaspace(&t->stage[t->n_stage - 1]);
}

static bool is_replace(const struct normalize_step *s)
{
	return s->kind == NORMALIZE_REPLACE &&
	       slice_equal(buf_slice(&s->from), SLICE(" ")) &&
	       slice_equal(buf_slice(&s->to), SLICE(METASPACE_BLANK));
}

static bool is_prepend(const struct normalize_step *s)
{
	return s->kind == NORMALIZE_PREPEND &&
	       slice_equal(buf_slice(&s->to), SLICE(METASPACE_BLANK));
}

/* A blank before the text that Replace then writes is as good. */
static bool is_written_by_normalizer(const struct normalizer *z,
				     enum blanks_front *front)
{
	*front = z->n == 2 ? BLANKS_FRONT : BLANKS_NO_FRONT;
	if (z->n == 2)
		return is_prepend(&z->step[0]) && is_replace(&z->step[1]);
	return z->n == 1 && is_replace(&z->step[0]);
}

static enum blanks_front front_of(enum metaspace how)
{
	switch (how) {
	case METASPACE_FIRST: return BLANKS_FIRST_FRONT;
	case METASPACE_ALWAYS: return BLANKS_MISSING;
	default: return BLANKS_NO_FRONT;
	}
}

struct blanks blanks_of(const struct tokenizer *t)
{
	const struct stage *stage = &t->stage[0];
	struct blanks b = {0};

	if (t->cut.where != CUT_ANYWHERE || t->normal.n > 0)
		return b;
	if (t->n_stage == 0) {
		b.on = is_written_by_normalizer(&t->normalizer, &b.front);
	} else if (t->n_stage == 1 && t->normalizer.n == 0) {
		b.on = is_metaspace(stage) && !stage->cuts;
		b.front = front_of(stage->metaspace);
	}
	return b;
}

static bool wants_front(enum blanks_front how, struct slice piece,
			bool starts_text)
{
	if (how == BLANKS_FRONT)
		return true;
	if (piece.p[0] == ' ' || slice_starts(piece, SLICE(METASPACE_BLANK)))
		return false;
	return how == BLANKS_MISSING ||
	       (how == BLANKS_FIRST_FRONT && starts_text);
}

/* The first word with a blank before it; returns where it ends. */
static size_t put_front(struct encoder *e, struct slice piece)
{
	struct buf *room = &e->room->normal.a;
	size_t len, end = 0;

	if (!cut_between(&e->t->cut, ' ', utf8_get(piece.p, &len)))
		end = cut_word(&e->t->cut, piece.p, piece.n, 0);
	buf_reset(room, SIZE_MAX);
	buf_putc(room, ' ');
	buf_append(room, (struct slice){piece.p, end});
	encoder_word(e, buf_slice(room).p, buf_len(room), buf_len(room));
	return end;
}

void encoder_blanks(struct encoder *e, struct slice piece, bool starts_text)
{
	const struct cut *cut = &e->t->cut;
	char tail[CUT_ROOM] = {0};
	struct batch words;
	size_t at = 0;

	batch_init(&words, piece.p + piece.n);
	if (wants_front(e->t->blanks.front, piece, starts_text))
		at = put_front(e, piece);
	while (at < piece.n && !encoder_is_over(e)) {
		size_t left = piece.n - at, end;
		const char *p = piece.p + at;
		uint64_t starts;

		if (left < CUT_ROOM)
			p = memcpy(tail, p, left);
		starts = cut_block(cut, p, left < CUT_BLOCK ? left : CUT_BLOCK);
		if (left < CUT_BLOCK)
			starts |= (uint64_t)1 << left;
		if (starts != 0) {
			at += batch_add_block(e, &words, p, piece.p + at,
					      starts);
			continue;
		}
		end = cut_word(cut, piece.p, piece.n, at);
		batch_add(e, &words, piece.p + at, end - at);
		at = end;
	}
	batch_encode(e, &words);
}
