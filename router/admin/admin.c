#include "router/admin/admin.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/tls/bufferevent.h"
#include "router/admin/answer.h"
#include "router/admin/drain.h"
#include "router/admin/explain.h"
#include "router/admin/funnel.h"
#include "router/admin/page.h"
#include "router/admin/permit.h"
#include "router/admin/prefixes_report.h"
#include "router/admin/report.h"
#include "router/admin/report_tls.h"
#include "router/admin/status_report.h"
#include "router/admin/tenants_report.h"
#include "router/admin/visit.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG         64
#define TIMEOUT_SECONDS 10
#define MAX_HEAD_BYTES  ((ev_ssize_t)16 << 10)
#define DEFAULT_BODY    ((size_t)32 << 20)
#define EXPLAIN_PATH    "/v1/chat/completions"
/* Escaped; a client's id has 128 bytes at most. */
#define MAX_ID_BYTES       384
#define MAX_TRIES_TOLD     64 /* of a request, or of requests of one id */
#define DECISIONS_TOLD     50
#define MAX_DECISIONS_TOLD 500
#define PROMETHEUS_TYPE    "text/plain; version=0.0.4; charset=utf-8"

struct admin {
	struct admin_options options;
	struct evhttp *http;
	struct evhttp_bound_socket *accepting; /* NULL: on nothing */
	int fd;                                /* -1: it was closed */
	struct addr addr;
	struct fleet *fleet;     /* counted; NULL before the first */
	struct tenants *tenants; /* counted; NULL: there are none */
	bool draining, leaving;
	struct list explaining;
	struct index_reader *exact, *approx; /* this thread's own */
	uint64_t salt;                       /* of ids of prefixes */
	uint64_t started_us;                 /* wall time */
	struct funnel *funnel;
	struct timer sampling; /* of it */
};

static struct report report_of(const struct admin *a)
{
	return (struct report){a->fleet, a->options.exact, a->options.approx,
			       a->options.recall, a->options.metrics};
}

static void serve_metrics(struct visit *v)
{
	struct admin *a = v->admin;
	struct report r = report_of(a);
	struct buf out;

	buf_init(&out);
	if (a->fleet != NULL)
		report_gauges(&r, a->options.metrics);
	if (a->fleet != NULL)
		report_tls(a->fleet, a->options.metrics);
	metrics_refresh(a->options.metrics);
	metric_write(a->options.metrics->set, &out);
	visit_send(v, 200, PROMETHEUS_TYPE, &out);
}

static void serve_health(struct visit *v)
{
	answer_text(v->req, 200, "ok\n");
}

/* False: with a reason a line. */
static bool is_ready(const struct admin *a, struct buf *out)
{
	struct report r = report_of(a);

	if (a->draining)
		buf_puts(out, "the gateway is draining\n");
	if (a->fleet == NULL)
		buf_puts(out, "no configuration is in force yet\n");
	return a->fleet != NULL && report_ready(&r, out) && !a->draining;
}

static void serve_ready(struct visit *v)
{
	struct buf out;
	bool ready;

	buf_init(&out);
	ready = is_ready(v->admin, &out);
	if (ready)
		buf_puts(&out, "ready\n");
	visit_send(v, ready ? 200 : 503, ANSWER_TEXT, &out);
}

static void serve_workers(struct visit *v)
{
	struct report r = report_of(v->admin);
	bool text = visit_wants_text(v);
	struct buf out;

	buf_init(&out);
	if (text)
		report_table(&r, &out);
	else
		report_json(&r, &out);
	visit_send_table(v, text, &out);
}

static void serve_status(struct visit *v)
{
	const struct admin *a = v->admin;
	struct metric_cell *const *cell = a->options.metrics->cell;
	bool text = visit_wants_text(v);
	struct buf out = {0}, reasons = {0};
	bool ready = is_ready(a, &reasons);
	const struct status_report s = {
		.version = a->options.version,
		.commit = a->options.commit,
		.started_us = a->started_us,
		.now_us = clock_wall_us(),
		.ready = ready,
		.reasons = buf_slice(&reasons),
		.active = metric_value(cell[METRICS_ACTIVE_REQUESTS]),
		.queued = metric_value(cell[METRICS_QUEUED_REQUESTS]),
		.has_token = a->fleet != NULL &&
			     a->fleet->conf->admin_token != NULL,
	};

	(text ? status_report_text : status_report_json)(&s, &out);
	buf_fini(&reasons);
	visit_send_table(v, text, &out);
}

static void serve_funnel(struct visit *v)
{
	bool text = visit_wants_text(v);
	struct buf out = {0};

	(text ? funnel_table : funnel_json)(v->admin->funnel, &out);
	visit_send_table(v, text, &out);
}

static void serve_prefixes(struct visit *v)
{
	const struct admin *a = v->admin;
	const struct prefixes_report r = {a->fleet, a->exact, a->approx,
					  a->salt};
	bool text = visit_wants_text(v);
	struct buf out = {0};

	(text ? prefixes_report_table : prefixes_report_json)(&r, &out);
	visit_send_table(v, text, &out);
}

static void serve_config(struct visit *v)
{
	struct buf out;

	buf_init(&out);
	conf_print(v->admin->fleet->conf, &out);
	visit_send(v, 200, "application/yaml", &out);
}

static void serve_explain(struct visit *v)
{
	struct admin *a = v->admin;
	char *path = visit_value(v, "path");
	char *tenant = visit_value(v, "tenant");
	const struct proxy_question q = {
		.path = slice_of(path == NULL ? EXPLAIN_PATH : path),
		.tenant = slice_of(tenant == NULL ? "" : tenant),
		.text = visit_wants_text(v),
	};

	if (a->options.explain == NULL)
		answer_text(v->req, 501, "nobody here can explain\n");
	else
		explain_begin(&a->explaining, &a->options, v->req, &q);
	mem_free(path);
	mem_free(tenant);
}

static void recall(struct visit *v, struct slice id, size_t max)
{
	struct admin *a = v->admin;
	const struct admin_recall q = {id, max, visit_wants_text(v),
				       visit_says(v, "ended", "true")};

	if (a->options.decisions == NULL)
		answer_text(v->req, 501, "nobody here can explain\n");
	else
		explain_recall(&a->explaining, &a->options, v->req, &q);
}

/* "/explain/ID" */
static void serve_explained(struct visit *v)
{
	struct slice id = slice_from(v->path, strlen("/explain/"));
	char *escaped, *plain;
	size_t n;

	if (id.n == 0 || id.n > MAX_ID_BYTES) {
		answer_text(v->req, 404, "use /explain/ID, a request's id\n");
		return;
	}
	escaped = mem_strndup(id.p, id.n);
	plain = evhttp_uridecode(escaped, 0, &n);
	if (plain == NULL || n == 0)
		answer_text(v->req, 400, "the id is not well escaped\n");
	else
		recall(v, (struct slice){plain, n}, MAX_TRIES_TOLD);
	/* evhttp's memory comes from malloc. */
	free(plain);
	mem_free(escaped);
}

static void serve_decisions(struct visit *v)
{
	char *text = visit_value(v, "n");
	uint64_t n = DECISIONS_TOLD;

	if (text != NULL &&
	    (slice_to_u64(slice_of(text), MAX_DECISIONS_TOLD, &n) != OK ||
	     n == 0))
		answer_text(v->req, 400, "n must be a number from 1 to 500\n");
	else
		recall(v, (struct slice){NULL, 0}, n);
	mem_free(text);
}

static void serve_tenants(struct visit *v)
{
	struct buf out;

	buf_init(&out);
	tenants_report(v->admin->tenants, &out);
	visit_send(v, 200, "application/json", &out);
}

static void serve_worker(struct visit *v)
{
	drain_serve(v, v->admin->fleet, v->admin->options.guard);
}

static void serve_discovery(struct visit *v)
{
	const struct discover *d = v->admin->options.discover;
	struct buf out = {0};

	if (d == NULL)
		buf_puts(&out, "{\"models\":[]}\n");
	else
		discover_report(d, &out);
	visit_send(v, 200, "application/json", &out);
}

static void serve_placement(struct visit *v)
{
	const struct placement *p = v->admin->options.placement;
	bool text = visit_wants_text(v);
	struct buf out = {0};

	if (p == NULL) {
		answer_text(v->req, 501, "nobody here places anything\n");
		return;
	}
	placement_report(p, text, &out);
	visit_send_table(v, text, &out);
}

static void serve_root(struct visit *v)
{
	if (page_is_wanted(v)) {
		page_serve(v);
		return;
	}
	answer_text(v->req, 200,
		    "GET  / in a browser\n"
		    "GET  /metrics\nGET  /healthz\nGET  /readyz\n"
		    "GET  /workers[?format=text]\n"
		    "POST /workers/NAME/drain\nPOST /workers/NAME/undrain\n"
		    "POST /explain[?path=/v1/completions][&tenant=NAME]\n"
		    "GET  /explain/ID[?format=text]\n"
		    "GET  /decisions[?n=50][&ended=true][&format=text]\n"
		    "GET  /prefixes[?format=text]\n"
		    "GET  /funnel[?format=text]\n"
		    "GET  /status[?format=text]\n"
		    "GET  /config\n"
		    "GET  /discovery\n"
		    "GET  /placement[?format=text]\n"
		    "GET  /tenants\n");
}

static const struct route {
	const char *path; /* ending in '/', except the root: a prefix */
	bool post;
	bool needs_fleet;
	void (*serve)(struct visit *v);
	bool changes; /* something: not for everybody, and needs a fleet */
} route[] = {
	{"/", false, false, serve_root},
	{"/page.css", false, false, page_serve},
	{"/page.js", false, false, page_serve},
	{"/metrics", false, false, serve_metrics},
	{"/healthz", false, false, serve_health},
	{"/readyz", false, false, serve_ready},
	{"/workers", false, true, serve_workers},
	{"/workers/", true, true, serve_worker, true},
	{"/explain", true, true, serve_explain},
	{"/explain/", false, true, serve_explained},
	{"/decisions", false, true, serve_decisions},
	{"/prefixes", false, true, serve_prefixes},
	{"/funnel", false, false, serve_funnel},
	{"/status", false, false, serve_status},
	{"/config", false, true, serve_config},
	{"/discovery", false, false, serve_discovery},
	{"/placement", false, true, serve_placement},
	{"/tenants", false, false, serve_tenants},
};

static bool is_route(const struct route *r, struct slice path)
{
	struct slice is = slice_of(r->path);

	if (is.n > 1 && slice_ends(is, SLICE("/")))
		return slice_starts(path, is);
	return slice_equal(path, is);
}

static const struct route *find_route(struct slice path)
{
	for (size_t i = 0; i < ARRAY_LEN(route); i++)
		if (is_route(&route[i], path))
			return &route[i];
	return NULL;
}

static void dispatch(struct visit *v)
{
	const struct route *r = find_route(v->path);
	bool post = evhttp_request_get_command(v->req) == EVHTTP_REQ_POST;

	if (r == NULL) {
		answer_text(v->req, 404, "no such page; see /\n");
	} else if (post != r->post) {
		evhttp_add_header(evhttp_request_get_output_headers(v->req),
				  "Allow", r->post ? "POST" : "GET, HEAD");
		answer_text(v->req, 405, r->post ? "use POST\n" : "use GET\n");
	} else if (post && permit_is_foreign(v)) {
		answer_text(v->req, 403, "not from another site's page\n");
	} else if (r->needs_fleet && v->admin->fleet == NULL) {
		answer_text(v->req, 503, "no configuration is in force yet\n");
	} else if (r->changes && v->admin->leaving) {
		answer_text(v->req, 503, "another has taken over: ask again\n");
	} else if (!r->changes ||
		   permit_change(v, v->admin->fleet->conf->admin_token)) {
		r->serve(v);
	}
}

static void on_request(struct evhttp_request *req, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
	struct visit v = {
		.admin = arg,
		.req = req,
		.path = slice_of(path == NULL ? "" : path),
		.query = uri == NULL ? NULL : evhttp_uri_get_query(uri),
	};

	if (v.admin->leaving)
		evhttp_add_header(evhttp_request_get_output_headers(req),
				  "Connection", "close");
	dispatch(&v);
}

/* NULL: evhttp makes a plain one. */
static struct bufferevent *on_visitor(struct event_base *base, void *arg)
{
	const struct admin *a = arg;

	if (a->fleet == NULL || a->fleet->tls_admin == NULL)
		return NULL;
	return tls_bufferevent_create(base, a->fleet->tls_admin);
}

static void bound(struct admin *a)
{
	size_t body = a->options.max_body_bytes;

	evhttp_set_timeout(a->http, TIMEOUT_SECONDS);
	evhttp_set_max_headers_size(a->http, MAX_HEAD_BYTES);
	evhttp_set_max_body_size(a->http,
				 (ev_ssize_t)(body == 0 ? DEFAULT_BODY : body));
	evhttp_set_allowed_methods(a->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD |
						    EVHTTP_REQ_POST);
}

static void on_sample(void *arg)
{
	struct admin *a = arg;

	funnel_sample(a->funnel, clock_wall_us());
	timer_set(&a->sampling, FUNNEL_EVERY_MS);
}

static void begin_reports(struct admin *a)
{
	const struct admin_options *o = &a->options;

	a->exact = index_reader_create(o->exact);
	a->approx = index_reader_create(o->approx);
	rng_system(&a->salt, sizeof(a->salt));
	a->started_us = clock_wall_us();
	a->funnel = funnel_create(o->metrics, a->started_us);
	timer_init(&a->sampling, o->loop, on_sample, a);
	timer_set(&a->sampling, FUNNEL_EVERY_MS);
}

static void end_reports(struct admin *a)
{
	timer_fini(&a->sampling);
	funnel_destroy(&a->funnel);
	index_reader_destroy(&a->exact);
	index_reader_destroy(&a->approx);
}

struct admin *admin_create(const struct admin_options *o, struct error *err)
{
	int fd = o->listen_fd;
	struct admin *a;

	if (fd < 0)
		fd = addr_listen(&o->listen, BACKLOG, false, err);
	if (fd < 0)
		return NULL;
	a = mem_zalloc(sizeof(*a));
	a->options = *o;
	a->fd = fd;
	list_init(&a->explaining);
	begin_reports(a);
	a->http = evhttp_new(loop_base(o->loop));
	ASSERT(a->http != NULL);
	bound(a);
	evhttp_set_gencb(a->http, on_request, a);
	evhttp_set_bevcb(a->http, on_visitor, a);
	if (addr_of_socket(fd, &a->addr) == OK)
		return a;
	error_set(err, ERR_IO, "admin: cannot listen: %s", strerror(errno));
	admin_destroy(&a);
	return NULL;
}

enum status admin_open(struct admin *a, struct error *err)
{
	a->accepting = evhttp_accept_socket_with_handle(a->http, a->fd);
	if (a->accepting == NULL)
		return error_set(err, ERR_IO, "admin: cannot listen: %s",
				 strerror(errno));
	return OK;
}

static void close_socket(struct admin *a)
{
	if (a->accepting != NULL)
		evhttp_del_accept_socket(a->http, a->accepting);
	else if (a->fd >= 0)
		close(a->fd);
	a->accepting = NULL;
	a->fd = -1;
}

void admin_leave(struct admin *a)
{
	a->leaving = true;
	close_socket(a);
}

int admin_socket(const struct admin *a)
{
	return a->fd;
}

void admin_destroy(struct admin **a)
{
	struct admin *gone = *a;

	*a = NULL;
	if (gone == NULL)
		return;
	explain_abandon(&gone->explaining);
	close_socket(gone);
	evhttp_free(gone->http);
	end_reports(gone);
	fleet_unref(&gone->fleet);
	tenants_unref(&gone->tenants);
	mem_free(gone);
}

const struct addr *admin_addr(const struct admin *a)
{
	return &a->addr;
}

/* Series of workers that have gone are shown no more. */
static void hide_gone(const struct admin *a, const struct fleet *now)
{
	const struct fleet *was = a->fleet;

	for (size_t i = 0; was != NULL && i < was->n_workers; i++) {
		const char *name = was->worker[i]->name;

		if (fleet_worker(now, slice_of(name)) == NULL)
			metric_hide(a->options.metrics->set, "worker", name);
	}
}

void admin_set_fleet(struct admin *a, struct fleet *f)
{
	hide_gone(a, f);
	fleet_ref(f);
	fleet_unref(&a->fleet);
	a->fleet = f;
}

/* Series of tenants that have gone are shown no more. */
static void hide_gone_tenants(const struct admin *a, const struct tenants *now)
{
	const struct tenants *was = a->tenants;

	for (size_t i = 0; was != NULL && i < was->n; i++) {
		const char *label = was->tenant[i]->label;

		if (label == was->tenant[i]->name &&
		    (now == NULL || tenants_find(now, slice_of(label)) == NULL))
			metric_hide(a->options.metrics->set, "tenant", label);
	}
}

void admin_set_tenants(struct admin *a, struct tenants *t)
{
	hide_gone_tenants(a, t);
	tenants_unref(&a->tenants);
	a->tenants = t != NULL ? tenants_ref(t) : NULL;
}

void admin_set_draining(struct admin *a)
{
	a->draining = true;
}
