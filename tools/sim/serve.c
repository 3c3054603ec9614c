#include "tools/sim/serve.h"

#include "tools/sim/exchange.h"
#include "tools/sim/reply.h"

#include <event2/http.h>

static const struct endpoint {
	enum evhttp_cmd_type method;
	const char *path;
	/* Answers at once; NULL: generation, of `kind`. */
	void (*run)(struct worker *w, struct evhttp_request *req);
	enum ask_kind kind;
} endpoints[] = {
	{EVHTTP_REQ_POST, "/v1/chat/completions", NULL, ASK_CHAT},
	{EVHTTP_REQ_POST, "/v1/completions", NULL, ASK_COMPLETION},
	{EVHTTP_REQ_POST, "/v1/messages", NULL, ASK_MESSAGES},
	{EVHTTP_REQ_POST, "/v1/responses", NULL, ASK_RESPONSES},
	{EVHTTP_REQ_POST, "/tokenize", serve_tokenize},
	{EVHTTP_REQ_POST, "/detokenize", serve_detokenize},
	{EVHTTP_REQ_POST, "/v1/chat/completions/render", serve_render},
	{EVHTTP_REQ_GET, "/v1/models", serve_models},
	{EVHTTP_REQ_GET, "/health", serve_health},
	{EVHTTP_REQ_GET, "/ping", serve_health},
	{EVHTTP_REQ_POST, "/ping", serve_health},
	{EVHTTP_REQ_GET, "/version", serve_version},
	{EVHTTP_REQ_GET, "/load", serve_load},
	{EVHTTP_REQ_GET, "/metrics", serve_metrics},
	{EVHTTP_REQ_POST, "/v1/embeddings", serve_embeddings},
	{EVHTTP_REQ_POST, "/score", serve_score},
	{EVHTTP_REQ_POST, "/v1/score", serve_score},
	{EVHTTP_REQ_POST, "/rerank", serve_rerank},
	{EVHTTP_REQ_POST, "/v1/rerank", serve_rerank},
	{EVHTTP_REQ_POST, "/v2/rerank", serve_rerank},
	{EVHTTP_REQ_POST, "/reset_prefix_cache", serve_reset},
	{EVHTTP_REQ_POST, "/sim/fault", serve_fault},
	{EVHTTP_REQ_GET, "/sim/state", serve_state},
};

void serve_request(struct evhttp_request *req, void *arg)
{
	struct worker *w = arg;
	struct conn *conn = worker_conn(w, evhttp_request_get_connection(req));
	struct slice path = slice_of(evhttp_request_get_uri(req)), rest = path;
	bool is_path = false;

	path = slice_split(&rest, '?');
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
		const struct endpoint *e = &endpoints[i];

		if (!slice_equal(path, slice_of(e->path)))
			continue;
		is_path = true;
		if (evhttp_request_get_command(req) != e->method)
			continue;
		if (e->run)
			e->run(w, req);
		else
			exchange_start(w, conn, req, e->kind);
		return;
	}
	if (is_path)
		reply_json(req, 405,
			   SLICE("{\"detail\":\"Method Not "
				 "Allowed\"}"));
	else
		reply_json(req, 404, SLICE("{\"detail\":\"Not Found\"}"));
}
