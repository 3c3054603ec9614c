/* Which byte may come next: most ways of a choice need not be tried. */
#include "common/base/mem.h"
#include "common/token/regex_program.h"
#include "common/token/unicode.h"

struct bytes {
	uint64_t bit[4];
	bool any; /* the end of the text too */
};

struct finder {
	const struct regex *re;
	struct bytes *of_class;
	struct bytes *of_atomic; /* by operation */
	uint32_t *seen;          /* by the number of the search */
	uint32_t *todo;
	uint32_t search;
	size_t n_todo;
};

static unsigned first_byte(uint32_t c)
{
	char text[4];

	(void)utf8_put(text, c);
	return (unsigned char)text[0];
}

static struct bytes bytes_of(const struct regex_set *s)
{
	struct bytes b = {0};

	for (size_t i = 0; i < s->n; i++)
		for (unsigned byte = first_byte(s->range[i].first);
		     byte <= first_byte(s->range[i].last); byte++)
			b.bit[byte / 64] |= UINT64_C(1) << (byte % 64);
	return b;
}

static void add(struct bytes *to, const struct bytes *from)
{
	for (size_t i = 0; i < ARRAY_LEN(to->bit); i++)
		to->bit[i] |= from->bit[i];
}

static void visit(struct finder *f, uint32_t at)
{
	if (f->seen[at] == f->search)
		return;
	f->seen[at] = f->search;
	f->todo[f->n_todo++] = at;
}

static void look_at(struct finder *f, const struct regex_op *op,
		    struct bytes *found)
{
	unsigned char byte = (unsigned char)op->text[0];

	switch (op->code) {
	case REGEX_OP_TEXT:
		found->bit[byte / 64] |= UINT64_C(1) << (byte % 64);
		return;
	case REGEX_OP_ONE: add(found, &f->of_class[op->class]); return;
	case REGEX_OP_RUN:
		add(found, &f->of_class[op->class]);
		if (op->min == 0)
			visit(f, op->next);
		return;
	case REGEX_OP_SPLIT:
	case REGEX_OP_CHECK:
		visit(f, op->next);
		visit(f, op->other);
		return;
	case REGEX_OP_ATOMIC:
		add(found, &f->of_atomic[op - f->re->op]);
		if (f->of_atomic[op - f->re->op].any)
			visit(f, op->next);
		return;
	/* Of an atomic group too: it ends whatever follows. */
	case REGEX_OP_END: found->any = true; return;
	default: visit(f, op->next); return;
	}
}

static struct bytes find(struct finder *f, uint32_t start)
{
	struct bytes found = {0};

	f->search++;
	visit(f, start);
	while (f->n_todo > 0)
		look_at(f, &f->re->op[f->todo[--f->n_todo]], &found);
	return found;
}

static void mark(struct regex_way *way, const struct bytes *b, uint8_t mark)
{
	for (unsigned i = 0; i < 256; i++)
		if (b->any || (b->bit[i / 64] >> (i % 64) & 1))
			way->by_byte[i] |= mark;
	if (b->any)
		way->by_byte[256] |= mark;
}

static bool has_way(const struct regex_op *op)
{
	return op->code == REGEX_OP_SPLIT || op->code == REGEX_OP_RUN;
}

static void fill(struct finder *f, struct regex *re, struct regex_op *op)
{
	struct regex_way *way = &re->way[re->n_way];
	struct bytes next = find(f, op->next), other;

	mark(way, &next, REGEX_WAY_NEXT);
	if (op->code == REGEX_OP_SPLIT) {
		other = find(f, op->other);
		mark(way, &other, REGEX_WAY_OTHER);
	}
	op->way = (uint16_t)re->n_way++;
}

void regex_find_ways(struct regex *re, const struct regex_tree *t)
{
	struct finder f = {.re = re};
	struct bytes start;
	size_t n = 0;

	f.of_class = mem_array(t->n_set + 1, sizeof(*f.of_class));
	f.of_atomic = mem_zalloc(re->n_op * sizeof(*f.of_atomic));
	f.seen = mem_zalloc(re->n_op * sizeof(*f.seen));
	f.todo = mem_array(re->n_op, sizeof(*f.todo));
	for (size_t i = 0; i < t->n_set; i++)
		f.of_class[i] = bytes_of(&t->set[i]);
	/* One that stands within another comes before it. */
	for (size_t i = 0; i < re->n_op; i++)
		if (re->op[i].code == REGEX_OP_ATOMIC)
			f.of_atomic[i] = find(&f, re->op[i].other);
	for (size_t i = 0; i < re->n_op; i++)
		n += has_way(&re->op[i]);
	re->way = mem_zalloc((n + 1) * sizeof(*re->way));
	for (size_t i = 0; i < re->n_op; i++)
		if (has_way(&re->op[i]))
			fill(&f, re, &re->op[i]);
	start = find(&f, re->start);
	mark(&re->first, &start, REGEX_WAY_NEXT);
	mem_free(f.of_class);
	mem_free(f.of_atomic);
	mem_free(f.seen);
	mem_free(f.todo);
}
