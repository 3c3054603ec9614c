/* /reset_prefix_cache, /sim/fault and /sim/state. */
#include "tools/sim/change.h"
#include "tools/sim/reply.h"
#include "tools/sim/serve.h"

#include <event2/http.h>
#include <unistd.h>

#include <string.h>

void serve_reset(struct worker *w, struct evhttp_request *req)
{
	bool ok = true;

	for (size_t i = 0; i < w->n_ranks; i++)
		ok = rank_reset_cache(&w->rank[i]) && ok;
	/* vLLM says 200 either way; a test wants to know. */
	if (ok)
		reply_empty(req, 200);
	else
		reply_error(req, 503, "InternalServerError", NULL,
			    "blocks are in use; the cache was not reset");
}

static uint64_t count_of(json_t *body, const char *key, uint64_t otherwise)
{
	json_t *j = json_object_get(body, key);

	if (!json_is_integer(j))
		return otherwise;
	return json_integer_value(j) < 0 ? FAULT_ALWAYS
					 : (uint64_t)json_integer_value(j);
}

static struct worker *worker_named(struct worker *w, json_t *body)
{
	json_t *name = json_object_get(body, "worker");

	if (!json_is_string(name))
		return w;
	for (size_t i = 0; i < w->sim->n; i++)
		if (strcmp(w->sim->worker[i].conf.name,
			   json_string_value(name)) == 0)
			return &w->sim->worker[i];
	return NULL;
}

static void each_publisher(struct worker *w, json_t *body,
			   void (*run)(struct publisher *p, json_t *body))
{
	uint64_t only = count_of(body, "rank", FAULT_ALWAYS);

	for (size_t i = 0; i < w->n_ranks; i++)
		if (w->rank[i].publisher && (only == FAULT_ALWAYS || only == i))
			run(w->rank[i].publisher, body);
}

static void drop_events(struct publisher *p, json_t *body)
{
	publisher_drop(p, count_of(body, "count", 1),
		       ask_bool(body, "and_replay", false));
}

static void silence(struct publisher *p, json_t *body)
{
	publisher_silence(p, ask_bool(body, "on", true));
}

static void loud(struct publisher *p, json_t *body)
{
	(void)body;
	publisher_silence(p, false);
	publisher_drop(p, 0, false);
}

/* Other options, as if its operator had set other flags: of the running
 * worker, or of the one that comes back. */
static bool change(struct worker *w, struct slice kind, json_t *body,
		   struct refusal *no)
{
	json_t *with = json_object_get(body, "with");
	bool at_once = !slice_equal(kind, SLICE("restart_empty"));
	struct error err;

	if (!json_is_object(with))
		return true;
	if (at_once ? worker_change(w, with, &err)
		    : worker_change_next(w, with, &err))
		return true;
	return refuse(no, 400, "with", "%s", err.text);
}

/* Faults of the worker itself rather than of single requests. */
static bool set_worker_fault(struct worker *w, struct slice kind, json_t *body)
{
	uint64_t ms = count_of(body, "ms", 20);

	if (slice_equal(kind, SLICE("exit")))
		_exit(1);
	if (slice_equal(kind, SLICE("die")))
		worker_die(w, false, ms, 0);
	else if (slice_equal(kind, SLICE("restart_empty")))
		worker_die(w, true, ms, count_of(body, "down_ms", 0));
	else if (slice_equal(kind, SLICE("drop_events")))
		each_publisher(w, body, drop_events);
	else if (slice_equal(kind, SLICE("silence")))
		each_publisher(w, body, silence);
	else if (slice_equal(kind, SLICE("sick")))
		w->is_sick = ask_bool(body, "on", true);
	else if (slice_equal(kind, SLICE("change")))
		(void)0; /* that was all */
	else if (slice_equal(kind, SLICE("clear"))) {
		memset(&w->faults, 0, sizeof(w->faults));
		w->is_sick = false;
		each_publisher(w, body, loud);
	} else
		return false;
	return true;
}

static bool set_fault(struct worker *w, json_t *body, struct refusal *no)
{
	const char *text = json_string_value(json_object_get(body, "kind"));
	struct slice kind = slice_of(text ? text : "");
	enum fault_kind k;

	w = worker_named(w, body);
	if (!w)
		return refuse(no, 404, "worker", "no worker has this name");
	if (!change(w, kind, body, no))
		return false;
	if (set_worker_fault(w, kind, body))
		return true;
	if (!fault_kind_parse(kind, &k))
		return refuse(no, 400, "kind", "no fault is called %.*s",
			      SLICE_ARG(kind));
	w->faults.fault[k] = (struct fault){
		.left = count_of(body, "count", 1),
		.ms = count_of(body, "ms", 1000),
		.after = count_of(body, "after", 1),
		.status = (int)count_of(body, "status", 503),
		.retry_after_s = count_of(body, "retry_after", 0),
	};
	return true;
}

void serve_fault(struct worker *w, struct evhttp_request *req)
{
	struct refusal no = {0};
	json_t *body = ask_json(request_body(req), &no);

	if (body && set_fault(w, body, &no))
		reply_json(req, 200, SLICE("{\"ok\":true}"));
	else
		reply_refusal(req, &no);
	json_decref(body);
}

struct listing {
	struct buf *b;
	size_t n, hash_bytes;
};

static void put_block(void *arg, const uint8_t *digest, unsigned refs)
{
	struct listing *l = arg;

	buf_printf(l->b, "%s{\"hash\":\"", l->n++ ? "," : "");
	for (size_t i = 0; i < l->hash_bytes; i++)
		buf_printf(l->b, "%02x", digest[i]);
	buf_printf(l->b, "\",\"refs\":%u}", refs);
}

static void put_rank(struct worker *w, size_t i, bool blocks, struct buf *b)
{
	const struct rank *r = &w->rank[i];
	const struct engine_stats *s = engine_stats(r->engine);
	struct listing l = {b, 0, w->scheme.hash_bytes};

	buf_printf(b,
		   "%s{\"rank\":%zu,\"cached_blocks\":%zu,\"free_blocks\":%zu,"
		   "\"usable_blocks\":%zu,\"running\":%zu,\"waiting\":%zu,"
		   "\"steps\":%llu,\"preemptions\":%llu,\"next_seq\":",
		   i ? "," : "", i, cache_named_blocks(r->cache),
		   cache_free_blocks(r->cache), cache_usable_blocks(r->cache),
		   engine_running(r->engine), engine_waiting(r->engine),
		   (unsigned long long)s->steps,
		   (unsigned long long)s->preemptions);
	if (r->publisher)
		buf_printf(
			b, "%llu",
			(unsigned long long)publisher_next_seq(r->publisher));
	else
		buf_puts(b, "null");
	if (r->host)
		buf_printf(b,
			   ",\"host\":{\"blocks\":%zu,\"max_blocks\":%zu,"
			   "\"loads\":%llu,\"loaded_tokens\":%llu}",
			   host_blocks(r->host), host_max_blocks(r->host),
			   (unsigned long long)s->loads,
			   (unsigned long long)s->loaded_tokens);
	if (blocks) {
		buf_puts(b, ",\"blocks\":[");
		cache_each(r->cache, put_block, &l);
		buf_putc(b, ']');
	}
	buf_puts(b, ",\"transfer\":");
	transfer_put(&w->transfer[i], b);
	buf_puts(b, ",\"peer\":");
	p2p_put_state(&w->p2p[i], b);
	buf_putc(b, '}');
}

static void put_served(const struct served *s, bool first, struct buf *b)
{
	static const char *const names[OUTCOMES] = {"stop", "length", "abort",
						    "error"};

	buf_puts(b, first ? "{\"id\":" : ",{\"id\":");
	buf_json_string(b, slice_of(s->id));
	buf_printf(b,
		   ",\"rank\":%u,\"leg\":\"%s\",\"prompt_tokens\":%zu,\"cached_"
		   "tokens\":%zu,"
		   "\"loaded_tokens\":%zu,\"pooled_tokens\":%zu,"
		   "\"fetched_tokens\":%zu,"
		   "\"completion_tokens\":%zu,\"ttft_s\":%.6f,"
		   "\"charged_ttft_s\":%.6f,\"outcome\":\"%s\"}",
		   s->rank, s->leg, s->prompt_tokens, s->cached_tokens,
		   s->loaded_tokens, s->pooled_tokens, s->fetched_tokens,
		   s->completion_tokens, s->ttft_s, s->charged_ttft_s,
		   names[s->outcome]);
}

static void put_requests(struct worker *w, struct buf *b)
{
	uint64_t n = w->n_served < WORKER_LOG ? w->n_served : WORKER_LOG;

	buf_puts(b, ",\"requests\":[");
	for (uint64_t i = 0; i < n; i++)
		put_served(&w->served[(w->n_served - n + i) % WORKER_LOG],
			   i == 0, b);
	buf_putc(b, ']');
}

static bool asked_for(struct evhttp_request *req, const char *what)
{
	const char *uri = evhttp_request_get_uri(req);
	const char *query = strchr(uri, '?');

	return query && strstr(query, what);
}

void serve_state(struct worker *w, struct evhttp_request *req)
{
	const struct counters *c = &w->counters;
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "{\"name\":");
	buf_json_string(&b, slice_of(w->conf.name));
	buf_printf(
		&b,
		",\"lives\":%llu,\"received\":%llu,\"served\":%llu,"
		"\"aborts\":%llu,\"refusals\":%llu,\"faults\":%llu,"
		"\"encoded\":%llu,"
		"\"ranks\":[",
		(unsigned long long)w->n_lives, (unsigned long long)c->requests,
		(unsigned long long)w->n_served, (unsigned long long)c->aborts,
		(unsigned long long)c->refusals, (unsigned long long)c->faults,
		(unsigned long long)c->encoded);
	for (size_t i = 0; i < w->n_ranks; i++)
		put_rank(w, i, asked_for(req, "blocks=1"), &b);
	buf_puts(&b, "],\"complaint_counts\":");
	complaints_put_counts(&w->complaints, &b);
	buf_puts(&b, ",\"complaints\":");
	complaints_put_latest(&w->complaints, &b);
	put_requests(w, &b);
	buf_putc(&b, '}');
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}
