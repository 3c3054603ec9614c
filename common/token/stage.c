#include "common/token/stage.h"

#include "common/token/alphabet.h"
#include "common/token/encoder.h"

void stage_fini(struct stage *s)
{
	split_fini(&s->split);
}

static void cut(struct encoder *e, struct slice piece, size_t stage,
		size_t front)
{
	struct split_walk walk = {
		.split = &e->t->stage[stage].split,
		.text = piece,
		.room = &e->room->regex[stage],
	};
	struct slice part;

	if (walk.split->by == SPLIT_BY_REGEX)
		e->room->has_walked = true;
	while (!encoder_is_over(e) && split_next(&walk, &part))
		encoder_piece(e, part, stage + 1,
			      encoder_front(front, (size_t)(part.p - piece.p)));
	if (walk.status != OK)
		e->status = walk.status;
}

static void cut_lengths(struct encoder *e, struct slice piece, size_t stage,
			size_t front)
{
	size_t most = e->t->stage[stage].length, end;

	for (size_t at = 0; at < piece.n && !encoder_is_over(e); at = end) {
		end = at;
		for (size_t i = 0, len; i < most && end < piece.n; i++) {
			(void)utf8_get(piece.p + end, &len);
			end += len;
		}
		encoder_piece(e, (struct slice){piece.p + at, end - at},
			      stage + 1, encoder_front(front, at));
	}
}

static struct slice with_blank(struct slice piece, struct buf *room)
{
	if (piece.p[0] == ' ')
		return piece;
	buf_reset(room, SIZE_MAX);
	buf_putc(room, ' ');
	buf_append(room, piece);
	return buf_slice(room);
}

static struct slice in_alphabet(struct slice piece, struct buf *room)
{
	buf_reset(room, SIZE_MAX);
	alphabet_append(piece, room);
	return buf_slice(room);
}

void stage_run(struct encoder *e, struct slice piece, size_t stage,
	       size_t front)
{
	const struct stage *s = &e->t->stage[stage];
	struct buf *room = &e->room->stage[stage];

	e->room->has_staged = true;
	switch (s->kind) {
	case STAGE_SPLIT: cut(e, piece, stage, front); return;
	case STAGE_LENGTH: cut_lengths(e, piece, stage, front); return;
	case STAGE_METASPACE:
		piece = metaspace(s->metaspace, piece, front > 0, room);
		if (s->cuts) {
			cut(e, piece, stage, front);
			return;
		}
		break;
	case STAGE_BLANK: piece = with_blank(piece, room); break;
	case STAGE_ALPHABET: piece = in_alphabet(piece, room); break;
	case STAGE_SCAN: break;
	}
	encoder_piece(e, piece, stage + 1, front);
}
