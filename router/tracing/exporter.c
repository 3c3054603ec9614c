#include "router/tracing/exporter.h"

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/http/writer.h"
#include "router/conf/tracing.h"
#include "router/conf/url.h"
#include "router/tracing/otlp.h"

#define KEEP_BYTES ((size_t)256 << 10)
/* Of an answer, in which little is of use. */
#define MAX_ANSWER_BYTES ((size_t)4 << 10)

static const struct oneshot_times answer_times = {
	.head_ms = 10000,
	.between_ms = 10000,
	.whole_ms = 20000,
};

/* --- where --------------------------------------------------------------- */

static void forget_place(struct exporter *e)
{
	e->placed = false;
	tls_context_unref(&e->context);
}

static enum status find(struct exporter *e, const char *origin,
			struct error *err)
{
	struct tls_options o = {.side = TLS_WORKERS, .ca = e->conf->tracing.ca};
	struct url_parts parts = {0};
	enum status st = url_parse(origin, false, &parts, err);

	if (st != OK)
		return st;
	o.name = parts.server_name;
	if (parts.secure)
		e->context = tls_context_create(&o, NULL, err);
	e->at = (struct oneshot_server){parts.addr, e->context};
	e->placed = !parts.secure || e->context != NULL;
	mem_free(parts.host);
	mem_free(parts.server_name);
	return e->placed ? OK : err->status;
}

static enum status find_place(struct exporter *e, struct error *err)
{
	struct tracing_place p = {0};
	enum status st = OK;
	char *origin;

	if (e->placed)
		return OK;
	/* The configuration was checked. */
	ASSERT(tracing_place_parse(e->conf->tracing.endpoint, &p, err) == OK);
	origin = mem_strndup(p.origin.p, p.origin.n);
	st = find(e, origin, err);
	mem_free(origin);
	return st;
}

/* --- what ---------------------------------------------------------------- */

static void write_own_headers(struct buf *b, const struct conf_tracing *t)
{
	struct slice name, value;

	for (size_t i = 0; i < t->n_headers; i++)
		if (tracing_header_parse(t->header[i], &name, &value, NULL) ==
		    OK)
			http_write_line(b, name, value);
}

static void write_request(struct exporter *e)
{
	const struct conf_tracing *t = &e->conf->tracing;
	struct buf *b = &e->request, target = {0};
	struct tracing_place p = {0};

	ASSERT(tracing_place_parse(t->endpoint, &p, NULL) == OK);
	tracing_target(&p, &target);
	buf_reset(b, KEEP_BYTES);
	ASSERT(http_write_request(b, SLICE("POST"), buf_slice(&target)) == OK);
	http_write_line(b, SLICE("Host"),
			slice_from(p.origin, p.secure ? 8 : 7));
	http_write_own(b, "User-Agent", "warmpath");
	http_write_own(b, "Content-Type", "application/json");
	http_write_number(b, "Content-Length", buf_len(&e->body));
	http_write_own(b, "Connection", "close");
	write_own_headers(b, t);
	http_write_end(b);
	buf_append(b, buf_slice(&e->body));
	buf_fini(&target);
}

static void write_body(struct exporter *e, struct trace *const *t, size_t n)
{
	buf_reset(&e->body, KEEP_BYTES);
	otlp_begin(&e->body, e->conf->tracing.service_name, e->o.version);
	e->n_spans = 0;
	for (size_t i = 0; i < n; i++) {
		otlp_add(&e->body, t[i], i == 0);
		e->n_spans += t[i]->n_spans;
	}
	otlp_end(&e->body);
}

/* --- tries --------------------------------------------------------------- */

/* With its place looked up anew it may go elsewhere than before. */
static void try_once(void *arg)
{
	struct exporter *e = arg;
	struct error err = {0};

	e->tries++;
	if (find_place(e, &err) != OK) {
		oneshot_fail(&e->shot, err.text);
		return;
	}
	write_request(e);
	buf_reset(&e->answer, MAX_ANSWER_BYTES);
	oneshot_start(&e->shot, &e->at, buf_slice(&e->request), &answer_times);
}

static void end(struct exporter *e, struct metric_cell *cell)
{
	metric_add(cell, (double)e->n_spans);
	e->tries = 0;
	e->o.idle(e->o.arg);
}

/* What OTLP lists: the same may be taken later. */
static bool may_better(unsigned status)
{
	return status == 0 || status == 429 || status == 502 || status == 503 ||
	       status == 504;
}

/* What goes on is told once. */
static void tell(struct exporter *e, unsigned status, const char *failure)
{
	if (e->fails)
		return;
	e->fails = true;
	if (failure != NULL)
		log_warn("tracing: %s: %s: spans are lost",
			 e->conf->tracing.endpoint, failure);
	else
		log_warn("tracing: %s: it answers %u: spans are lost",
			 e->conf->tracing.endpoint, status);
}

static void on_body(void *arg, unsigned status, struct slice bytes)
{
	struct exporter *e = arg;

	(void)status;
	if (buf_len(&e->answer) + bytes.n <= MAX_ANSWER_BYTES)
		buf_append(&e->answer, bytes);
}

static void on_taken(struct exporter *e)
{
	size_t rejected = otlp_rejected(buf_slice(&e->answer), e->n_spans);

	if (e->fails)
		log_info("tracing: %s: is well again",
			 e->conf->tracing.endpoint);
	e->fails = false;
	metric_add(e->o.cells.failed, (double)rejected);
	e->n_spans -= rejected;
	end(e, e->o.cells.sent);
}

static void on_done(void *arg, unsigned status, const char *failure)
{
	struct exporter *e = arg;

	if (failure == NULL && status / 100 == 2) {
		on_taken(e);
		return;
	}
	/* It may have moved. */
	forget_place(e);
	if (may_better(status) && e->tries < EXPORTER_MAX_TRIES &&
	    !e->hurried) {
		timer_set(&e->again, e->o.first_pause_ms << (e->tries - 1));
		return;
	}
	tell(e, status, failure);
	end(e, e->o.cells.failed);
}

static const struct oneshot_events shot_events = {on_body, on_done};

/* --- its life ------------------------------------------------------------ */

void exporter_init(struct exporter *e, const struct exporter_options *o)
{
	*e = (struct exporter){.o = *o};
	oneshot_init(&e->shot, o->loop, &shot_events, e);
	timer_init(&e->again, o->loop, try_once, e);
}

void exporter_fini(struct exporter *e)
{
	if (!exporter_is_idle(e))
		metric_add(e->o.cells.failed, (double)e->n_spans);
	oneshot_fini(&e->shot);
	timer_fini(&e->again);
	forget_place(e);
	buf_fini(&e->body);
	buf_fini(&e->request);
	buf_fini(&e->answer);
	conf_unref(&e->conf);
}

void exporter_set_conf(struct exporter *e, struct conf *c)
{
	struct conf *old = e->conf;

	e->conf = conf_ref(c);
	conf_unref(&old);
	forget_place(e);
}

bool exporter_is_idle(const struct exporter *e)
{
	return e->tries == 0;
}

void exporter_send(struct exporter *e, struct trace **t, size_t n)
{
	ASSERT(exporter_is_idle(e) && n > 0);
	write_body(e, t, n);
	for (size_t i = 0; i < n; i++)
		trace_destroy(&t[i]);
	try_once(e);
}

void exporter_hurry(struct exporter *e)
{
	e->hurried = true;
	if (e->again.due_ms == 0)
		return;
	timer_clear(&e->again);
	end(e, e->o.cells.failed);
}
