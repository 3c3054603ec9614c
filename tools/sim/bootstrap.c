#include "tools/sim/bootstrap.h"

#include "tools/sim/reply.h"
#include "tools/sim/worker.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <netinet/in.h>
#include <stdlib.h>

static void put_address(const struct transfer *t, struct buf *b)
{
	buf_printf(b, "tcp://%s:%llu", transfer_host(t),
		   (unsigned long long)t->port);
}

/* {"0":{"engine_id":…,"worker_addr":{"0":{"0":…}}}}: by data-parallel rank,
 * then by tensor-parallel and pipeline-parallel rank. */
static void on_query(struct evhttp_request *req, void *arg)
{
	struct worker *w = arg;
	struct buf b;

	buf_init(&b);
	buf_putc(&b, '{');
	for (size_t i = 0; i < w->n_ranks; i++) {
		buf_printf(&b, "%s\"%zu\":{\"engine_id\":", i ? "," : "", i);
		buf_json_string(&b, slice_of(w->transfer[i].engine_id));
		buf_puts(&b, ",\"worker_addr\":{\"0\":{\"0\":\"");
		put_address(&w->transfer[i], &b);
		buf_puts(&b, "\"}}}");
	}
	buf_putc(&b, '}');
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}

static void answer_all(struct worker *w, struct evhttp_request *req)
{
	struct buf b;

	buf_init(&b);
	buf_printf(&b,
		   "{\"attn_tp_size\":1,\"attn_cp_size\":1,\"dp_size\":%zu,"
		   "\"pp_size\":1,\"page_size\":%llu,"
		   "\"kv_cache_dtype\":\"auto\","
		   "\"follow_bootstrap_room\":true}",
		   w->n_ranks, (unsigned long long)w->conf.block_size);
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}

static void answer_one(struct worker *w, struct evhttp_request *req, long rank)
{
	const struct transfer *t = &w->transfer[rank];
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "{\"rank_ip\":");
	buf_json_string(&b, slice_of(transfer_host(t)));
	buf_printf(&b, ",\"rank_port\":%llu}", (unsigned long long)t->port);
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}

/* All four ranks must be named; -1 in each asks for the whole server. */
static void on_route(struct evhttp_request *req, void *arg)
{
	static const char *const keys[] = {"prefill_dp_rank", "prefill_cp_rank",
					   "target_tp_rank", "target_pp_rank"};
	struct worker *w = arg;
	struct evkeyvalq query = {0};
	const char *uri = evhttp_request_get_uri(req), *text;
	struct slice rest = slice_of(uri);
	long rank[ARRAY_LEN(keys)];
	bool ok = true;

	(void)slice_split(&rest, '?');
	ok = evhttp_parse_query_str(rest.n ? rest.p : "", &query) == 0;
	for (size_t i = 0; ok && i < ARRAY_LEN(keys); i++) {
		text = evhttp_find_header(&query, keys[i]);
		ok = text != NULL;
		rank[i] = text ? strtol(text, NULL, 10) : -1;
	}
	evhttp_clear_headers(&query);
	if (!ok)
		reply_empty(req, 400);
	else if (rank[0] == -1 && rank[1] == -1 && rank[2] == -1 &&
		 rank[3] == -1)
		answer_all(w, req);
	else if (rank[0] < 0 || (size_t)rank[0] >= w->n_ranks || rank[1] != 0 ||
		 rank[2] != 0 || rank[3] != 0)
		reply_empty(req, 404);
	else
		answer_one(w, req, rank[0]);
}

static void on_health(struct evhttp_request *req, void *arg)
{
	(void)arg;
	reply_bytes(req, 200, "text/plain; charset=utf-8", SLICE("OK"));
}

static bool has_server(const struct worker *w)
{
	enum connector c = w->transfer[0].connector;

	return w->transfer[0].role != ROLE_DECODE &&
	       (c == CONNECTOR_MOONCAKE || c == CONNECTOR_SGLANG);
}

static uint64_t port_of(struct evhttp_bound_socket *bound)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);

	ASSERT(getsockname(evhttp_bound_socket_get_fd(bound),
			   (struct sockaddr *)&sa, &n) == 0);
	return ntohs(sa.ss_family == AF_INET6
			     ? ((struct sockaddr_in6 *)&sa)->sin6_port
			     : ((struct sockaddr_in *)&sa)->sin_port);
}

bool bootstrap_open(struct worker *w, struct error *err)
{
	struct evhttp_bound_socket *bound;

	if (!has_server(w))
		return true;
	w->bootstrap = evhttp_new(loop_base(&w->sim->loop));
	ASSERT(w->bootstrap != NULL);
	bound = evhttp_bind_socket_with_handle(w->bootstrap, w->conf.host,
					       (uint16_t)w->bootstrap_port);
	if (!bound) {
		(void)error_set(err, ERR_IO,
				"bootstrap_port: cannot listen at %s:%u",
				w->conf.host, (unsigned)w->bootstrap_port);
		return false;
	}
	w->bootstrap_port = port_of(bound);
	if (w->transfer[0].connector == CONNECTOR_MOONCAKE) {
		evhttp_set_cb(w->bootstrap, "/query", on_query, w);
		return true;
	}
	evhttp_set_cb(w->bootstrap, "/route", on_route, w);
	evhttp_set_cb(w->bootstrap, "/health", on_health, w);
	return true;
}

void bootstrap_close(struct worker *w)
{
	if (w->bootstrap)
		evhttp_free(w->bootstrap);
	w->bootstrap = NULL;
}
