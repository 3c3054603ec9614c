#include "tools/sim/transfer.h"

#include "common/base/fingerprint.h"
#include "common/base/rng.h"
#include "tools/sim/version.h"
#include "tools/sim/worker.h"

#include <event2/event.h>

#include <stdio.h>

/* What both ends must have alike, or the handshake fails. */
static const char *const alike[] = {"connector", "version", "model",
				    "block_size"};

static void arm(struct transfer *t)
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

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct transfer *t = arg;
	struct offer *f;

	(void)fd;
	(void)what;
	while ((f = offers_overdue(&t->offers, rank_now_s(t->rank)))) {
		complain(&t->worker->complaints, COMPLAINT_EXPIRED,
			 t->worker->conf.name, f->key,
			 "nobody came for its blocks within %g s",
			 transfer_lease_s(t));
		offers_end(&t->offers, f, COMPLAINT_EXPIRED);
	}
	arm(t);
	rank_kick(t->rank);
}

static void put_common(const struct transfer *t, struct buf *b)
{
	const struct worker_conf *c = &t->worker->conf;

	buf_printf(b, "{\"connector\":\"%s\",\"version\":",
		   connector_name(t->connector));
	buf_json_string(b, slice_of(c->version));
	buf_puts(b, ",\"model\":");
	buf_json_string(b, slice_of(c->model));
	buf_printf(b, ",\"block_size\":%llu",
		   (unsigned long long)c->block_size);
}

void transfer_ask(const struct transfer *t, const struct transfer_question *q,
		  struct buf *line)
{
	put_common(t, line);
	buf_puts(line, ",\"key\":");
	buf_json_string(line, q->key);
	buf_puts(line, ",\"engine_id\":");
	buf_json_string(line, q->engine_id);
	/* JSON's integers have a sign. */
	buf_printf(line,
		   ",\"tokens\":%zu,\"prompt\":\"%016llx\","
		   "\"params\":\"%016llx\"}",
		   q->n_tokens, (unsigned long long)q->prompt,
		   (unsigned long long)q->params);
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_print(json_t *question, const char *key, uint64_t print)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)print);
	return slice_equal(slice_of(text), slice_of(text_of(question, key)));
}

static void refuse_peer(struct peer *p, enum complaint_kind why,
			const char *text)
{
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "{\"refused\":\"%s\",\"text\":", complaint_name(why));
	buf_json_string(&b, slice_of(text));
	buf_putc(&b, '}');
	peer_answer(p, buf_slice(&b));
	buf_fini(&b);
}

/* The handshake: false once the peer has been refused. */
static bool goes_together(const struct transfer *t, struct peer *p,
			  json_t *question)
{
	const char *engine = text_of(question, "engine_id");
	bool same = true;
	char text[160];
	struct buf b;
	json_t *own;

	buf_init(&b);
	put_common(t, &b);
	buf_putc(&b, '}');
	own = json_loadb(buf_slice(&b).p, buf_len(&b), 0, NULL);
	buf_fini(&b);
	for (size_t i = 0; same && i < ARRAY_LEN(alike); i++) {
		same = json_equal(json_object_get(own, alike[i]),
				  json_object_get(question, alike[i]));
		snprintf(text, sizeof(text), "%s differs on the two sides",
			 alike[i]);
	}
	json_decref(own);
	if (!same) {
		refuse_peer(p, COMPLAINT_MISMATCH, text);
		return false;
	}
	if (engine[0] == '\0' ||
	    slice_equal(slice_of(engine), slice_of(t->engine_id)))
		return true;
	snprintf(text, sizeof(text), "the engine there is %.100s",
		 t->engine_id);
	refuse_peer(p, COMPLAINT_ADDRESS, text);
	return false;
}

static void lend(struct transfer *t, struct offer *f, struct peer *p,
		 json_t *question)
{
	bool prompt = is_print(question, "prompt", f->prompt);
	bool params = f->params == 0 || is_print(question, "params", f->params);
	struct buf b;

	offer_set(f, OFFER_LENT);
	f->taker = p;
	buf_init(&b);
	buf_printf(&b, "{\"tokens\":%zu", f->n_tokens);
	if (!prompt || !params)
		buf_printf(&b, ",\"doubt\":\"%s\"",
			   complaint_name(prompt ? COMPLAINT_ALTERED
						 : COMPLAINT_PROMPT));
	buf_putc(&b, '}');
	peer_answer(p, buf_slice(&b));
	buf_fini(&b);
	arm(t);
}

static void on_asked(void *arg, struct peer *p, json_t *question)
{
	struct transfer *t = arg;
	struct slice key = slice_of(text_of(question, "key"));
	struct offer *f;

	if (!goes_together(t, p, question))
		return;
	f = offers_find(&t->offers, key);
	if (!f)
		refuse_peer(p, offers_why_none(&t->offers, key),
			    "the engine there holds no such request");
	else if (f->state == OFFER_READY)
		lend(t, f, p, question);
	else
		refuse_peer(p, COMPLAINT_TAKEN, "somebody else is reading it");
}

static void on_left(void *arg, struct peer *p, bool has_copied)
{
	struct transfer *t = arg;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &t->offers.all) {
		struct offer *f = LIST_ENTRY(it, struct offer, node);

		if (f->taker != p)
			continue;
		f->taker = NULL;
		offer_set(f, OFFER_READY);
		f->expires_s = rank_now_s(t->rank) + transfer_lease_s(t);
		if (has_copied) {
			t->stats.sent++;
			offers_end(&t->offers, f, COMPLAINT_TAKEN);
		}
	}
	arm(t);
	rank_kick(t->rank);
}

static const struct channel_sink sink = {on_asked, on_left};

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

bool transfer_init(struct transfer *t, struct worker *w, size_t at,
		   uint64_t port, struct error *err)
{
	struct event_base *base = loop_base(&w->sim->loop);

	*t = (struct transfer){.worker = w, .rank = &w->rank[at]};
	if (!connector_parse(slice_of(w->conf.connector), &t->connector) ||
	    !role_parse(slice_of(w->conf.role), &t->role)) {
		(void)error_set(err, ERR_INVALID,
				"connector: %s, role: %s: see --help",
				w->conf.connector, w->conf.role);
		return false;
	}
	t->version = version_minor(w->conf.version);
	if (t->connector == CONNECTOR_NONE)
		return true;
	name_engine(t, at);
	t->port = port;
	t->channel = channel_create(base, w->conf.host, &t->port, &sink, t,
				    err);
	offers_init(&t->offers, t->rank->cache);
	t->timer = event_new(base, -1, 0, on_timer, t);
	return t->channel != NULL;
}

void transfer_fini(struct transfer *t)
{
	channel_destroy(&t->channel);
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

	/* Releases from before heartbeats held on for long. */
	if (lease_s < 0)
		return t->version < 21 ? 480 : 30;
	return lease_s;
}

void transfer_offer(struct transfer *t, struct slice key, struct seq *s,
		    size_t n_tokens, uint64_t params)
{
	double until_s = rank_now_s(t->rank) + transfer_lease_s(t);
	struct offer *f = offers_find(&t->offers, key);

	/* Two pinned requests of one name: an engine frees neither right. */
	if (f && f->state != OFFER_COMPUTING) {
		complain(&t->worker->complaints, COMPLAINT_REUSED,
			 t->worker->conf.name, f->key,
			 "the request before of this id is still held");
		offers_end(&t->offers, f, COMPLAINT_REUSED);
		f = NULL;
	}
	if (!f)
		f = offers_add(&t->offers, key, OFFER_COMPUTING, until_s);
	f->prompt = transfer_prompt_print(s->token, n_tokens);
	f->params = params;
	offer_fill(f, s, n_tokens, until_s);
	t->stats.offered++;
	arm(t);
}

uint64_t transfer_prompt_print(const uint32_t *token, size_t n)
{
	return fingerprint64((struct slice){(const char *)token, n * 4}, 0);
}

void transfer_put(const struct transfer *t, struct buf *b)
{
	const struct transfer_stats *s = &t->stats;

	if (!t->channel) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, "{\"engine_id\":");
	buf_json_string(b, slice_of(t->engine_id));
	buf_printf(b,
		   ",\"pinned\":%zu,\"pinned_blocks\":%zu,\"offered\":%llu,"
		   "\"sent\":%llu,\"received\":%llu,\"received_tokens\":%llu,"
		   "\"failed\":%llu}",
		   t->offers.n, offers_blocks(&t->offers),
		   (unsigned long long)s->offered, (unsigned long long)s->sent,
		   (unsigned long long)s->received,
		   (unsigned long long)s->received_tokens,
		   (unsigned long long)s->failed);
}
