#include "tools/bench/dialogue.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <stdio.h>
#include <string.h>

#define PIECE_BYTES     1000 /* before escaping */
#define PIECE_MOST      4096 /* after it; what is longer is left out */
#define MESSAGE_PIECES  4    /* at most */
#define LAST_TURN_SPARE 1024 /* for what stands around pieces in a turn */
#define TURN_MOST       (2 * (PIECE_MOST + LAST_TURN_SPARE))

/* --- the text --------------------------------------------------------- */

/* Up to a blank behind PIECE_BYTES, so that no character is cut. */
static struct slice take_piece(struct slice *text)
{
	size_t n = text->n < PIECE_BYTES ? text->n : PIECE_BYTES;
	const char *blank = memchr(text->p + n, ' ', text->n - n);
	struct slice piece = {text->p,
			      blank ? (size_t)(blank - text->p) : text->n};

	*text = slice_from(*text, piece.n);
	return piece;
}

static void add_piece(struct dialogue_text *t, struct slice raw)
{
	struct buf quoted;

	buf_init(&quoted);
	buf_json_string(&quoted, raw);
	struct slice s = buf_slice(&quoted);

	if (s.n <= PIECE_MOST) {
		buf_append(&t->bytes, (struct slice){s.p + 1, s.n - 2});
		t->end[t->n++] = buf_len(&t->bytes);
	}
	buf_fini(&quoted);
}

enum status dialogue_text_init(struct dialogue_text *t, struct slice text)
{
	size_t most = text.n / PIECE_BYTES + 1;

	*t = (struct dialogue_text){.end = mem_alloc(most * sizeof(*t->end))};
	buf_init(&t->bytes);
	while (text.n >= PIECE_BYTES)
		add_piece(t, take_piece(&text));
	if (t->n >= DIALOGUE_MIN_PIECES)
		return OK;
	dialogue_text_fini(t);
	return ERR_INVALID;
}

void dialogue_text_fini(struct dialogue_text *t)
{
	buf_fini(&t->bytes);
	mem_free(t->end);
	*t = (struct dialogue_text){0};
}

static struct slice piece_at(const struct dialogue_text *t, size_t i)
{
	size_t start = i > 0 ? t->end[i - 1] : 0;

	return (struct slice){buf_slice(&t->bytes).p + start,
			      t->end[i] - start};
}

/* --- writing behind d->end ------------------------------------------- */

static void put(struct dialogue *d, struct message_request *m, struct slice s)
{
	ASSERT(s.n <= d->room - d->end);
	memcpy(m->p + d->end, s.p, s.n);
	d->end += s.n;
}

static void put_pieces(struct dialogue *d, struct message_request *m, size_t n)
{
	while (n-- > 0)
		put(d, m, piece_at(d->text, rng_below(&d->rng, d->text->n)));
}

/* A message that is like no other from its first word on. */
static void put_message(struct dialogue *d, struct message_request *m,
			const char *role, size_t pieces)
{
	char start[96];
	int n = snprintf(start, sizeof(start),
			 ",{\"role\":\"%s\",\"content\":\"%08x: ", role,
			 (unsigned)rng_next(&d->rng));

	put(d, m, (struct slice){start, (size_t)n});
	put_pieces(d, m, pieces);
	put(d, m, SLICE("\"}"));
}

static void put_history(struct dialogue *d, struct message_request *m)
{
	while (d->end - d->head_end + TURN_MOST / 2 < d->body_bytes) {
		put_message(d, m, "user", 1 + rng_below(&d->rng, 2));
		put_message(d, m, "assistant",
			    1 + rng_below(&d->rng, MESSAGE_PIECES));
	}
	d->history_end = d->end;
	d->turns = 0;
}

/* The number's second place, and the end of the body. */
static void put_last_turn(struct dialogue *d, struct message_request *m)
{
	put(d, m,
	    SLICE(",{\"role\":\"user\",\"content\":\"" MESSAGE_TURN_MARK));
	m->number_at[1] = d->end;
	put(d, m, SLICE(MESSAGE_NO_NUMBER ". "));
	put_pieces(d, m, 1);
	put(d, m, SLICE("\"}"));
	m->n = d->end;
	memcpy(m->p + m->n, "]}", 2);
	m->n += 2;
	m->body_bytes = m->n - d->head_end;

	char digits[MESSAGE_LENGTH_DIGITS + 1];

	snprintf(digits, sizeof(digits), "%*zu", MESSAGE_LENGTH_DIGITS,
		 m->body_bytes);
	memcpy(m->p + d->length_at, digits, MESSAGE_LENGTH_DIGITS);
}

/* --- requests --------------------------------------------------------- */

/* The same for all conversations. */
static void put_shared(struct dialogue *d, struct message_request *m,
		       size_t bytes)
{
	size_t start = d->end, i = 0;

	put(d, m, SLICE("{\"role\":\"system\",\"content\":\""));
	while (d->end - start < bytes)
		put(d, m, piece_at(d->text, i++ % d->text->n));
	put(d, m, SLICE("\"}"));
	d->shared_end = d->end;
}

static void put_start(struct dialogue *d, const struct message_shape *shape,
		      struct message_request *m)
{
	struct buf out;

	buf_init(&out);
	d->length_at = message_head_write(&out, shape, "/v1/chat/completions",
					  0) -
		       MESSAGE_LENGTH_DIGITS;
	d->head_end = buf_len(&out);
	m->number_at[0] = message_fields_write(&out, shape);
	buf_puts(&out, "\"messages\":[");
	put(d, m, buf_slice(&out));
	buf_fini(&out);
}

void dialogue_make(struct dialogue *d, const struct dialogue_text *text,
		   const struct message_shape *shape, struct message_request *m)
{
	*d = (struct dialogue){
		.text = text,
		.body_bytes = shape->body_bytes,
		.grows = shape->grows,
		.room = shape->body_bytes + shape->shared_bytes +
			(DIALOGUE_TURNS + 1) * TURN_MOST +
			2 * MESSAGE_PIECES * PIECE_MOST + 8192,
	};
	rng_seed(&d->rng, shape->session + 1);
	m->p = mem_alloc(d->room + 2);
	put_start(d, shape, m);
	put_shared(d, m, shape->shared_bytes);
	put_history(d, m);
	put_last_turn(d, m);
}

void dialogue_next(struct dialogue *d, struct message_request *m)
{
	if (!d->grows) {
		d->end = d->shared_end;
		put_history(d, m);
	} else if (d->turns == DIALOGUE_TURNS) {
		d->end = d->history_end;
		d->turns = 0;
	} else {
		put_message(d, m, "assistant", 1);
		d->turns++;
	}
	put_last_turn(d, m);
}
