#include "tools/sim/worker.h"

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/tls/bufferevent.h"
#include "tools/sim/bootstrap.h"
#include "tools/sim/change.h"
#include "tools/sim/exchange.h"
#include "tools/sim/serve.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A port may be held for a moment by the sockets of the life before. */
#define REOPEN_TRIES 500
#define REOPEN_MS    10

const double ttft_bound_s[TTFT_BUCKETS] = {
	0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75,
	1,     2.5,   5,    7.5,  10,   20,   40,   80,  160,  640,
};

static const struct engine_sink to_exchange = {exchange_token, exchange_fetch,
					       exchange_copied};

static bool scheme_init(struct worker *w, struct error *err)
{
	enum hash_algorithm a;
	struct slice seed = slice_of(w->conf.seed);
	char random[HASH_MAX_BYTES];

	if (!hash_algorithm_parse(slice_of(w->conf.hash), &a) ||
	    a == HASH_TOKENS) {
		(void)error_set(err, ERR_INVALID,
				"hash: %s is none of sha256, sha256_cbor, "
				"xxhash, xxhash_cbor",
				w->conf.hash);
		return false;
	}
	/* Unset, the engine draws bytes that nobody can know. */
	if (slice_equal(seed, SLICE("random"))) {
		rng_system(random, sizeof(random));
		seed = (struct slice){random, sizeof(random)};
	}
	if (hash_scheme_init(&w->scheme, a, seed, w->conf.block_size) == OK)
		return true;
	(void)error_set(err, ERR_INVALID, "seed: longer than %d bytes",
			HASH_MAX_TEXT_BYTES);
	return false;
}

static bool open_ranks(struct worker *w, struct error *err)
{
	size_t n = w->conf.data_parallel;

	w->n_ranks = 0;
	for (size_t i = 0; i < n; i++) {
		struct rank_place place = {(int64_t)i, w->event_port[i],
					   w->replay_port[i]};
		bool ok = rank_init(&w->rank[i], &w->sim->machine, &w->conf,
				    &w->scheme, &place, &to_exchange, err);

		w->n_ranks = i + 1;
		if (!ok ||
		    !transfer_init(&w->transfer[i], w, i, w->transfer_port[i],
				   w->alloc_port[i], err) ||
		    !p2p_init(&w->p2p[i], w, i, w->peer_port[i], err))
			return false;
	}
	return true;
}

static void keep_rank_ports(struct worker *w)
{
	for (size_t i = 0; i < w->n_ranks; i++) {
		struct rank *r = &w->rank[i];

		w->transfer_port[i] = w->transfer[i].port;
		w->alloc_port[i] = w->transfer[i].receiver.alloc_port;
		w->peer_port[i] = w->p2p[i].port;
		if (!r->publisher)
			continue;
		w->event_port[i] = publisher_port(r->publisher);
		w->replay_port[i] = publisher_replay_port(r->publisher);
	}
}

static const char *given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* Read anew in each life, as a program does that is started again. */
static bool load_tls(struct worker *w, struct error *err)
{
	struct tls_options o = {
		.side = TLS_CLIENTS,
		.certificate = given(w->conf.tls_certificate),
		.key = given(w->conf.tls_key),
		.ca = given(w->conf.tls_client_ca),
	};

	tls_context_unref(&w->tls);
	if (o.certificate == NULL)
		return true;
	w->tls = tls_context_create(&o, NULL, err);
	return w->tls != NULL;
}

static struct bufferevent *on_client(struct event_base *base, void *arg)
{
	struct worker *w = arg;

	return tls_bufferevent_create(base, w->tls);
}

static bool open_http(struct worker *w, struct error *err)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);
	struct evhttp_bound_socket *bound;

	w->http = evhttp_new(loop_base(&w->sim->loop));
	ASSERT(w->http != NULL);
	evhttp_set_gencb(w->http, serve_request, w);
	evhttp_set_timeout(w->http, (int)w->conf.keep_alive_s);
	if (w->tls != NULL)
		evhttp_set_bevcb(w->http, on_client, w);
	bound = evhttp_bind_socket_with_handle(w->http, w->conf.host,
					       (uint16_t)w->conf.port);
	if (!bound) {
		evhttp_free(w->http);
		w->http = NULL;
		(void)error_set(err, ERR_IO, "%s: cannot listen at %s:%u",
				w->conf.name, w->conf.host,
				(unsigned)w->conf.port);
		return false;
	}
	ASSERT(getsockname(evhttp_bound_socket_get_fd(bound),
			   (struct sockaddr *)&sa, &n) == 0);
	w->conf.port = ntohs(sa.ss_family == AF_INET6
				     ? ((struct sockaddr_in6 *)&sa)->sin6_port
				     : ((struct sockaddr_in *)&sa)->sin_port);
	return true;
}

static struct slice conn_key(struct evhttp_connection *const *ev)
{
	return (struct slice){(const char *)ev, sizeof(*ev)};
}

static void on_conn_closed(struct evhttp_connection *ev, void *arg)
{
	struct conn *c = arg;

	evhttp_connection_set_closecb(ev, NULL, NULL);
	if (c->exchange)
		exchange_abandon(c->exchange);
	map_remove(&c->worker->conn_of, conn_key(&ev));
	list_remove(&c->node);
	mem_free(c);
}

static void reset_on_close(struct conn *c)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(c->ev);
	struct linger now = {.l_onoff = 1};

	setsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_LINGER, &now,
		   sizeof(now));
}

void conn_close(struct conn *c, bool reset)
{
	if (reset)
		reset_on_close(c);
	evhttp_connection_free(c->ev); /* calls on_conn_closed */
}

static void shut(struct worker *w)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &w->conns) {
		reset_on_close(LIST_ENTRY(it, struct conn, node));
	}
	if (w->http)
		evhttp_free(w->http); /* closes every connection */
	w->http = NULL;
	bootstrap_close(w);
	ASSERT(list_empty(&w->conns));
	for (size_t i = 0; i < w->n_ranks; i++) {
		p2p_fini(&w->p2p[i]);
		transfer_fini(&w->transfer[i]);
		rank_fini(&w->rank[i]);
	}
	w->n_ranks = 0;
}

static void wait_ms(struct worker *w, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000),
			     (suseconds_t)(ms % 1000 * 1000)};

	event_add(w->later, &tv);
}

static void reopen(struct worker *w)
{
	struct error err;

	if (worker_begin_next(w, &err) && worker_open(w, &err)) {
		w->is_returning = false;
		log_info("%s: back with an empty cache", w->conf.name);
		return;
	}
	if (w->reopen_tries++ < REOPEN_TRIES) {
		wait_ms(w, REOPEN_MS);
		return;
	}
	log_error("%s: cannot come back: %s", w->conf.name, err.text);
	w->is_returning = false;
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	if (!w->is_dying) {
		reopen(w);
		return;
	}
	w->is_dying = false;
	shut(w);
	log_info("%s: dead", w->conf.name);
	w->reopen_tries = 0;
	if (w->is_returning)
		wait_ms(w, w->return_ms);
}

bool worker_init(struct worker *w, struct sim *sim,
		 const struct worker_conf *conf, struct error *err)
{
	*w = (struct worker){.sim = sim, .conf = *conf};
	list_init(&w->conns);
	map_init(&w->conn_of);
	w->rank = mem_array(conf->data_parallel, sizeof(*w->rank));
	w->transfer = mem_array(conf->data_parallel, sizeof(*w->transfer));
	memset(w->transfer, 0, conf->data_parallel * sizeof(*w->transfer));
	w->p2p = mem_array(conf->data_parallel, sizeof(*w->p2p));
	memset(w->p2p, 0, conf->data_parallel * sizeof(*w->p2p));
	w->served = mem_array(WORKER_LOG, sizeof(*w->served));
	for (size_t i = 0; i < conf->data_parallel; i++) {
		w->event_port[i] = conf->event_port ? conf->event_port + i : 0;
		w->replay_port[i] = conf->replay_port ? conf->replay_port + i
						      : 0;
		w->peer_port[i] = conf->peer_port ? conf->peer_port + i : 0;
		w->transfer_port[i] = conf->transfer_port
					      ? conf->transfer_port + i
					      : 0;
	}
	w->bootstrap_port = conf->bootstrap_port;
	w->later = event_new(loop_base(&sim->loop), -1, 0, on_later, w);
	arena_init(&w->arena);
	return worker_learn(w, err);
}

bool worker_open(struct worker *w, struct error *err)
{
	if (!scheme_init(w, err) || !load_tls(w, err) || !open_ranks(w, err) ||
	    !bootstrap_open(w, err) || !open_http(w, err)) {
		shut(w);
		return false;
	}
	keep_rank_ports(w);
	w->n_lives++;
	w->started_at = time(NULL);
	return true;
}

void worker_fini(struct worker *w)
{
	shut(w);
	if (w->later)
		event_free(w->later);
	map_fini(&w->conn_of);
	if (w->text)
		text_unref(&w->text);
	tls_context_unref(&w->tls);
	arena_fini(&w->arena);
	mem_free(w->rank);
	mem_free(w->transfer);
	mem_free(w->p2p);
	mem_free(w->served);
	*w = (struct worker){0};
}

void worker_die(struct worker *w, bool back, uint64_t in_ms, uint64_t down_ms)
{
	w->is_dying = true;
	w->is_returning = back;
	w->return_ms = down_ms;
	wait_ms(w, in_ms);
}

void worker_count_ttft(struct worker *w, double seconds)
{
	size_t i = 0;

	while (i < TTFT_BUCKETS && seconds > ttft_bound_s[i])
		i++;
	w->counters.ttft_bucket[i]++;
	w->counters.ttft_sum_s += seconds;
}

void worker_remember(struct worker *w, const struct served *s)
{
	w->served[w->n_served++ % WORKER_LOG] = *s;
	w->counters.outcome[s->outcome]++;
}

struct conn *worker_conn(struct worker *w, struct evhttp_connection *ev)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(ev);
	struct conn *c = map_find(&w->conn_of, conn_key(&ev));
	int on = 1;

	if (c)
		return c;
	/* Small frames must not wait for each other's acknowledgement. */
	setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on,
		   sizeof(on));
	c = mem_zalloc(sizeof(*c));
	c->worker = w;
	c->ev = ev;
	list_push_back(&w->conns, &c->node);
	map_set(&w->conn_of, conn_key(&ev), c);
	evhttp_connection_set_closecb(ev, on_conn_closed, c);
	return c;
}

struct rank *worker_rank(struct worker *w, struct slice asked,
			 struct refusal *no)
{
	uint64_t rank;
	struct rank *best = NULL;
	size_t least = SIZE_MAX;

	if (asked.n > 0 && slice_to_u64(asked, UINT64_MAX, &rank) == OK) {
		if (rank < w->n_ranks)
			return &w->rank[rank];
		refuse(no, 400, "data_parallel_rank",
		       "data_parallel_rank %.*s is out of range [0, %zu).",
		       SLICE_ARG(asked), w->n_ranks);
		return NULL;
	}
	for (size_t i = 0; i < w->n_ranks; i++) {
		struct rank *r = &w->rank[(w->next_rank + i) % w->n_ranks];
		size_t load = 4 * engine_waiting(r->engine) +
			      engine_running(r->engine);

		if (load < least) {
			least = load;
			best = r;
		}
	}
	w->next_rank = (w->next_rank + 1) % w->n_ranks;
	return best;
}
