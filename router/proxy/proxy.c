#include "router/proxy/proxy.h"

#include "common/base/mem.h"
#include "router/proxy/h2_request.h"
#include "router/proxy/parked.h"
#include "router/proxy/request.h"

/* Chunks for some tens of requests, lest each turn of a busy lane map and
 * unmap them. */
#define MAX_EMPTY_CHUNK_SPANS 4

static void apply_conf(struct proxy *p)
{
	const struct conf *c = p->fleet->conf;
	struct pool_limits limits = {.timeouts = c->timeouts};

	p->http = (struct http_limits){
		.max_head_bytes = c->limits.max_head_bytes,
		.max_target_bytes = c->limits.max_uri_bytes,
		.max_headers = c->limits.max_headers,
		.max_header_bytes = c->limits.max_header_bytes,
		.max_body_bytes = c->limits.max_body_bytes,
		.max_extension_bytes = c->limits.max_extension_bytes,
		.max_trailer_bytes = c->limits.max_trailer_bytes,
	};
	p->h2 = (struct h2_limits){
		.http = p->http,
		.max_streams = (uint32_t)c->http2.max_streams,
		.window_bytes = (uint32_t)c->http2.window_bytes,
		.table_bytes = (uint32_t)c->http2.table_bytes,
	};
	/* The same for answers, but they may be of any length. */
	limits.http = p->http;
	limits.http.max_body_bytes = 0;
	pool_set_limits(p->pool, &limits);
}

/* Another tokenizer or template may give other ids. */
static void forget_prompts(struct proxy *p)
{
	metric_add(p->o.metrics->cell[METRICS_MEMO_BYTES],
		   -(double)token_memo_bytes(p->token_memo));
	token_memo_destroy(&p->token_memo);
	p->token_memo = token_memo_create(p->fleet->conf->memo_max_bytes / 2);
}

static void cut_all(void *arg)
{
	struct proxy *p = arg;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &p->clients) {
		struct client *c = LIST_ENTRY(it, struct client, link);

		/* What it queues for its client goes out before the end. */
		client_cut_all(c);
		client_destroy(c);
	}
	parked_end(p);
}

static void end_idle(void *arg)
{
	struct proxy *p = arg;
	struct list *it, *tmp;

	p->idle_ended = true;
	parked_end(p);
	LIST_EACH (it, tmp, &p->clients)
		client_end_idle(LIST_ENTRY(it, struct client, link));
}

struct proxy *proxy_create(const struct proxy_options *o, struct fleet *f)
{
	struct proxy *p = mem_zalloc(sizeof(*p));

	p->o = *o;
	p->fleet = fleet_ref(f);
	key_memo_init(&p->key_memo);
	p->exact = index_reader_create(o->exact);
	p->approx = index_reader_create(o->approx);
	p->pool = pool_create(o->loop, o->descriptors);
	slab_init(&p->client_slab, sizeof(struct client), 1);
	slab_init(&p->request_slab, sizeof(struct request), 1);
	slab_init(&p->chunks, SLAB_MAX_BYTES, MAX_EMPTY_CHUNK_SPANS);
	slab_init(&p->admission_slab, sizeof(struct admission), 1);
	slab_init(&p->h2_slab, sizeof(struct h2_request), 1);
	http_rooms_init(&p->rooms);
	list_init(&p->clients);
	list_init(&p->gone);
	waiting_room_init(&p->queue);
	list_init(&p->explaining);
	policy_state_init(&p->policy, o->seed);
	policy_state_init(&p->shadow, o->seed);
	rng_system(&p->rng, sizeof(p->rng));
	/* Half for ids that workers told, half for chains of ids that came as
	 * such. */
	p->token_memo = token_memo_create(f->conf->memo_max_bytes / 2);
	p->chain_memo = memo_create(f->conf->memo_max_bytes / 2);
	cells_init(&p->cells, o->metrics);
	p->active = metrics_part(o->metrics, p, METRICS_ACTIVE_REQUESTS, NULL);
	p->resting = metrics_part(o->metrics, p, METRICS_RESTING, NULL);
	p->open = metrics_part(o->metrics, p, METRICS_OPEN_CONNECTIONS, NULL);
	p->accepted = metrics_part(o->metrics, p, METRICS_ACCEPTED, NULL);
	p->h2_open = metrics_part(o->metrics, p, METRICS_H2_CONNECTIONS, NULL);
	p->h2_streams = metrics_part(o->metrics, p, METRICS_H2_STREAMS, NULL);
	timer_init(&p->drain, o->loop, cut_all, p);
	timer_init(&p->drain_idle, o->loop, end_idle, p);
	timer_init(&p->trim, o->loop, request_trim, p);
	queue_init(p);
	accept_init(p);
	parked_init(p);
	apply_conf(p);
	decided_init(p);
	return p;
}

void proxy_destroy(struct proxy **pp)
{
	struct proxy *p = *pp;
	struct list *it, *tmp;

	if (p == NULL)
		return;
	p->draining = true;
	p->o.drained = NULL;
	cut_all(p);
	LIST_EACH (it, tmp, &p->explaining)
		request_client_gone(
			LIST_ENTRY(it, struct draft, explaining)->request);
	request_wait_for_jobs(p);
	client_free_gone(p);
	slab_fini(&p->client_slab);
	slab_fini(&p->request_slab);
	slab_fini(&p->chunks);
	slab_fini(&p->admission_slab);
	slab_fini(&p->h2_slab);
	parked_fini(p);
	buf_fini(&p->frames);
	http_rooms_fini(&p->rooms);
	queue_fini(p);
	accept_fini(p);
	timer_fini(&p->drain);
	timer_fini(&p->drain_idle);
	timer_fini(&p->trim);
	pool_destroy(&p->pool);
	index_reader_destroy(&p->exact);
	index_reader_destroy(&p->approx);
	arena_fini(&p->prompt_arena);
	buf_fini(&p->prompt_room);
	token_memo_destroy(&p->token_memo);
	memo_destroy(&p->chain_memo);
	cells_fini(&p->cells);
	decided_fini(p);
	fleet_unref(&p->fleet);
	tenants_unref(&p->tenants);
	mem_free(p);
	*pp = NULL;
}

void proxy_set_fleet(struct proxy *p, struct fleet *f)
{
	struct fleet *old = p->fleet;

	decided_forget_names(p);
	p->fleet = fleet_ref(f);
	fleet_unref(&old);
	cells_forget(&p->cells);
	forget_prompts(p);
	apply_conf(p);
}

void proxy_set_tenants(struct proxy *p, struct tenants *t)
{
	struct tenants *old = p->tenants;

	p->tenants = t != NULL ? tenants_ref(t) : NULL;
	tenants_unref(&old);
	/* Labels are told apart by their addresses. */
	cells_forget(&p->cells);
}

size_t proxy_connections(const struct proxy *p)
{
	return p->n_clients;
}

void proxy_drain(struct proxy *p, const struct drain_times *times)
{
	p->draining = true;
	timer_set(&p->drain, times->deadline_ms);
	if (times->idle_ms > 0)
		timer_set(&p->drain_idle, times->idle_ms);
	else
		end_idle(p);
}

void proxy_decisions(struct proxy *p, const struct decision_wanted *w,
		     struct decision_list *out)
{
	decision_list_find(out, p->decided.ring, w);
}
