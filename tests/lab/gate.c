#include "tests/lab/gate.h"

#include "common/base/mem.h"
#include "router/policy/newcomer.h"

#include <string.h>

void gate_init(struct gate *g, size_t n_workers, const struct profile *p)
{
	*g = (struct gate){.n_workers = n_workers};
	g->of = mem_array(n_workers, sizeof(*g->of));
	for (size_t i = 0; i < n_workers; i++) {
		residents_init(&g->of[i]);
		residents_set_capacity(&g->of[i], p->kv_tokens);
	}
}

void gate_fini(struct gate *g)
{
	mem_free(g->of);
	mem_free(g->waiting);
}

static uint64_t ms(double s)
{
	return (uint64_t)(s * 1e3);
}

static struct residents_ask ask_of(const struct view *v, unsigned worker,
				   const struct load_request *r, double now_s)
{
	const struct policy_candidate *c = &v->candidate[worker];
	size_t full = r->n_prompt / v->block_size;

	return (struct residents_ask){
		.class = RESIDENTS_DEFAULT,
		.prompt = r->n_prompt,
		.key = r->key,
		.n = full < r->n_keys ? full : r->n_keys,
		.block_size = v->block_size,
		.held_blocks = c->held_blocks > c->coming_blocks
				       ? c->held_blocks
				       : c->coming_blocks,
		.now_ms = ms(now_s),
	};
}

/* Those that were let in before do not wait for others' prompts. */
static bool has_room(struct gate *g, const struct view *v,
		     const struct residents_ask *a, unsigned worker,
		     bool new_ones)
{
	struct residents *of = &g->of[worker];

	if (residents_knows(of, a))
		return residents_fit(of, a);
	return new_ones && !newcomer_waits(&v->candidate[worker]) &&
	       residents_fit(of, a);
}

bool gate_look(struct gate *g, struct view *v, const struct load_request *r,
	       bool new_ones, double now_s)
{
	bool any = false;

	for (unsigned i = 0; i < g->n_workers; i++) {
		struct residents_ask a = ask_of(v, i, r, now_s);

		if (has_room(g, v, &a, i, new_ones))
			any = true;
		else
			v->candidate[i].exclusion = POLICY_CROWDED;
	}
	return any;
}

void gate_enter(struct gate *g, const struct view *v, unsigned worker,
		const struct load_request *r, struct residents_seat *seat,
		double now_s)
{
	struct residents_ask a = ask_of(v, worker, r, now_s);

	residents_hold(&g->of[worker], &a, seat);
}

void gate_leave(struct gate *g, unsigned worker, const struct load_request *r,
		struct residents_seat *seat, double now_s)
{
	residents_release(&g->of[worker], seat,
			  (uint64_t)r->n_prompt + r->n_output, ms(now_s));
}

void gate_told(struct gate *g, unsigned worker, double usage)
{
	residents_told(&g->of[worker], usage);
}

void gate_queue(struct gate *g, uint32_t request)
{
	if (g->n_waiting == g->size) {
		g->size = g->size > 0 ? g->size * 2 : 64;
		g->waiting = mem_realloc(g->waiting,
					 g->size * sizeof(*g->waiting));
	}
	g->waiting[g->n_waiting++] = request;
}

void gate_unqueue(struct gate *g, size_t i)
{
	g->n_waiting--;
	memmove(&g->waiting[i], &g->waiting[i + 1],
		(g->n_waiting - i) * sizeof(*g->waiting));
}
