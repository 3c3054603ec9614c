#include "tools/sim/fetch.h"

#include "tools/sim/call.h"
#include "tools/sim/exchange.h"
#include "tools/sim/version.h"

#include <event2/event.h>

static struct p2p *side_of(const struct exchange *x)
{
	return &x->worker->p2p[x->served.rank];
}

static void complain_of(const struct exchange *x, enum complaint_kind kind,
			const char *text)
{
	complain(&x->worker->complaints, kind, x->worker->conf.name,
		 x->served.id, "%s", text);
}

static double now_s(const struct exchange *x)
{
	return rank_now_s(x->rank);
}

static void go_on(struct exchange *x)
{
	call_end(&x->fetch.call, false);
	engine_return(x->rank->engine, &x->choice[0].task);
	rank_kick(x->rank);
}

static void fail(struct exchange *x, enum complaint_kind kind, const char *text)
{
	side_of(x)->stats.failed++;
	complain_of(x, kind, text);
	go_on(x);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg, COMPLAINT_UNREACHABLE, "the peer does not answer");
}

/* What goes to a dead peer waits in a queue for it: that there is nobody
 * shows only by the time that passes. */
static void wait_in_vain(struct exchange *x)
{
	double left_s = x->fetch.asked_s + P2P_LOOKUP_S - now_s(x);
	double real_s = left_s > 0 ? left_s / x->worker->conf.speed : 0;
	struct timeval tv = {.tv_sec = (time_t)real_s};

	tv.tv_usec = (suseconds_t)((real_s - (double)tv.tv_sec) * 1e6);
	call_end(&x->fetch.call, false);
	event_add(x->fetch.timer, &tv);
}

static void call_peer(struct exchange *x, const struct buf *question,
		      double timeout_s, call_answered *answered)
{
	struct fetch *f = &x->fetch;

	call_end(&f->call, false);
	f->call = call_start(loop_base(&x->worker->sim->loop), f->source.host,
			     f->source.port, buf_slice(question),
			     timeout_s / x->worker->conf.speed, answered, x);
}

/* True once a refusal has been told. */
static bool is_refused(struct exchange *x, json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "refused"));
	const char *text = json_string_value(json_object_get(answer, "text"));
	enum complaint_kind kind;

	if (!why)
		return false;
	kind = complaint_parse(slice_of(why));
	fail(x, kind < COMPLAINT_KINDS ? kind : COMPLAINT_UNKNOWN,
	     text ? text : why);
	return true;
}

static void on_fetched(void *arg, json_t *answer)
{
	struct exchange *x = arg;
	struct fetch *f = &x->fetch;
	size_t size = x->worker->conf.block_size;

	if (!answer) {
		fail(x, COMPLAINT_UNREACHABLE, "the peer went away");
		return;
	}
	if (is_refused(x, answer))
		return;
	host_store(x->rank->host, &x->choice[0].task.seq,
		   (f->here + f->n_blocks) * size);
	x->served.fetched_tokens = f->n_blocks * size;
	side_of(x)->stats.fetched++;
	side_of(x)->stats.fetched_tokens += f->n_blocks * size;
	go_on(x);
}

static void on_looked_up(void *arg, json_t *answer)
{
	struct exchange *x = arg;
	struct fetch *f = &x->fetch;
	json_t *blocks = json_object_get(answer, "blocks");
	json_int_t n = json_integer_value(blocks);
	struct buf question;

	if (!answer) {
		wait_in_vain(x);
		return;
	}
	if (is_refused(x, answer))
		return;
	if (!json_is_integer(blocks) || n < 0 || (size_t)n > f->n_blocks) {
		fail(x, COMPLAINT_UNKNOWN, "the peer says what nobody asked");
		return;
	}
	f->n_blocks = (size_t)n;
	if (n == 0) {
		go_on(x);
		return;
	}
	buf_init(&question);
	p2p_put_fetch(side_of(x), f->source.id, &question);
	call_peer(x, &question, P2P_FETCH_S, on_fetched);
	buf_fini(&question);
}

/* Blocks that the peer is to be asked for. */
static size_t count_missing(struct exchange *x)
{
	struct seq *s = &x->choice[0].task.seq;
	size_t size = x->worker->conf.block_size, n = (s->n - 1) / size;
	size_t here = cache_match(x->rank->cache, s);

	x->fetch.here = host_match(x->rank->host, s, here) / size;
	n -= x->fetch.here;
	return n < P2P_MAX_BLOCKS ? n : P2P_MAX_BLOCKS;
}

bool fetch_begin(struct exchange *x)
{
	struct seq *s = &x->choice[0].task.seq;
	struct fetch *f = &x->fetch;
	struct buf question;

	f->n_blocks = count_missing(x);
	if (f->n_blocks == 0)
		return false;
	side_of(x)->stats.asked++;
	f->asked_s = now_s(x);
	buf_init(&question);
	p2p_put_lookup(side_of(x), f->source.id,
		       s->digest + f->here * x->worker->scheme.hash_bytes,
		       f->n_blocks, &question);
	call_peer(x, &question, P2P_LOOKUP_S, on_looked_up);
	buf_fini(&question);
	return true;
}

/* Whether the request is as one that fetches has to be. */
static bool is_sound(struct exchange *x)
{
	enum kv_source_found found = kv_source_read(x->ask.body,
						    &x->fetch.source);

	if (found == KV_SOURCE_NONE)
		return false;
	if (found == KV_SOURCE_FAULTY)
		complain_of(x, COMPLAINT_MISSING,
			    "remote_kv_source without kv_request_id, "
			    "remote_host or remote_port");
	else if (!side_of(x)->channel)
		complain_of(x, COMPLAINT_CONNECTOR,
			    "remote_kv_source, but no peer tier runs here");
	else if (!used_take(&side_of(x)->fetch_ids,
			    slice_of(x->fetch.source.id)))
		complain_of(x, COMPLAINT_REUSED,
			    "a request had this kv_request_id before");
	else if (x->n > 1)
		complain_of(x, COMPLAINT_REUSED,
			    "several sequences with one kv_request_id");
	else
		return true;
	return false;
}

/* Older ones do not know of it. */
static void read_tiers(struct exchange *x)
{
	bool leaves = version_minor(x->worker->conf.version) >= 27 &&
		      !kv_source_has_store(x->ask.body);

	for (size_t i = 0; i < x->n; i++)
		x->choice[i].task.leaves_pool = leaves;
}

void fetch_init(struct exchange *x)
{
	read_tiers(x);
	if (!is_sound(x))
		return;
	x->choice[0].task.wants_fetch = true;
	x->fetch.timer = event_new(loop_base(&x->worker->sim->loop), -1, 0,
				   on_timer, x);
}

void fetch_fini(struct exchange *x)
{
	call_end(&x->fetch.call, false);
	if (x->fetch.timer)
		event_free(x->fetch.timer);
	x->fetch.timer = NULL;
}
