#include "router/decision/record.h"

#include <math.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

/* Which candidates are in full: all, or `n` of them, the cheapest first. */
struct pick {
	bool all;
	size_t n;
	uint32_t place[DECISION_FULL];
};

static double cost_at(const struct decision_made *m, uint32_t place)
{
	return m->term[place].cost;
}

static void insert(struct pick *p, const struct decision_made *m,
		   uint32_t place)
{
	size_t at = p->n < DECISION_FULL ? p->n++ : DECISION_FULL - 1;

	for (; at > 0 && cost_at(m, p->place[at - 1]) > cost_at(m, place); at--)
		p->place[at] = p->place[at - 1];
	p->place[at] = place;
}

static bool is_picked(const struct pick *p, uint32_t place)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->place[i] == place)
			return true;
	return p->all;
}

static struct pick pick(const struct decision_made *m)
{
	size_t n = m->query->n;
	struct pick p = {.all = m->whole || n <= DECISION_FULL};

	for (uint32_t i = 0; i < n && !p.all; i++)
		if (p.n < DECISION_FULL ||
		    cost_at(m, i) < cost_at(m, p.place[DECISION_FULL - 1]))
			insert(&p, m, i);
	/* A policy may choose by more than cost. */
	if (!p.all && m->decision.chosen >= 0 &&
	    !is_picked(&p, (uint32_t)m->decision.chosen))
		p.place[DECISION_FULL - 1] = (uint32_t)m->decision.chosen;
	return p;
}

/* Two prompts that begin alike have alike keys at the places that both
 * have: strides are powers of two. */
static size_t stride_of(size_t n)
{
	size_t stride = 1;

	while (n / stride > DECISION_MAX_KEYS)
		stride *= 2;
	return stride;
}

static size_t count_keys(const struct decision_made *m)
{
	return m->key != NULL ? m->n_keys / stride_of(m->n_keys) : 0;
}

static size_t count_full(const struct decision_made *m)
{
	size_t n = m->query->n;

	return m->whole || n <= DECISION_FULL ? n : DECISION_FULL;
}

size_t decision_bytes(const struct decision_made *m)
{
	size_t full = count_full(m);

	return sizeof(struct decision_record) +
	       full * sizeof(struct decision_way) +
	       (m->query->n - full) * sizeof(struct decision_brief) +
	       count_keys(m) * sizeof(uint64_t);
}

uint32_t decision_held_blocks(const struct policy_candidate *c)
{
	return c->exact ? c->held_blocks : c->approx_blocks;
}

uint32_t decision_own_blocks(const struct policy_candidate *c)
{
	return c->held_blocks > c->other_blocks ? c->held_blocks
						: c->other_blocks;
}

uint32_t decision_load_blocks(const struct policy_candidate *c,
			      const struct policy_term *t)
{
	uint32_t own = decision_own_blocks(c);

	return c->store_blocks > own && t->source < 0 && !t->leaves_store
		       ? c->store_blocks - own
		       : 0;
}

bool decision_is_tie(const struct policy_term *term, int a, int b)
{
	double x, y;

	if (a < 0 || b < 0)
		return a == b;
	x = term[a].cost;
	y = term[b].cost;
	return isfinite(x) && fabs(x - y) <= DECISION_TIE * fabs(x);
}

static void fill_way(struct decision_way *w, const struct decision_made *m,
		     uint32_t place)
{
	const struct policy_candidate *c = &m->query->candidate[place];

	w->place = place;
	w->candidate = *c;
	w->term = m->term[place];
	w->side = m->side != NULL ? m->side[place] : (struct pair_side){0};
	w->has_rates = c->rates != NULL;
	if (w->has_rates)
		w->rates = *c->rates;
	/* It is a worker's own, who may go before the record does. */
	w->candidate.rates = NULL;
}

static void fill_candidates(struct decision_record *r,
			    const struct decision_made *m)
{
	struct pick p = pick(m);
	struct decision_brief *brief;

	r->n_full = (uint32_t)count_full(m);
	r->n_brief = (uint32_t)(m->query->n - r->n_full);
	for (uint32_t i = 0; i < r->n_full; i++)
		fill_way(&r->way[i], m, p.all ? i : p.place[i]);
	brief = (struct decision_brief *)&r->way[r->n_full];
	for (uint32_t i = 0; i < m->query->n && !p.all; i++) {
		const struct policy_candidate *c = &m->query->candidate[i];

		if (is_picked(&p, i))
			continue;
		*brief++ = (struct decision_brief){i, decision_held_blocks(c),
						   c->exclusion,
						   (float)m->term[i].cost};
	}
}

/* So that whoever reads a key cannot tell whether it is that of a prompt
 * that he has in mind. */
static uint64_t salted(uint64_t key, uint64_t salt)
{
	uint64_t h = (key ^ salt) * UINT64_C(0xff51afd7ed558ccd);

	h = (h ^ h >> 32 ^ salt) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 29;
}

static void fill_keys(struct decision_record *r, const struct decision_made *m)
{
	uint64_t *to;

	r->key_stride = (uint32_t)stride_of(m->n_keys);
	r->n_keys = (uint32_t)count_keys(m);
	to = (uint64_t *)(uintptr_t)decision_keys(r);
	for (size_t i = 0; i < r->n_keys; i++)
		to[i] = salted(m->key[(i + 1) * r->key_stride - 1],
			       m->key_salt);
}

static void put_text(char *to, size_t room, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n >= room)
		n = room - 1;
	memcpy(to, text != NULL ? text : "", n);
	to[n] = '\0';
}

void decision_fill(struct decision_record *r, const struct decision_made *m)
{
	const struct policy_query *q = m->query;

	ASSERT(q->n == m->roster->n);
	*r = (struct decision_record){
		.bytes = (uint32_t)decision_bytes(m),
		.wall_us = m->wall_us,
		.roster = decision_roster_ref(m->roster),
		.policy = m->policy,
		.tokenized = m->tokenized,
		.reason = m->decision.reason,
		.chosen = m->decision.chosen,
		.prefill = -1,
		.try = m->try,
		.prompt_tokens = (uint32_t)q->prompt_tokens,
		.prompt_blocks = (uint32_t)q->prompt_blocks,
		.block_size = (uint32_t)q->block_size,
		.output_tokens = (uint32_t)q->output_tokens,
		.guessed_tokens = (uint32_t)m->guessed_tokens,
		.session = q->session,
		.took_ns = m->took_ns,
		.shadow = m->shadow,
	};
	if (m->pair != NULL) {
		r->prefill = m->pair->prefill;
		r->pair_ms = m->pair->pair_ms;
		r->alone_ms = m->pair->alone_ms;
	}
	put_text(r->id, sizeof(r->id), m->id);
	put_text(r->client_id, sizeof(r->client_id), m->client_id);
	fill_candidates(r, m);
	fill_keys(r, m);
}

void decision_fini(struct decision_record *r)
{
	decision_roster_unref(&r->roster);
}

struct decision_record *decision_copy(const struct decision_record *r)
{
	struct decision_record *copy = mem_alloc(r->bytes);

	memcpy(copy, r, r->bytes);
	decision_roster_ref(copy->roster);
	return copy;
}

void decision_free(struct decision_record **r)
{
	if (*r == NULL)
		return;
	decision_fini(*r);
	mem_free(*r);
	*r = NULL;
}

const struct decision_way *decision_way_of(const struct decision_record *r,
					   int candidate)
{
	for (uint32_t i = 0; candidate >= 0 && i < r->n_full; i++)
		if (r->way[i].place == (uint32_t)candidate)
			return &r->way[i];
	return NULL;
}
