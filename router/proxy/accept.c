/* Who is let in, and what makes room when there is little left. */
#include <unistd.h>

#include "common/base/log.h"
#include "router/proxy/client.h"
#include "router/proxy/h2_client.h"
#include "router/proxy/parked.h"
#include "router/proxy/request.h"

#define CENSUS_MS 1000

/* One that is to speak TLS is told nothing: it would take it for garbage. */
static void turn_away(struct proxy *p, int fd, bool tls, const char *why,
		      bool linger)
{
	/* Not worth a parser: whoever it is may come again. */
	struct slice answer = SLICE("HTTP/1.1 503 Service Unavailable\r\n"
				    "content-length: 0\r\n"
				    "retry-after: 1\r\n"
				    "connection: close\r\n\r\n");

	metric_inc(cells_get(&p->cells, METRICS_SHED, why, NULL, NULL));
	if (tls)
		close(fd);
	else
		farewell_say(&p->farewell, fd, answer, linger);
}

static void let_in(struct proxy *p, int fd, bool tls)
{
	if (tls && p->fleet->tls_clients == NULL) {
		close(fd); /* a reload is just about to say otherwise */
		quota_give_back(p->o.descriptors);
		return;
	}
	client_create(p, fd, tls ? p->fleet->tls_clients : NULL);
}

void proxy_accept(struct proxy *p, int fd, bool tls)
{
	size_t allowed = p->fleet->conf->limits.max_connections;
	double open = metric_value(
		p->o.metrics->cell[METRICS_OPEN_CONNECTIONS]);

	if (open >= (double)allowed)
		turn_away(p, fd, tls, "max_connections", true);
	else if (!quota_take(p->o.descriptors, p->o.spared))
		turn_away(p, fd, tls, "descriptors", true);
	else
		let_in(p, fd, tls);
}

void proxy_no_room(struct proxy *p, int fd, bool tls)
{
	pool_close_idle(p->pool);
	turn_away(p, fd, tls, "descriptors", false);
}

/* --- memory --------------------------------------------------------- */

void proxy_set_pressure(struct proxy *p, enum pressure level)
{
	struct list *it, *tmp;

	p->pressure = level;
	if (level == PRESSURE_NONE)
		return;
	slab_trim(&p->client_slab);
	slab_trim(&p->request_slab);
	slab_trim(&p->chunks);
	if (level != PRESSURE_CRITICAL)
		return;
	pool_close_idle(p->pool);
	parked_end(p);
	LIST_EACH (it, tmp, &p->clients)
		client_end_idle(LIST_ENTRY(it, struct client, link));
}

bool proxy_must_shed(const struct proxy *p, const struct http_head *h)
{
	return UNLIKELY(p->pressure != PRESSURE_NONE) &&
	       h->framing != HTTP_NO_BODY;
}

enum flow request_shed(struct request *r, const char *why)
{
	struct api_error e;

	metric_inc(cells_get(&r->proxy->cells, METRICS_SHED, why, NULL, NULL));
	api_error_set(&e, 503, NULL, "overloaded",
		      "The gateway has no room: %s. Try again shortly", why);
	r->draft->retry_after_s = 1;
	return request_fail(r, OUTCOME_SHED, why, &e);
}

/* --- what is held --------------------------------------------------- */

/* Of its block, what has been written to: the rest is but an address. */
static size_t block_bytes(const struct buf *b)
{
	return b->lent ? 0 : b->end;
}

static size_t slab_bytes(const struct slab *s)
{
	return s->n_spans * SLAB_SPAN_BYTES;
}

static void put(struct proxy *p, const char *owner, size_t *told, size_t bytes)
{
	metric_add(cells_get(&p->cells, METRICS_MEMORY, owner, NULL, NULL),
		   (double)bytes - (double)*told);
	*told = bytes;
}

/* Nothing is counted where bytes pass: they are looked at now and then. */
static void count(void *arg)
{
	struct proxy *p = arg;
	struct list *it, *tmp;
	uint64_t bodies = 0, buffers = 0;

	LIST_EACH (it, tmp, &p->clients) {
		struct client *c = LIST_ENTRY(it, struct client, link);

		if (parked_take(c))
			continue;
		buffers += block_bytes(&c->conn.out);
		if (c->over_http2)
			h2_client_held(c->h2, &bodies, &buffers);
		else
			buffers += block_bytes(&c->input);
		if (c->request != NULL && c->request->draft != NULL)
			bodies += block_bytes(&c->request->draft->body);
	}
	put(p, "connections", &p->told.connections,
	    slab_bytes(&p->client_slab) + slab_bytes(&p->parked_slab));
	put(p, "requests", &p->told.requests,
	    slab_bytes(&p->request_slab) + slab_bytes(&p->admission_slab) +
		    slab_bytes(&p->chunks));
	put(p, "bodies", &p->told.bodies, bodies);
	put(p, "stream_buffers", &p->told.buffers, buffers);
	if (p->n_clients > 0)
		timer_set(&p->census, CENSUS_MS);
}

void accept_init(struct proxy *p)
{
	farewell_init(&p->farewell, p->o.loop);
	timer_init(&p->census, p->o.loop, count, p);
}

void accept_fini(struct proxy *p)
{
	farewell_fini(&p->farewell);
	timer_fini(&p->census);
}

void accept_count_later(struct proxy *p)
{
	if (p->census.due_ms == 0)
		timer_set(&p->census, CENSUS_MS);
}
