/* Messages of one role in a row as one message. */
#include "common/template/mistral.h"

#include <stdlib.h>
#include <string.h>

/* Texts that stand side by side, becoming one. */
struct joiner {
	struct buf text;
	bool any;
	struct mistral_chunk *chunk;
	size_t n;
	struct arena *arena;
};

static void flush(struct joiner *j)
{
	if (!j->any)
		return;
	j->chunk[j->n++] = (struct mistral_chunk){
		arena_copy(j->arena, buf_slice(&j->text)), .closed = true};
	buf_reset(&j->text, SIZE_MAX);
	j->any = false;
}

/* Between texts of one message stands less than between messages, of
 * late. */
static void join(struct joiner *j, const struct mistral_message *one,
		 int version)
{
	bool fresh = j->any;
	for (size_t i = 0; i < one->n_chunks; i++) {
		const struct mistral_chunk *c = &one->chunk[i];
		if (c->think) {
			flush(j);
			j->chunk[j->n++] = *c;
			continue;
		}
		if (c->text.n == 0)
			continue;
		if (j->any && (fresh || version < 15))
			buf_puts(&j->text, "\n\n");
		buf_append(&j->text, c->text);
		j->any = true;
		fresh = false;
	}
}

/* The contents of `n` messages as the content of one. */
static void merge_content(struct mistral *m, const struct mistral_message *from,
			  size_t n, struct mistral_message *to)
{
	struct joiner j = {.arena = m->arena};
	size_t room = 1;
	for (size_t i = 0; i < n; i++)
		room += from[i].n_chunks;
	j.chunk = arena_array(m->arena, room, sizeof(*j.chunk));
	buf_init(&j.text);
	for (size_t i = 0; i < n; i++)
		join(&j, &from[i], m->model->version);
	to->is_list = j.n > 0;
	flush(&j);
	buf_fini(&j.text);
	to->chunk = j.chunk;
	to->n_chunks = j.n;
	to->has_content = j.n > 0;
}

static void merge_calls(struct mistral *m, const struct mistral_message *from,
			size_t n, struct mistral_message *to)
{
	size_t room = 1;
	for (size_t i = 0; i < n; i++)
		room += from[i].n_calls;
	to->call = arena_array(m->arena, room, sizeof(*to->call));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < from[i].n_calls; k++)
			to->call[to->n_calls++] = from[i].call[k];
		to->prefix |= from[i].prefix;
	}
}

struct ranked {
	struct mistral_message message;
	int64_t call, result;
	size_t at;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (x->result != y->result)
		return x->result < y->result ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Results in the order of their calls. */
static void sort_results(struct mistral *m, struct mistral_message *one,
			 size_t n, const struct dict *calls)
{
	struct ranked *r = arena_array(m->arena, n + 1, sizeof(*r));
	struct value last = value_dict(m->arena);
	for (size_t i = 0; i < n; i++)
		dict_set(last.dict, one[i].id, value_int((int64_t)i));
	for (size_t i = 0; i < n; i++) {
		struct value *call = dict_find(calls, one[i].id);
		r[i] = (struct ranked){one[i], call ? call->i : INT64_MAX,
				       dict_find(last.dict, one[i].id)->i, i};
	}
	qsort(r, n, sizeof(*r), by_rank);
	for (size_t i = 0; i < n; i++)
		one[i] = r[i].message;
}

struct merge {
	struct mistral *m;
	struct mistral_message *to;
	size_t n;
	struct value calls; /* order of the latest, by id */
	int64_t n_calls;
};

static void add_one(struct merge *g, const struct mistral_message *from,
		    size_t n)
{
	struct mistral_message *to = &g->to[g->n++];
	*to = (struct mistral_message){
		.role = from->role, .id = from->id, .name = from->name};
	merge_content(g->m, from, n, to);
	if (from->role != MISTRAL_ASSISTANT)
		return;
	merge_calls(g->m, from, n, to);
	for (size_t i = 0; i < to->n_calls; i++)
		dict_set(g->calls.dict, to->call[i].id,
			 value_int(g->n_calls++));
}

static void add_each(struct merge *g, const struct mistral_message *from,
		     size_t n)
{
	size_t first = g->n;
	for (size_t i = 0; i < n; i++)
		add_one(g, &from[i], 1);
	if (from->role != MISTRAL_TOOL)
		return;
	if (g->m->model->version >= 11)
		sort_results(g->m, &g->to[first], n, g->calls.dict);
	g->calls = value_dict(g->m->arena);
	g->n_calls = 0;
}

/* All words of the system as one text, for versions that tell it within a
 * user's message; p NULL: none. */
static void take_system(struct mistral *m, struct buf *to, bool *any)
{
	for (size_t i = 0; i < m->n; i++) {
		struct mistral_message one = {.role = MISTRAL_SYSTEM};
		if (m->message[i].role != MISTRAL_SYSTEM ||
		    !m->message[i].has_content)
			continue;
		merge_content(m, &m->message[i], 1, &one);
		if (*any)
			buf_puts(to, "\n\n");
		*any = true;
		buf_append(to, mistral_text(&one, m->arena));
	}
}

static void add_user(struct merge *g)
{
	memmove(g->to + 1, g->to, g->n * sizeof(*g->to));
	g->to[0] = (struct mistral_message){.role = MISTRAL_USER};
	g->n++;
}

void mistral_merge(struct mistral *m)
{
	struct merge g = {.m = m, .calls = value_dict(m->arena)};
	bool old = m->model->version < 7, any = false;
	struct buf b;
	g.to = arena_array(m->arena, m->n + 2, sizeof(*g.to));
	buf_init(&b);
	if (old)
		take_system(m, &b, &any);
	m->system = any ? arena_copy(m->arena, buf_slice(&b))
			: (struct slice){NULL, 0};
	buf_fini(&b);
	for (size_t i = 0, n; i < m->n; i += n) {
		const struct mistral_message *from = &m->message[i];
		for (n = 1; i + n < m->n && from[n].role == from->role;)
			n++;
		if (from->role == MISTRAL_SYSTEM && old)
			continue;
		if (from->role == MISTRAL_SYSTEM || from->role == MISTRAL_TOOL)
			add_each(&g, from, n);
		else
			add_one(&g, from, n);
	}
	if (g.n == 0 || (old && g.to[0].role != MISTRAL_USER))
		add_user(&g);
	m->message = g.to;
	m->n = g.n;
}
