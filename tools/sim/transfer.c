#include "tools/sim/transfer.h"

#include "common/base/fingerprint.h"
#include "common/base/rng.h"
#include "tools/sim/farewell.h"
#include "tools/sim/taker.h"
#include "tools/sim/version.h"
#include "tools/sim/worker.h"

#include <event2/event.h>

#include <stdio.h>

void transfer_arm(struct transfer *t)
{
	double at_s, wait_s;
	struct timeval tv;

	event_del(t->timer);
	if (!offers_next_s(&t->offers, &at_s))
		return;
	wait_s = (at_s - rank_now_s(t->rank)) / t->worker->conf.speed;
	wait_s = wait_s > 0 ? wait_s : 0;
	tv.tv_sec = (time_t)wait_s;
	tv.tv_usec = (suseconds_t)((wait_s - (double)tv.tv_sec) * 1e6);
	event_add(t->timer, &tv);
}

void transfer_end(struct transfer *t, struct offer *f, enum complaint_kind why)
{
	struct giver *g = offer_waiting(f);

	offers_end(&t->offers, f, why);
	if (!g)
		return;
	if (why == COMPLAINT_TAKEN)
		g->taken(g);
	else
		g->failed(g, why);
}

static void complain_of(const struct transfer *t, const struct offer *f,
			enum complaint_kind kind, const char *text)
{
	complain(&t->worker->complaints, kind, t->worker->conf.name, f->key,
		 "%s", text);
}

/* The offer is gone afterwards. */
static void expire(struct transfer *t, struct offer *f)
{
	enum complaint_kind why = f->state == OFFER_READY ? COMPLAINT_EXPIRED
							  : COMPLAINT_TIMEOUT;
	struct giver *g = offer_waiting(f);

	if (f->taker)
		taker_refuse(f->taker, why,
			     "no prefill leg of this request has come");
	else if (!g && !f->is_spare)
		complain_of(t, f, why, "nobody came for its blocks");
	offers_end(&t->offers, f, why);
	if (g)
		g->failed(g, why);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct transfer *t = arg;
	struct offer *f;

	(void)fd;
	(void)what;
	while ((f = offers_overdue(&t->offers, rank_now_s(t->rank))))
		expire(t, f);
	transfer_arm(t);
	rank_kick(t->rank);
}

static void name_engine(struct transfer *t, size_t at)
{
	const struct worker_conf *c = &t->worker->conf;
	uint64_t unique;
	char name[80];

	if (c->engine_id[0] != '\0') {
		snprintf(name, sizeof(name), "%s", c->engine_id);
	} else {
		rng_system(&unique, sizeof(unique));
		snprintf(name, sizeof(name), "%.60s-%016llx", c->name,
			 (unsigned long long)unique);
	}
	if (c->data_parallel > 1)
		snprintf(t->engine_id, sizeof(t->engine_id), "%s_dp%zu", name,
			 at);
	else
		snprintf(t->engine_id, sizeof(t->engine_id), "%s", name);
}

static bool open_ports(struct transfer *t, uint64_t port, uint64_t alloc_port,
		       struct error *err)
{
	struct event_base *base = loop_base(&t->worker->sim->loop);
	bool ok;

	t->port = port;
	if (t->connector != CONNECTOR_LMCACHE) {
		t->channel = channel_create(base, t->worker->conf.host,
					    &t->port, &taker_sink, t, err);
		return t->channel != NULL;
	}
	/* Its prefill side has nobody come to it. */
	if (t->role == ROLE_PREFILL)
		return true;
	ok = receiver_init(&t->receiver, t, port, alloc_port, err);
	t->port = t->receiver.init_port;
	return ok;
}

bool transfer_init(struct transfer *t, struct worker *w, size_t at,
		   uint64_t port, uint64_t alloc_port, struct error *err)
{
	*t = (struct transfer){.worker = w, .rank = &w->rank[at]};
	if (!connector_parse(slice_of(w->conf.connector), &t->connector) ||
	    !role_parse(slice_of(w->conf.role), &t->role)) {
		(void)error_set(err, ERR_INVALID,
				"connector: %s, role: %s: see --help",
				w->conf.connector, w->conf.role);
		return false;
	}
	t->version = version_minor(w->conf.version);
	list_init(&t->farewells);
	if (t->connector == CONNECTOR_NONE)
		return true;
	name_engine(t, at);
	offers_init(&t->offers, t->rank->cache);
	t->timer = event_new(loop_base(&w->sim->loop), -1, 0, on_timer, t);
	return open_ports(t, port, alloc_port, err);
}

bool transfer_is_on(const struct transfer *t)
{
	return t->timer != NULL;
}

void transfer_fini(struct transfer *t)
{
	if (transfer_is_on(t))
		farewells_end(t);
	channel_destroy(&t->channel);
	receiver_fini(&t->receiver);
	offers_fini(&t->offers);
	if (t->timer)
		event_free(t->timer);
	t->timer = NULL;
}

const char *transfer_host(const struct transfer *t)
{
	const char *host = t->worker->conf.host;
	bool is_any = slice_equal(slice_of(host), SLICE("0.0.0.0"));

	return is_any ? "127.0.0.1" : host;
}

double transfer_lease_s(const struct transfer *t)
{
	double lease_s = t->worker->conf.lease;

	if (lease_s >= 0)
		return lease_s;
	if (t->connector == CONNECTOR_SGLANG)
		return 300;
	/* NIXL's releases with heartbeats; before them, and Mooncake: */
	return t->connector != CONNECTOR_MOONCAKE && t->version >= 21 ? 30
								      : 480;
}

double transfer_timeout_s(const struct transfer *t)
{
	return t->worker->conf.transfer_timeout;
}

static double spare_lease_s(const struct transfer *t)
{
	double lease_s = t->worker->conf.lease;

	return lease_s >= 0 ? lease_s : 480;
}

/* Two of one name at once: an engine would take one for the other. */
static void end_older(struct transfer *t, struct offer *f)
{
	complain_of(t, f, COMPLAINT_REUSED,
		    "a request before of this id is still here");
	if (f->taker && f->state != OFFER_LENT)
		taker_refuse(f->taker, COMPLAINT_REUSED,
			     "another request of this id has come");
	transfer_end(t, f, COMPLAINT_REUSED);
}

void transfer_expect(struct transfer *t, struct slice key, struct giver *g)
{
	struct offer *f = offers_find(&t->offers, key);
	double until_s = rank_now_s(t->rank) + transfer_timeout_s(t);

	if (f && f->state != OFFER_EXPECTED) {
		end_older(t, f);
		f = NULL;
	}
	if (f)
		offer_set(f, OFFER_COMPUTING);
	else
		f = offers_add(&t->offers, key, OFFER_COMPUTING, until_s);
	if (!f->taker && offers_why_none(&t->offers, key) != COMPLAINT_UNKNOWN)
		complain_of(t, f, COMPLAINT_REUSED,
			    "a request before had this id");
	f->giver = g;
	if (g->waits && f->taker)
		g->wanted(g);
	transfer_arm(t);
}

void transfer_offer(struct transfer *t, struct slice key, struct seq *s,
		    size_t n_tokens, uint64_t params, bool is_spare)
{
	double lease_s = is_spare ? spare_lease_s(t) : transfer_lease_s(t);
	double until_s = rank_now_s(t->rank) + lease_s;
	struct offer *f = offers_find(&t->offers, key);

	if (f && f->state != OFFER_COMPUTING) {
		end_older(t, f);
		f = NULL;
	}
	if (!f)
		f = offers_add(&t->offers, key, OFFER_COMPUTING, until_s);
	f->prompt = transfer_prompt_print(s->token, n_tokens);
	f->params = params;
	f->is_spare = is_spare;
	offer_fill(f, s, n_tokens, until_s);
	f->giver = offer_waiting(f);
	t->stats.offered++;
	if (f->taker)
		taker_lend(f);
	transfer_arm(t);
}

void transfer_withdraw(struct transfer *t, struct slice key,
		       const struct giver *g)
{
	struct offer *f = offers_find(&t->offers, key);

	if (!f || f->giver != g)
		return;
	f->giver = NULL;
	if (f->state != OFFER_COMPUTING)
		return;
	if (f->taker) {
		offer_set(f, OFFER_EXPECTED);
		f->expires_s = rank_now_s(t->rank) + transfer_timeout_s(t);
	} else {
		offers_end(&t->offers, f, COMPLAINT_ABANDONED);
	}
	transfer_arm(t);
}

uint64_t transfer_prompt_print(const uint32_t *token, size_t n)
{
	return fingerprint64((struct slice){(const char *)token, n * 4}, 0);
}

void transfer_put(const struct transfer *t, struct buf *b)
{
	const struct transfer_stats *s = &t->stats;

	if (!transfer_is_on(t)) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, "{\"engine_id\":");
	buf_json_string(b, slice_of(t->engine_id));
	buf_printf(b,
		   ",\"pinned\":%zu,\"pinned_blocks\":%zu,\"offered\":%llu,"
		   "\"sent\":%llu,\"received\":%llu,\"received_tokens\":%llu,"
		   "\"failed\":%llu,\"chunks\":%zu}",
		   t->offers.n, offers_blocks(&t->offers),
		   (unsigned long long)s->offered, (unsigned long long)s->sent,
		   (unsigned long long)s->received,
		   (unsigned long long)s->received_tokens,
		   (unsigned long long)s->failed, t->receiver.stock.n);
}
