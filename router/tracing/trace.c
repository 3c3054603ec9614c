#include "router/tracing/trace.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

struct trace *trace_create(const struct trace_context *parent)
{
	struct trace *t = mem_alloc(sizeof(*t));

	/* Its arrays hold what their counts say. */
	t->of = *parent;
	t->n_spans = t->n_left_out = t->n_facts = t->n_room = 0;
	t->to_unix_ns = 0;
	return t;
}

void trace_destroy(struct trace **t)
{
	mem_free(*t);
	*t = NULL;
}

static unsigned place_of(const struct trace *t, const struct trace_span *s)
{
	ASSERT(s >= t->span && s < t->span + t->n_spans);
	return (unsigned)(s - t->span);
}

struct trace_span *trace_add(struct trace *t, enum trace_kind kind,
			     const struct trace_span *parent, uint64_t id,
			     uint64_t start_ns)
{
	struct trace_span *s = &t->span[t->n_spans];

	if (t->n_spans == TRACE_MAX_SPANS) {
		t->n_left_out++;
		return NULL;
	}
	*s = (struct trace_span){
		.kind = kind,
		.parent = parent != NULL ? place_of(t, parent) : 0,
		.id = id,
		.start_ns = start_ns,
	};
	t->n_spans++;
	return s;
}

/* What is at hand of it in `max` bytes, in whole characters. */
static size_t cut(struct slice s, size_t max)
{
	size_t n = s.n < max ? s.n : max;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static size_t keep(struct trace *t, struct slice s)
{
	size_t left = sizeof(t->room) - t->n_room;
	size_t n = cut(s, left < TRACE_TEXT_BYTES ? left : TRACE_TEXT_BYTES);

	if (n > 0)
		memcpy(t->room + t->n_room, s.p, n);
	t->n_room += n;
	return n;
}

void trace_name(struct trace *t, struct trace_span *s, struct slice first,
		struct slice second)
{
	size_t at = t->n_room;

	if (s == NULL)
		return;
	keep(t, first);
	if (second.n > 0) {
		keep(t, SLICE(" "));
		keep(t, second);
	}
	s->name = (struct trace_text){(uint16_t)at, (uint16_t)(t->n_room - at)};
}

static struct trace_fact *add_fact(struct trace *t, const struct trace_span *s,
				   enum trace_attribute a)
{
	struct trace_fact *f = &t->fact[t->n_facts];

	if (t->n_facts == TRACE_MAX_FACTS)
		return NULL;
	t->n_facts++;
	f->span = (uint8_t)place_of(t, s);
	f->attribute = (uint8_t)a;
	return f;
}

void trace_put_text(struct trace *t, const struct trace_span *s,
		    enum trace_attribute a, struct slice text)
{
	size_t at = t->n_room, n;
	struct trace_fact *f;

	if (s == NULL || text.n == 0)
		return;
	n = keep(t, text);
	f = n > 0 ? add_fact(t, s, a) : NULL;
	if (f != NULL)
		f->text = (struct trace_text){(uint16_t)at, (uint16_t)n};
}

void trace_put(struct trace *t, const struct trace_span *s,
	       enum trace_attribute a, int64_t number)
{
	struct trace_fact *f;

	if (s == NULL || number < 0)
		return;
	f = add_fact(t, s, a);
	if (f != NULL)
		f->number = number;
}

void trace_end(struct trace *t, uint64_t end_ns)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		struct trace_span *s = &t->span[i];

		if (s->end_ns == 0 || s->end_ns > end_ns)
			s->end_ns = end_ns;
		if (s->start_ns > s->end_ns)
			s->start_ns = s->end_ns;
	}
}

struct slice trace_text(const struct trace *t, struct trace_text text)
{
	ASSERT((size_t)text.at + text.n <= t->n_room);
	return (struct slice){t->room + text.at, text.n};
}
