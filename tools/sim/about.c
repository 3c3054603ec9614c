/* What a worker tells of itself: models, health, version, load. */
#include "tools/sim/reply.h"
#include "tools/sim/serve.h"

static void put_model(struct worker *w, struct slice id, bool is_lora,
		      struct buf *b)
{
	struct slice base = slice_of(w->limits.model);

	buf_puts(b, "{\"id\":");
	buf_json_string(b, id);
	buf_printf(b, ",\"object\":\"model\",\"created\":%lld",
		   (long long)w->started_at);
	buf_puts(b, ",\"owned_by\":\"vllm\",\"root\":");
	buf_json_string(b, id);
	buf_puts(b, ",\"parent\":");
	if (is_lora)
		buf_json_string(b, base);
	else
		buf_puts(b, "null");
	if (is_lora)
		buf_puts(b, ",\"max_model_len\":null");
	else
		buf_printf(b, ",\"max_model_len\":%zu",
			   w->limits.max_model_len);
	buf_puts(b, ",\"permission\":[]}");
}

void serve_models(struct worker *w, struct evhttp_request *req)
{
	struct slice rest = slice_of(w->limits.loras);
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "{\"object\":\"list\",\"data\":[");
	put_model(w, slice_of(w->limits.model), false, &b);
	while (rest.n > 0) {
		struct slice one = slice_trim(slice_split(&rest, ','));

		if (one.n == 0)
			continue;
		buf_putc(&b, ',');
		put_model(w, one, true, &b);
	}
	buf_puts(&b, "]}");
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}

void serve_health(struct worker *w, struct evhttp_request *req)
{
	reply_empty(req, w->is_sick ? 503 : 200);
}

void serve_version(struct worker *w, struct evhttp_request *req)
{
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "{\"version\":");
	buf_json_string(&b, slice_of(w->conf.version));
	buf_putc(&b, '}');
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}

void serve_load(struct worker *w, struct evhttp_request *req)
{
	size_t n = 0;
	struct buf b;

	for (size_t i = 0; i < w->n_ranks; i++)
		n += engine_running(w->rank[i].engine) +
		     engine_waiting(w->rank[i].engine);
	buf_init(&b);
	buf_printf(&b, "{\"server_load\":%zu}", n);
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}
