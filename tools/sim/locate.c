/* Whom a decode leg asks, by the prefill side's bootstrap server. */
#include "tools/sim/exchange.h"
#include "tools/sim/leg_field.h"
#include "tools/sim/load.h"
#include "tools/sim/lookup.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOKUP_TIMEOUT_S 5

static void look_up(struct handoff *h, const char *path, lookup_done *done)
{
	struct event_base *base = loop_base(&h->exchange->worker->sim->loop);

	lookup_end(&h->lookup);
	h->lookup = lookup_start(base, h->leg.prefill.host, h->leg.prefill.port,
				 path, LOOKUP_TIMEOUT_S, done, h);
}

static void no_server(struct handoff *h)
{
	handoff_load_failed(h, COMPLAINT_UNREACHABLE,
			    "no bootstrap server answers there");
}

/* Of tensor-parallel and pipeline-parallel rank 0 of the engine that bears
 * the id; n = 0 if there is none. */
static struct slice address_of(json_t *all, struct slice engine_id)
{
	json_t *entry, *ranks = NULL;
	const char *rank;

	json_object_foreach(all, rank, entry)
	{
		if (slice_equal(leg_member(entry, "engine_id"), engine_id))
			ranks = json_object_get(entry, "worker_addr");
	}
	return leg_member(json_object_get(ranks, "0"), "0");
}

/* Mooncake: the rank whose engine bears the id that the router has read. */
static void on_query(void *arg, json_t *all)
{
	struct handoff *h = arg;
	struct slice url = address_of(all, h->leg.engine_id);
	struct leg_address at;
	struct leg_fault f;

	if (!all) {
		no_server(h);
		return;
	}
	if (!slice_starts(url, SLICE("tcp://")) ||
	    !leg_address(slice_from(url, sizeof("tcp://") - 1), "worker_addr",
			 &at, &f)) {
		handoff_load_failed(h, COMPLAINT_ADDRESS,
				    "no engine of this id is registered there");
		return;
	}
	lookup_end(&h->lookup);
	load_from(h, &at);
}

static void on_rank(void *arg, json_t *rank)
{
	struct handoff *h = arg;
	struct leg_address at;
	struct leg_fault f;

	if (!leg_text(rank, "rank_ip", at.host, sizeof(at.host), &f) ||
	    !leg_port(json_object_get(rank, "rank_port"), "rank_port", &at.port,
		      &f)) {
		handoff_load_failed(h, COMPLAINT_ADDRESS,
				    "no such rank is registered there");
		return;
	}
	lookup_end(&h->lookup);
	load_from(h, &at);
}

/* SGLang: the server says how many ranks there are, and the room which of
 * them has it, unless the router has chosen. */
static void on_route(void *arg, json_t *server)
{
	struct handoff *h = arg;
	const struct worker_conf *c = &h->exchange->worker->conf;
	json_t *size = json_object_get(server, "dp_size");
	json_t *page = json_object_get(server, "page_size");
	long long n = json_integer_value(size), rank = h->leg.rank;
	char path[160];

	if (n < 1) {
		no_server(h);
		return;
	}
	if ((uint64_t)json_integer_value(page) != c->block_size) {
		handoff_load_failed(h, COMPLAINT_MISMATCH,
				    "page_size differs on the two sides");
		return;
	}
	if (rank < 0)
		rank = strtoll(h->leg.key, NULL, 10) % n;
	snprintf(path, sizeof(path),
		 "/route?prefill_dp_rank=%lld&prefill_cp_rank=0&"
		 "target_tp_rank=0&target_pp_rank=0",
		 rank);
	look_up(h, path, on_rank);
}

void locate_start(struct handoff *h)
{
	if (handoff_side(h)->connector == CONNECTOR_MOONCAKE)
		look_up(h, "/query", on_query);
	else
		look_up(h,
			"/route?prefill_dp_rank=-1&prefill_cp_rank=-1&"
			"target_tp_rank=-1&target_pp_rank=-1",
			on_route);
}
