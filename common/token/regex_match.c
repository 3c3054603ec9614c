/* The matcher: tries ways in order and backs up where they fail.
 *
 * Two things keep it from taking exponential time. Once a walk has taken
 * far more steps than its text has bytes, it notes what fails and what
 * leads where, and never tries the same twice (see regex_memo.h). And its
 * steps are counted against a bound that grows with the text alone. */
#include "common/base/mem.h"
#include "common/token/regex_memo.h"
#include "common/token/regex_program.h"

#define FREE_STEPS         (1u << 16)
#define STEPS_A_BYTE       256
#define QUICK_STEPS        4096 /* before anything is noted */
#define QUICK_STEPS_A_BYTE 32
#define RUN_STEP           16 /* characters of a run that count as a step */

enum frame_kind {
	WAY,      /* go on with `op` at `at` */
	RUN,      /* give characters back, from `at` down to `low` */
	LAZY,     /* take one more at `at`; `low` are taken */
	OLD_MARK, /* mark `op` was `at` */
	NOTE,     /* all ways from `op` at `at` have failed */
	NOTE_RUN, /* those of a run that went up to `low` */
};

struct regex_frame {
	uint32_t kind, op, at, low;
};

struct matcher {
	const struct regex *re;
	struct regex_room *room;
	const char *p;
	uint32_t n;
	uint32_t target; /* where a look behind must end */
	bool in_sub, notes;
	int behind; /* looks that it is in */
	uint64_t steps, quick, most;
	uint32_t mark[REGEX_MAX_MARKS];
};

enum outcome { FAIL, GO, DONE };

static void push(struct matcher *m, enum frame_kind kind, uint32_t op,
		 uint32_t at, uint32_t low)
{
	struct regex_room *r = m->room;

	if (r->n == r->size) {
		r->size = r->size ? r->size * 2 : 64;
		r->frame = mem_realloc(r->frame, r->size * sizeof(*r->frame));
	}
	r->frame[r->n++] = (struct regex_frame){kind, op, at, low};
}

static bool leads_on(const struct matcher *m, const struct regex_op *op,
		     uint32_t at)
{
	unsigned byte = at < m->n ? (unsigned char)m->p[at] : 256;

	return m->re->way[op->way].by_byte[byte] & REGEX_WAY_NEXT;
}

static uint32_t before(const struct matcher *m, uint32_t at)
{
	return (uint32_t)utf8_last(m->p, at);
}

/* Up to `most` characters of the class from `at` on: where they end. `low`
 * becomes the end of the first `min`; false if there are fewer. */
static inline bool scan(struct matcher *m, const struct regex_op *op,
			uint32_t most, uint32_t *at, uint32_t *low)
{
	const struct regex_class *c = &m->re->class[op->class];
	uint32_t count = 0, i = *at;
	size_t len;

	*low = i;
	for (; count < most && i < m->n; count++) {
		if (!regex_class_has(m->re, c, m->p, i, &len))
			break;
		i += (uint32_t)len;
		if (count + 1 == op->min)
			*low = i;
	}
	m->steps += count / RUN_STEP;
	*at = i;
	return count >= op->min;
}

static void begin_notes(struct matcher *m)
{
	/* A look behind minds more than where it is. */
	if (m->behind > 0)
		return;
	regex_memo_clear(m->room, m->re->n_op);
	m->notes = true;
}

/* What comes of a place depends on a turn of a loop that has not yet gone
 * on from where it began. */
static bool may_note(struct matcher *m, uint32_t at)
{
	if (!m->notes && m->steps > m->quick)
		begin_notes(m);
	if (!m->notes)
		return false;
	for (size_t i = 0; i < m->re->n_mark; i++)
		if (m->mark[i] == at)
			return false;
	return true;
}

static enum outcome run_class(struct matcher *m, uint32_t pc,
			      const struct regex_op *op, uint32_t *at)
{
	uint32_t start = *at, low;
	bool notes = op->max == REGEX_FOREVER && op->mode == REGEX_GREEDY &&
		     may_note(m, start);

	if (notes && regex_memo_fails(m->room, pc, start))
		return FAIL;
	if (!scan(m, op, op->mode == REGEX_LAZY ? op->min : op->max, at, &low))
		return FAIL;
	if (op->mode == REGEX_LAZY && op->min < op->max)
		push(m, LAZY, pc, *at, op->min);
	if (op->mode != REGEX_GREEDY || *at == low)
		return GO;
	if (notes)
		push(m, NOTE_RUN, pc, start, *at);
	push(m, RUN, pc, *at, low);
	return GO;
}

static enum outcome split(struct matcher *m, uint32_t *pc,
			  const struct regex_op *op, uint32_t *at)
{
	unsigned byte = *at < m->n ? (unsigned char)m->p[*at] : 256;
	unsigned ways = m->re->way[op->way].by_byte[byte];
	uint32_t fate;

	if (may_note(m, *at)) {
		if (regex_memo_get(m->room, *pc, *at, &fate)) {
			if (fate == REGEX_FAILS)
				return FAIL;
			*at = fate;
			return DONE;
		}
		push(m, NOTE, *pc, *at, 0);
	}
	if (ways == (REGEX_WAY_NEXT | REGEX_WAY_OTHER))
		push(m, WAY, op->other, *at, 0);
	*pc = ways & REGEX_WAY_NEXT ? op->next : op->other;
	return ways ? GO : FAIL;
}

static bool run(struct matcher *m, uint32_t pc, uint32_t at, uint32_t *end);

static bool run_sub(struct matcher *m, uint32_t pc, uint32_t at, uint32_t *end)
{
	bool in_sub = m->in_sub, found;

	m->in_sub = true;
	found = run(m, pc, at, end);
	m->in_sub = in_sub;
	return found;
}

/* Ends the program exactly here, from somewhere before? */
static bool look_behind(struct matcher *m, const struct regex_op *op,
			uint32_t at)
{
	uint32_t target = m->target, start = at, end;
	bool notes = m->notes, found = false;

	m->target = at;
	m->notes = false;
	m->behind++;
	for (uint32_t i = 0; !found; i++) {
		if (i >= op->min)
			found = run_sub(m, op->other, start, &end);
		if (i == op->max || start == 0)
			break;
		start = before(m, start);
	}
	m->behind--;
	m->target = target;
	m->notes = notes;
	return found;
}

static bool look(struct matcher *m, const struct regex_op *op, uint32_t at)
{
	uint32_t end;
	bool found = op->behind ? look_behind(m, op, at)
				: run_sub(m, op->other, at, &end);

	return found != op->negated;
}

static bool is_word(const struct matcher *m, const struct regex_op *op,
		    uint32_t at)
{
	size_t len;

	return regex_class_has(m->re, &m->re->class[op->class], m -> p, at,
			       &len);
}

static bool is_edge(const struct matcher *m, const struct regex_op *op,
		    uint32_t at)
{
	bool left = at > 0 && is_word(m, op, before(m, at));
	bool right = at < m->n && is_word(m, op, at);

	return left != right;
}

static bool anchor(const struct matcher *m, const struct regex_op *op,
		   uint32_t at)
{
	switch ((enum regex_anchor)op->anchor) {
	case REGEX_LINE_START:
		/* There is no line behind the last line end. */
		return at == 0 || (at < m->n && m->p[at - 1] == '\n');
	case REGEX_LINE_END: return at == m->n || m->p[at] == '\n';
	case REGEX_TEXT_START: return at == 0;
	case REGEX_TEXT_END: return at == m->n;
	case REGEX_LAST_LINE_END:
		return at == m->n || (at + 1 == m->n && m->p[at] == '\n');
	case REGEX_WORD_EDGE: return is_edge(m, op, at);
	case REGEX_NO_WORD_EDGE: return !is_edge(m, op, at);
	}
	return false;
}

static void set_mark(struct matcher *m, const struct regex_op *op, uint32_t at)
{
	push(m, OLD_MARK, op->n, m->mark[op->n], 0);
	m->mark[op->n] = at;
}

static bool take_text(const struct matcher *m, const struct regex_op *op,
		      uint32_t *at)
{
	if (m->n - *at < op->n || memcmp(m->p + *at, op->text, op->n) != 0)
		return false;
	*at += op->n;
	return true;
}

static bool take_one(const struct matcher *m, const struct regex_op *op,
		     uint32_t *at)
{
	size_t len;

	if (*at == m->n || !regex_class_has(m->re, &m->re->class[op->class],
					    m -> p, *at, &len))
		return false;
	*at += (uint32_t)len;
	return true;
}

/* One operation. GO with the next in *pc, or DONE at the program's end. */
static inline enum outcome step(struct matcher *m, uint32_t *pc, uint32_t *at)
{
	const struct regex_op *op = &m->re->op[*pc];
	enum outcome outcome;
	uint32_t next = op->next;
	bool good = true;

	switch ((enum regex_code)op->code) {
	case REGEX_OP_SPLIT: return split(m, pc, op, at);
	case REGEX_OP_RUN:
		outcome = run_class(m, *pc, op, at);
		*pc = next;
		return outcome;
	case REGEX_OP_END:
		return op->ends_behind && *at != m->target ? FAIL : DONE;
	case REGEX_OP_TEXT: good = take_text(m, op, at); break;
	case REGEX_OP_ONE: good = take_one(m, op, at); break;
	case REGEX_OP_LOOK: good = look(m, op, *at); break;
	case REGEX_OP_ATOMIC: good = run_sub(m, op->other, *at, at); break;
	case REGEX_OP_ANCHOR: good = anchor(m, op, *at); break;
	case REGEX_OP_MARK: set_mark(m, op, *at); break;
	case REGEX_OP_CHECK:
		if (m->mark[op->n] == *at)
			next = op->other;
		break;
	}
	*pc = next;
	return good ? GO : FAIL;
}

/* The next shorter run that something can follow. */
static bool give_back(struct matcher *m, struct regex_frame *f, uint32_t *pc,
		      uint32_t *at)
{
	const struct regex_op *op = &m->re->op[f->op];

	do {
		f->at = before(m, f->at);
		m->steps++;
	} while (f->at > f->low && !leads_on(m, op, f->at));
	*at = f->at;
	*pc = op->next;
	if (f->at == f->low)
		m->room->n--;
	return true;
}

static bool take_more(struct matcher *m, struct regex_frame *f, uint32_t *pc,
		      uint32_t *at)
{
	const struct regex_op *op = &m->re->op[f->op];
	bool good;

	*at = f->at;
	*pc = op->next;
	good = take_one(m, op, at);
	f->at = *at;
	if (!good || ++f->low == op->max)
		m->room->n--;
	return good;
}

/* Goes back to the last place that had another way on; false if there is
 * none above `base`. */
static bool back(struct matcher *m, size_t base, uint32_t *pc, uint32_t *at)
{
	struct regex_room *r = m->room;

	while (r->n > base) {
		struct regex_frame *f = &r->frame[r->n - 1];

		switch ((enum frame_kind)f->kind) {
		case RUN: return give_back(m, f, pc, at);
		case LAZY:
			if (take_more(m, f, pc, at))
				return true;
			continue;
		case WAY:
			*pc = f->op;
			*at = f->at;
			r->n--;
			return true;
		case OLD_MARK: m->mark[f->op] = f->at; break;
		case NOTE: regex_memo_put(r, f->op, f->at, REGEX_FAILS); break;
		case NOTE_RUN:
			regex_memo_put_run(r, f->op, f->at, f->low);
			break;
		}
		r->n--;
	}
	return false;
}

/* What stands on the way to a program's end leads there. */
static void note_way(struct matcher *m, size_t base, uint32_t end)
{
	struct regex_room *r = m->room;

	for (size_t i = base; i < r->n; i++)
		if (r->frame[i].kind == NOTE)
			regex_memo_put(r, r->frame[i].op, r->frame[i].at, end);
}

static bool run(struct matcher *m, uint32_t pc, uint32_t at, uint32_t *end)
{
	size_t base = m->room->n;

	while (m->steps++ < m->most) {
		enum outcome outcome = step(m, &pc, &at);

		if (outcome == DONE) {
			if (m->notes && m->in_sub)
				note_way(m, base, at);
			m->room->n = base;
			*end = at;
			return true;
		}
		if (outcome == FAIL && !back(m, base, &pc, &at))
			return false;
	}
	m->room->n = base;
	return false;
}

/* The first match at or behind *at. */
static bool search(struct matcher *m, uint32_t at, struct regex_span *out)
{
	const struct regex_way *first = &m->re->first;
	uint32_t end;
	size_t len;

	for (; at <= m->n && m->steps < m->most; at += (uint32_t)len) {
		unsigned byte = at < m->n ? (unsigned char)m->p[at] : 256;

		len = 1;
		if (at < m->n)
			(void)utf8_get(m->p + at, &len);
		if (!(first->by_byte[byte] & REGEX_WAY_NEXT))
			continue;
		m->quick = QUICK_STEPS + QUICK_STEPS_A_BYTE * (uint64_t)at;
		if (run(m, m->re->start, at, &end)) {
			*out = (struct regex_span){at, end};
			return true;
		}
	}
	return false;
}

enum status regex_next(struct regex_walk *w, struct regex_span *out)
{
	struct matcher m = {
		.re = w->re,
		.room = w->room,
		.p = w->text.p,
		.n = (uint32_t)w->text.n,
		.notes = w->remembers,
		.steps = w->steps,
		.most = FREE_STEPS + STEPS_A_BYTE * (uint64_t)w->text.n,
	};
	struct regex_span found;
	size_t len = 1;

	w->room->n = 0;
	while (w->at <= w->text.n && search(&m, (uint32_t)w->at, &found)) {
		w->steps = m.steps;
		w->remembers = m.notes;
		w->at = found.end;
		if (found.end > found.start || !w->has_last ||
		    w->last != found.end) {
			w->has_last = true;
			w->last = found.end;
			*out = found;
			return OK;
		}
		if (w->at < w->text.n)
			(void)utf8_get(w->text.p + w->at, &len);
		w->at += len;
		len = 1;
	}
	w->steps = m.steps;
	w->at = w->text.n + 1;
	return m.steps >= m.most ? ERR_LIMIT : ERR_NOT_FOUND;
}

void regex_room_fini(struct regex_room *r)
{
	mem_free(r->frame);
	regex_memo_fini(r);
	*r = (struct regex_room){0};
}

size_t regex_room_bytes(const struct regex_room *r)
{
	return r->size * sizeof(*r->frame) + regex_memo_bytes(r);
}
