#include "tests/scenario/lobby.h"

#include "common/base/mem.h"
#include "router/policy/newcomer.h"
#include "router/policy/twin.h"
#include "tests/scenario/world.h"

#include <stdio.h>
#include <string.h>

void lobby_init(struct lobby *l, size_t n, size_t tokens, size_t block_size)
{
	*l = (struct lobby){.n = n, .block_size = block_size};
	waiting_room_init(&l->room);
	l->of = mem_array(n, sizeof(*l->of));
	for (size_t i = 0; i < n; i++) {
		residents_init(&l->of[i]);
		residents_set_capacity(&l->of[i], tokens);
	}
}

static void end(struct lobby *l, struct lobby_guest *g)
{
	l->n_waiting--;
	if (!g->is_twin)
		l->n_of_class[g->request->class]--;
	list_remove(&g->waiting.link);
	mem_free((char *)g->request->prompt.p);
	mem_free((char *)g->request->name.p);
	mem_free(g->request);
	mem_free(g);
}

void lobby_fini(struct lobby *l)
{
	struct waiting *w;

	if (l->of == NULL)
		return;
	while ((w = waiting_take(&l->room)) != NULL)
		end(l, CONTAINER_OF(w, struct lobby_guest, waiting));
	mem_free(l->of);
	mem_free(l->waited_ms);
}

void lobby_count(struct lobby *l)
{
	l->n_waited = 0;
	l->order[0] = '\0';
}

/* --- room ----------------------------------------------------------------- */

static struct residents_ask ask_of(const struct lobby *l,
				   const struct world_request *r,
				   const struct chain *chain, size_t tokens,
				   const struct policy_candidate *c,
				   uint64_t now_ms)
{
	uint32_t held = c->exact ? c->held_blocks : c->approx_blocks;

	return (struct residents_ask){
		.class = r->class,
		.session = r->session,
		.prompt = tokens,
		.key = chain->key,
		.n = chain->n,
		.block_size = l->block_size,
		.held_blocks = held > c->coming_blocks ? held
						       : c->coming_blocks,
		.now_ms = now_ms,
	};
}

static bool others_wait(const struct lobby *l, const struct world_request *r)
{
	for (unsigned i = r->class; i < RESIDENTS_CLASSES; i++)
		if (l->n_of_class[i] > 0)
			return true;
	return false;
}

static bool is_free(struct residents *of, const struct residents_ask *a,
		    const struct policy_candidate *c, bool new_ones,
		    bool *let_in)
{
	if (residents_knows(of, a)) {
		*let_in = true;
		return residents_fit(of, a);
	}
	return new_ones && !newcomer_waits(c) && residents_fit(of, a);
}

void lobby_exclude(struct lobby *l, struct world_request *r,
		   const struct chain *chain, size_t tokens,
		   struct policy_candidate *c, uint64_t now_ms)
{
	bool new_ones = r->waits || !others_wait(l, r);

	r->let_in = false;
	for (size_t i = 0; l->of != NULL && i < l->n; i++) {
		struct residents_ask a = ask_of(l, r, chain, tokens, &c[i],
						now_ms);

		if (c[i].exclusion == POLICY_ALLOWED &&
		    !is_free(&l->of[i], &a, &c[i], new_ones, &r->let_in))
			c[i].exclusion = POLICY_CROWDED;
	}
}

void lobby_enter(struct lobby *l, const struct world_request *r,
		 const struct chain *chain, size_t tokens,
		 const struct policy_candidate *c, struct residents_seat *out,
		 uint64_t now_ms)
{
	struct residents_ask a = ask_of(l, r, chain, tokens, c, now_ms);

	if (l->of != NULL)
		residents_hold(&l->of[c->worker], &a, out);
}

bool lobby_holds(const struct lobby *l, struct world_request *r,
		 const struct policy_query *q, const struct policy_term *term,
		 uint64_t now_ms)
{
	struct twin t = twin_find(q, term, r->decision.chosen);

	r->is_twin = l->of != NULL && t.leader >= 0;
	if (r->is_twin && r->twin_until_ms == 0)
		r->twin_until_ms = now_ms + (uint64_t)t.most_ms;
	r->is_twin = r->is_twin && now_ms < r->twin_until_ms;
	return r->is_twin;
}

/* --- waiting -------------------------------------------------------------- */

static struct slice copy_of(struct slice text)
{
	return (struct slice){mem_strndup(text.p, text.n), text.n};
}

void lobby_queue(struct lobby *l, const struct world_request *r,
		 uint64_t now_ms)
{
	struct lobby_guest *g;

	if (r->waits)
		return;
	g = mem_zalloc(sizeof(*g));
	g->request = mem_zalloc(sizeof(*r));
	*g->request = *r;
	g->request->waits = true;
	g->request->prompt = copy_of(r->prompt);
	g->request->name = copy_of(r->name);
	list_init(&g->waiting.link);
	g->waiting.class = r->class * (CONF_PRIORITIES - 1) /
			   (RESIDENTS_CLASSES - 1);
	g->waiting.whose = (void *)(uintptr_t)r->tenant;
	g->waiting.since_ms = now_ms;
	waiting_add(&l->room, &g->waiting);
	l->n_waiting++;
	g->is_twin = r->is_twin;
	if (!g->is_twin)
		l->n_of_class[r->class]++;
}

static void note_went(struct lobby *l, const struct lobby_guest *g,
		      uint64_t now_ms)
{
	size_t n = strlen(l->order);

	if (l->n_waited == l->max_waited) {
		l->max_waited = l->max_waited * 2 + 64;
		l->waited_ms = mem_realloc(l->waited_ms,
					   l->max_waited * sizeof(double));
	}
	l->waited_ms[l->n_waited++] = (double)(now_ms - g->waiting.since_ms);
	if (g->request->name.n > 0)
		snprintf(l->order + n, sizeof(l->order) - n, "%s%s",
			 n > 0 ? " " : "", g->request->name.p);
}

void lobby_look(struct lobby *l,
		bool (*send)(void *arg, struct world_request *r), void *arg,
		uint64_t now_ms)
{
	struct waiting_room round;
	struct waiting *w;
	/* Classes of which nobody new goes. */
	unsigned blocked = 0;

	if (l->n_waiting == 0)
		return;
	waiting_move(&l->room, &round);
	while ((w = waiting_take(&round)) != NULL) {
		struct lobby_guest *g = CONTAINER_OF(w, struct lobby_guest,
						     waiting);

		waiting_put_back(&l->room, w);
		if (g->request->class < blocked && !g->request->let_in &&
		    !g->is_twin)
			continue;
		if (send(arg, g->request)) {
			note_went(l, g, now_ms);
			end(l, g);
			continue;
		}
		if (!g->request->let_in && !g->request->is_twin &&
		    g->request->class >= blocked)
			blocked = g->request->class + 1u;
	}
}
