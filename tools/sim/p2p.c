#include "tools/sim/p2p.h"

#include "common/base/mem.h"
#include "tools/sim/version.h"
#include "tools/sim/worker.h"

#include <event2/event.h>

#include <stdio.h>
#include <string.h>

#define SINCE_VERSION 27

/* What both ends must have alike. */
static const char *const alike[] = {"seed", "hash", "model", "block_size"};

/* Blocks that were looked up under an id. */
struct grant {
	struct list node;
	struct p2p *p2p;
	char *id;
	size_t n_blocks;
	struct peer *to; /* who fetches them; NULL: nobody yet */
	struct event *timer;
};

static void grant_free(struct grant *g)
{
	list_remove(&g->node);
	event_free(g->timer);
	mem_free(g->id);
	mem_free(g);
}

static void wait_s(const struct grant *g, double seconds)
{
	double real_s = seconds / g->p2p->worker->conf.speed;
	struct timeval tv = {.tv_sec = (time_t)real_s};

	tv.tv_usec = (suseconds_t)((real_s - (double)tv.tv_sec) * 1e6);
	event_add(g->timer, &tv);
}

/* Its blocks are there, or nobody came for them. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct grant *g = arg;
	struct p2p *p = g->p2p;

	(void)fd;
	(void)what;
	if (g->to) {
		p->stats.given++;
		p->stats.given_tokens += g->n_blocks *
					 p->worker->conf.block_size;
		peer_answer(g->to, SLICE("{\"done\":true}"));
	}
	grant_free(g);
}

static void grant_add(struct p2p *p, const char *id, size_t n_blocks)
{
	struct grant *g = mem_zalloc(sizeof(*g));

	g->p2p = p;
	g->id = mem_strdup(id);
	g->n_blocks = n_blocks;
	g->timer = event_new(loop_base(&p->worker->sim->loop), -1, 0, on_timer,
			     g);
	list_push_back(&p->grants, &g->node);
	wait_s(g, P2P_FORGET_S);
}

static struct grant *grant_find(struct p2p *p, const char *id)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &p->grants) {
		struct grant *g = LIST_ENTRY(it, struct grant, node);

		if (strcmp(g->id, id) == 0)
			return g;
	}
	return NULL;
}

static void put_common(const struct p2p *p, const char *ask, const char *id,
		       struct buf *b)
{
	const struct worker_conf *c = &p->worker->conf;

	buf_printf(b, "{\"ask\":\"%s\",\"id\":", ask);
	buf_json_string(b, slice_of(id));
	buf_puts(b, ",\"seed\":");
	buf_json_string(b, slice_of(c->seed));
	buf_puts(b, ",\"hash\":");
	buf_json_string(b, slice_of(c->hash));
	buf_puts(b, ",\"model\":");
	buf_json_string(b, slice_of(c->model));
	buf_printf(b, ",\"block_size\":%llu",
		   (unsigned long long)c->block_size);
}

void p2p_put_lookup(const struct p2p *p, const char *id, const uint8_t *digest,
		    size_t n, struct buf *line)
{
	static const char hex[] = "0123456789abcdef";
	size_t bytes = p->worker->scheme.hash_bytes;

	put_common(p, "lookup", id, line);
	buf_puts(line, ",\"hashes\":[");
	for (size_t i = 0; i < n * bytes; i++) {
		if (i % bytes == 0)
			buf_puts(line, i ? ",\"" : "\"");
		buf_putc(line, hex[digest[i] >> 4]);
		buf_putc(line, hex[digest[i] & 15]);
		if (i % bytes == bytes - 1)
			buf_putc(line, '"');
	}
	buf_puts(line, "]}");
}

void p2p_put_fetch(const struct p2p *p, const char *id, struct buf *line)
{
	put_common(p, "fetch", id, line);
	buf_putc(line, '}');
}

static void refuse_peer(struct p2p *p, struct peer *to, enum complaint_kind why,
			const char *id, const char *text)
{
	struct buf b;

	p->stats.refused++;
	complain(&p->worker->complaints, why, p->worker->conf.name, id, "%s",
		 text);
	buf_init(&b);
	buf_printf(&b, "{\"refused\":\"%s\",\"text\":", complaint_name(why));
	buf_json_string(&b, slice_of(text));
	buf_putc(&b, '}');
	peer_answer(to, buf_slice(&b));
	buf_fini(&b);
}

/* The handshake: false once the peer has been refused. */
static bool goes_together(struct p2p *p, struct peer *to, const char *id,
			  json_t *question)
{
	char text[64];
	struct buf b;
	json_t *own;
	size_t i = 0;

	buf_init(&b);
	put_common(p, "", "", &b);
	buf_putc(&b, '}');
	own = json_loadb(buf_slice(&b).p, buf_len(&b), 0, NULL);
	buf_fini(&b);
	while (i < ARRAY_LEN(alike) &&
	       json_equal(json_object_get(own, alike[i]),
			  json_object_get(question, alike[i])))
		i++;
	json_decref(own);
	if (i == ARRAY_LEN(alike))
		return true;
	snprintf(text, sizeof(text), "%s differs on the two sides", alike[i]);
	refuse_peer(p, to, COMPLAINT_MISMATCH, id, text);
	return false;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: not a digest of `bytes`. */
static bool digest_of(json_t *j, size_t bytes, uint8_t *to)
{
	const char *hex = json_string_value(j);

	if (!hex || json_string_length(j) != 2 * bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* How many of the named blocks, from the first on, are here. */
static size_t count_here(const struct p2p *p, json_t *hashes)
{
	size_t bytes = p->worker->scheme.hash_bytes, i;
	uint8_t digest[HASH_MAX_BYTES];

	for (i = 0; i < json_array_size(hashes) && i < P2P_MAX_BLOCKS; i++)
		if (!digest_of(json_array_get(hashes, i), bytes, digest) ||
		    host_count(p->rank->host, digest, 1) == 0)
			break;
	return i;
}

static void answer_lookup(struct p2p *p, struct peer *to, const char *id,
			  json_t *question)
{
	size_t n = count_here(p, json_object_get(question, "hashes"));
	char text[32];

	/* Answers to one would be taken for the other's. */
	if (!used_take(&p->ids, slice_of(id))) {
		refuse_peer(p, to, COMPLAINT_REUSED, id,
			    "a lookup had this kv_request_id before");
		return;
	}
	p->stats.looked_up++;
	if (n > 0)
		grant_add(p, id, n);
	snprintf(text, sizeof(text), "{\"blocks\":%zu}", n);
	peer_answer(to, slice_of(text));
}

static void answer_fetch(struct p2p *p, struct peer *to, const char *id)
{
	const struct rank_links *l = &p->rank->links;
	struct grant *g = grant_find(p, id);
	double now_s = rank_now_s(p->rank), tokens;

	if (!g || g->to) {
		refuse_peer(p, to, COMPLAINT_UNKNOWN, id,
			    "nothing was looked up under this id");
		return;
	}
	tokens = (double)(g->n_blocks * p->worker->conf.block_size);
	p->free_s = p->free_s > now_s ? p->free_s : now_s;
	p->free_s += l->fetch_s + l->fetch_token_s * tokens;
	g->to = to;
	wait_s(g, p->free_s - now_s);
}

static void on_asked(void *arg, struct peer *to, json_t *question)
{
	const char *ask, *id;
	struct p2p *p = arg;

	ask = json_string_value(json_object_get(question, "ask"));
	id = json_string_value(json_object_get(question, "id"));
	if (!ask || !id || id[0] == '\0')
		refuse_peer(p, to, COMPLAINT_MISSING, "",
			    "a question without kv_request_id");
	else if (!goes_together(p, to, id, question))
		return;
	else if (strcmp(ask, "lookup") == 0)
		answer_lookup(p, to, id, question);
	else
		answer_fetch(p, to, id);
}

static void on_left(void *arg, struct peer *peer, bool has_copied)
{
	struct p2p *p = arg;
	struct list *it, *tmp;

	(void)has_copied;
	LIST_EACH (it, tmp, &p->grants) {
		struct grant *g = LIST_ENTRY(it, struct grant, node);

		if (g->to == peer)
			grant_free(g);
	}
}

static const struct channel_sink sink = {on_asked, on_left};

bool p2p_init(struct p2p *p, struct worker *w, size_t rank, uint64_t port,
	      struct error *err)
{
	struct event_base *base = loop_base(&w->sim->loop);

	*p = (struct p2p){.worker = w, .rank = &w->rank[rank], .port = port};
	list_init(&p->grants);
	used_init(&p->ids);
	used_init(&p->fetch_ids);
	if (!p->rank->host || version_minor(w->conf.version) < SINCE_VERSION)
		return true;
	if (slice_equal(slice_of(w->conf.seed), SLICE("random"))) {
		(void)error_set(err, ERR_INVALID,
				"seed: the peer tier needs PYTHONHASHSEED to "
				"be set");
		return false;
	}
	p->channel = channel_create(base, w->conf.host, &p->port, &sink, p,
				    err);
	return p->channel != NULL;
}

void p2p_fini(struct p2p *p)
{
	struct list *it, *tmp;

	if (!p->worker)
		return;
	LIST_EACH (it, tmp, &p->grants) {
		grant_free(LIST_ENTRY(it, struct grant, node));
	}
	channel_destroy(&p->channel);
	used_fini(&p->ids);
	used_fini(&p->fetch_ids);
	p->worker = NULL;
}

void p2p_put_state(const struct p2p *p, struct buf *b)
{
	const struct p2p_stats *s = &p->stats;

	if (!p->channel) {
		buf_puts(b, "null");
		return;
	}
	buf_printf(b,
		   "{\"looked_up\":%llu,\"refused\":%llu,\"given\":%llu,"
		   "\"given_tokens\":%llu,\"asked\":%llu,\"fetched\":%llu,"
		   "\"fetched_tokens\":%llu,\"failed\":%llu}",
		   (unsigned long long)s->looked_up,
		   (unsigned long long)s->refused, (unsigned long long)s->given,
		   (unsigned long long)s->given_tokens,
		   (unsigned long long)s->asked, (unsigned long long)s->fetched,
		   (unsigned long long)s->fetched_tokens,
		   (unsigned long long)s->failed);
}
