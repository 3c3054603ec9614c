/* Loads that a seed makes: what is shared, and by how many, is their
 * point. */
#include "tests/lab/load.h"

#include <math.h>

/* A name for a text nobody else has. */
static uint64_t fresh(struct rng *r)
{
	return rng_next(r) | 1u << 31;
}

/* --- heavy shared prefixes ---------------------------------------------- */

/* Many groups, each with a long system prompt of its own: together they
 * fill a good part of the fleet's memory, so that copies are dear. */
#define GROUPS_A_WORKER 25
#define GROUP_PREFIX    8000
#define GROUP_QUESTION  1200
#define GROUP_ANSWER    150
#define GROUP_REQUESTS  700 /* a worker */

static bool make_shared_prefix(struct load *l, const char *file, uint64_t seed)
{
	size_t groups = GROUPS_A_WORKER * l->n_workers;
	double rate = 3.0 * (double)l->n_workers, at_s = 0;
	struct rng r;

	(void)file;
	rng_seed(&r, seed);
	for (size_t i = 0; i < GROUP_REQUESTS * l->n_workers; i++) {
		uint64_t group = rng_below(&r, groups);
		uint32_t out = 1 + (uint32_t)load_exponential(&r, GROUP_ANSWER);
		struct load_chain c;
		int at;

		load_chain_begin(&c, l);
		load_chain_append(&c, group + 1, GROUP_PREFIX);
		load_chain_append(&c, fresh(&r), GROUP_QUESTION);
		at_s += load_exponential(&r, 1 / rate);
		at = load_add(l, &c, (uint32_t)i, c.n_tokens, out);
		load_chain_end(&c);
		if (at >= 0)
			l->request[at].at_s = at_s;
	}
	return true;
}

/* --- conversations ------------------------------------------------------ */

/* Sessions of turns, each longer by the answer before it and by a new
 * question. */
struct talk {
	size_t sessions; /* a worker */
	double every_s;  /* a worker, at speed 1 */
	size_t turns_min, turns_max;
	double first, question, spread, answer, think_s;
	uint32_t most; /* tokens */
};

static void talk_session(struct load *l, const struct talk *k,
			 struct load_chain *c, double at_s, uint32_t session,
			 struct rng *r)
{
	size_t turns = k->turns_min +
		       rng_below(r, k->turns_max - k->turns_min + 1);
	int last = -1;

	for (size_t turn = 0; turn < turns; turn++) {
		double asked = load_lognormal(r, turn ? k->question : k->first,
					      k->spread);
		uint32_t out = 1 + (uint32_t)load_lognormal(r, k->answer, .4);
		uint32_t prompt;
		int at;

		load_chain_append(c, fresh(r), 1 + (uint32_t)asked);
		prompt = c->n_tokens;
		if (prompt + out > k->most)
			return;
		load_chain_append(c, fresh(r), out);
		at = load_add(l, c, session, prompt, out);
		if (at < 0)
			return;
		if (last >= 0)
			load_follow(l, last, at,
				    k->think_s > 0
					    ? load_exponential(r, k->think_s)
					    : 0);
		else
			l->request[at].at_s = at_s;
		last = at;
	}
}

static bool talk_all(struct load *l, const struct talk *k, uint64_t seed,
		     void (*head)(struct load_chain *c, struct rng *r,
				  size_t n_workers))
{
	double every_s = k->every_s / (double)l->n_workers, at_s = 0;
	struct rng r;

	rng_seed(&r, seed);
	for (size_t i = 0; i < k->sessions * l->n_workers; i++) {
		struct load_chain c;

		load_chain_begin(&c, l);
		head(&c, &r, l->n_workers);
		at_s += load_exponential(&r, every_s);
		talk_session(l, k, &c, at_s, (uint32_t)i, &r);
		load_chain_end(&c);
	}
	return true;
}

/* Ten thousand tokens that every session begins with. */
static void l4_head(struct load_chain *c, struct rng *r, size_t n_workers)
{
	(void)r;
	(void)n_workers;
	load_chain_append(c, 7, 10000);
}

static bool make_l4_agents(struct load *l, const char *file, uint64_t seed)
{
	static const struct talk k = {.sessions = 50,
				      .every_s = 15,
				      .turns_min = 12,
				      .turns_max = 12,
				      .first = 1000,
				      .question = 1000,
				      .spread = .2,
				      .answer = 75,
				      .most = 60000};

	(void)file;
	return talk_all(l, &k, seed, l4_head);
}

/* One of three sets of tools, then the code base of one of some teams. */
static void agent_head(struct load_chain *c, struct rng *r, size_t n_workers)
{
	uint64_t tools = load_zipf(r, 3, .8);

	load_chain_append(c, 100 + tools, 12000);
	load_chain_append(c, 1000 * (tools + 1) + rng_below(r, 4 * n_workers),
			  6000);
}

static bool make_agents(struct load *l, const char *file, uint64_t seed)
{
	static const struct talk k = {.sessions = 40,
				      .every_s = 8,
				      .turns_min = 8,
				      .turns_max = 24,
				      .first = 4000,
				      .question = 900,
				      .spread = .9,
				      .answer = 250,
				      .think_s = 6,
				      .most = 150000};

	(void)file;
	return talk_all(l, &k, seed, agent_head);
}

/* A tenant's system prompt; few tenants have most of the traffic. */
static void tenant_head(struct load_chain *c, struct rng *r, size_t n_workers)
{
	uint64_t tenant = load_zipf(r, 40 * n_workers, .9);

	load_chain_append(c, 5000 + tenant,
			  1000 + (uint32_t)(tenant * 2654435761u % 5000));
}

static bool make_tenants(struct load *l, const char *file, uint64_t seed)
{
	static const struct talk k = {.sessions = 250,
				      .every_s = .2,
				      .turns_min = 1,
				      .turns_max = 5,
				      .first = 250,
				      .question = 200,
				      .spread = .8,
				      .answer = 220,
				      .think_s = 10,
				      .most = 60000};

	(void)file;
	return talk_all(l, &k, seed, tenant_head);
}

/* --- retrieval ----------------------------------------------------------- */

#define RAG_DOCUMENTS 600 /* a worker */
#define RAG_SHOWN     5
#define RAG_REQUESTS  700 /* a worker */

/* The best documents of one topic, in the order of their rank: a prefix is
 * shared as far as the ranks agree. */
static void rag_prompt(struct load_chain *c, struct rng *r, size_t documents)
{
	uint64_t topic = load_zipf(r, documents / RAG_SHOWN, .9);

	load_chain_append(c, 11, 600);
	for (size_t i = 0; i < RAG_SHOWN; i++) {
		uint64_t d = rng_below(r, 4) ? topic * RAG_SHOWN + i
					     : rng_below(r, documents);

		load_chain_append(c, 100000 + d,
				  800 + (uint32_t)(d * 2654435761u % 1600));
	}
	load_chain_append(c, fresh(r), 120);
}

static bool make_rag(struct load *l, const char *file, uint64_t seed)
{
	double rate = 3.0 * (double)l->n_workers, at_s = 0;
	struct rng r;

	(void)file;
	rng_seed(&r, seed);
	for (size_t i = 0; i < RAG_REQUESTS * l->n_workers; i++) {
		uint32_t out = 1 + (uint32_t)load_exponential(&r, 220);
		struct load_chain c;
		int at;

		load_chain_begin(&c, l);
		rag_prompt(&c, &r, RAG_DOCUMENTS * l->n_workers);
		at_s += load_exponential(&r, 1 / rate);
		at = load_add(l, &c, (uint32_t)i, c.n_tokens, out);
		load_chain_end(&c);
		if (at >= 0)
			l->request[at].at_s = at_s;
	}
	return true;
}

const struct load_kind load_shared_prefix = {
	.name = "shared-prefix",
	.help = "groups of 8,000 shared tokens, as many as the memory holds",
	.profile = &profile_h100,
	.block_size = 64,
	.slo = {.95, 2, .1},
	.make = make_shared_prefix,
};

const struct load_kind load_l4_agents = {
	.name = "l4-agents",
	.help = "coding agents on small GPUs, each turn at once",
	.profile = &profile_l4,
	.block_size = 64,
	.slo = {.95, 4, .3},
	.agentic = true,
	.make = make_l4_agents,
};

const struct load_kind load_agents = {
	.name = "agents",
	.help = "coding agents of a seed: tools, code bases, long sessions",
	.profile = &profile_h100,
	.block_size = 64,
	.host_tokens = 600000,
	.slo = {.95, 2, .1},
	.agentic = true,
	.make = make_agents,
};

const struct load_kind load_agents_store = {
	.name = "agents-store",
	.help = "the same with a store that all share in place of host tiers",
	.profile = &profile_h100,
	.block_size = 64,
	.store_tokens = 600000,
	.slo = {.95, 2, .1},
	.agentic = true,
	.make = make_agents,
};

const struct load_kind load_rag = {
	.name = "rag",
	.help = "retrieved documents in the order of their rank",
	.profile = &profile_h100,
	.block_size = 64,
	.slo = {.95, 2, .1},
	.make = make_rag,
};

const struct load_kind load_tenants = {
	.name = "tenants",
	.help = "short chats of many tenants with a system prompt each",
	.profile = &profile_h100,
	.block_size = 64,
	.slo = {.95, 2, .1},
	.make = make_tenants,
};
