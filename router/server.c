#include "router/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/admin/report.h"
#include "router/announce.h"
#include "router/conf/tls.h"
#include "router/descriptors.h"
#include "router/end_bound.h"
#include "router/notify.h"
#include "router/server_own.h"
#include "router/tenant_notice.h"
#include "router/version.h"

/* A gateway that takes another's place waits this long at most until it knows
 * its workers and what they hold; and any, until it has found some. */
#define WARM_MS      5000
#define LOOK_WARM_MS 20
#define FDS_A_WORKER 4
#define SPARE_FDS    16
/* For helpers that wait for what does not come, when all is over. */
#define END_MS 5000

/* For whom there are descriptors. */
static size_t max_clients(const struct server *s)
{
	return s->descriptors.max - descriptors_spared(s->descriptors.max);
}

static void put_max_clients(struct server *s)
{
	size_t allowed = s->fleet->conf->limits.max_connections;
	size_t max = max_clients(s);

	metric_put(s->metrics->cell[METRICS_MAX_CLIENTS],
		   (double)(allowed < max ? allowed : max));
}

void server_take_fleet(struct server *s, struct fleet *fresh)
{
	struct fleet *old = s->fleet;

	s->fleet = fresh;
	/* Before anybody is asked to trace by it. */
	tracer_set_conf(s->tracer, fresh->conf);
	fleet_take_effect(fresh);
	ingest_set_fleet(s->ingest, fresh);
	probe_set_fleet(s->probe, fresh);
	placement_set_fleet(s->placement, fresh);
	for (size_t i = 0; i < s->n_lanes; i++)
		lane_set_fleet(s->lane[i], fresh);
	if (s->explainer != NULL)
		proxy_set_fleet(s->explainer, fresh);
	tenant_watch_set_conf(s->tenant_watch, fresh->conf);
	if (old->conf != fresh->conf || old == fresh)
		discover_set_conf(s->discover, fresh->conf);
	log_set_level(fresh->conf->log_level);
	server_write_decisions(s, fresh->conf->decision_log);
	overload_set_conf(&s->overload, fresh->conf);
	put_max_clients(s);
	fleet_unref(&old);
}

static void on_tenants(void *arg, struct tenants *t)
{
	struct server *s = arg;

	if (s->ended)
		return;
	for (size_t i = 0; i < s->n_lanes; i++)
		lane_set_tenants(s->lane[i], t);
	proxy_set_tenants(s->explainer, t);
	if (s->admin != NULL)
		admin_set_tenants(s->admin, t);
}

void server_stop_if_empty(struct server *s)
{
	if (s->n_drained == s->n_lanes && s->close_admin.due_ms == 0)
		loop_stop(&s->loop);
}

static void lane_is_empty(struct mail *m, void *receiver)
{
	struct server *s = receiver;

	mem_free(m);
	s->n_drained++;
	server_stop_if_empty(s);
}

static void on_lane_drained(void *arg)
{
	struct server *s = arg;
	struct mail *m = mem_zalloc(sizeof(*m));

	m->deliver = lane_is_empty;
	mailbox_post(s->mailbox, m);
}

/* A lane's word to the probe, which lives here. */
struct lane_word {
	struct mail mail;
	struct worker *worker;
	struct worker_report says;
};

static void deliver_report(struct mail *m, void *receiver)
{
	struct lane_word *r = CONTAINER_OF(m, struct lane_word, mail);
	struct server *s = receiver;

	if (s->probe != NULL)
		probe_report(s->probe, r->worker, &r->says);
	worker_unref(&r->worker);
	mem_free(r);
}

static void on_report(void *arg, struct worker *w,
		      const struct worker_report *says)
{
	struct server *s = arg;
	struct lane_word *r = mem_zalloc(sizeof(*r));

	r->mail.deliver = deliver_report;
	r->worker = worker_ref(w);
	r->says = *says;
	mailbox_post(s->mailbox, &r->mail);
}

static void on_explain(void *arg, const struct proxy_question *q,
		       admin_done *done, void *done_arg)
{
	struct server *s = arg;

	proxy_explain(s->explainer, q, done, done_arg);
}

static size_t core_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (size_t)n : 1;
}

static void create_signals(struct server *s)
{
	const struct {
		int number;
		void (*run)(int fd, short what, void *arg);
	} row[SERVER_SIGNALS] = {
		{SIGHUP, server_on_hangup},    {SIGTERM, server_on_terminate},
		{SIGINT, server_on_terminate}, {SIGQUIT, server_on_quit},
		{SIGUSR2, server_on_upgrade},  {SIGUSR1, server_on_reopen},
	};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < SERVER_SIGNALS; i++) {
		s->signal[i] = evsignal_new(loop_base(&s->loop), row[i].number,
					    row[i].run, s);
		ASSERT(s->signal[i] != NULL &&
		       event_add(s->signal[i], NULL) == 0);
	}
}

static struct proxy_options proxy_options(struct server *s, uint64_t seed)
{
	return (struct proxy_options){
		.loop = &s->loop,
		.mailbox = s->mailbox,
		.helpers = s->helpers,
		.metrics = s->metrics,
		.exact = s->exact,
		.underway = s->underway,
		.approx = s->approx,
		.recall = s->recall,
		.ingest = s->ingest,
		.sightings = placement_sightings(s->placement),
		.board = placement_board(s->placement),
		.budget = &s->budget,
		.decision_log = s->decision_log,
		.tracer = s->tracer,
		.seed = seed,
		.descriptors = &s->descriptors,
		.spared = descriptors_spared(s->descriptors.max),
		.report = on_report,
		.report_arg = s,
	};
}

static void create_lanes(struct server *s, size_t lanes)
{
	s->lane = mem_array(lanes, sizeof(struct lane *));
	for (size_t i = 0; i < lanes; i++) {
		struct lane_options o = {
			.number = (unsigned)i,
			.proxy = proxy_options(s, clock_ns() + i),
			.drained = on_lane_drained,
			.arg = s,
		};

		o.proxy.remembers = true;
		s->lane[s->n_lanes++] = lane_create(&o, s->fleet);
	}
}

/* Of all models that may have other ones. */
static size_t more_workers(const struct conf *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_models; i++)
		if (conf_discovers(&c->model[i]))
			n += c->model[i].discover.max_workers;
	return n;
}

/* Each lane has a loop, a mailbox, and a reserve for each address; each
 * worker is probed and heard. */
static size_t descriptors_besides(const struct server *s, size_t lanes)
{
	size_t a_lane = 2 + s->entrance.n;

	size_t workers = s->fleet->n_workers + more_workers(s->fleet->conf);

	return descriptors_open() + lanes * a_lane + workers * FDS_A_WORKER +
	       SPARE_FDS;
}

static void count_descriptors(struct server *s, size_t lanes)
{
	size_t allowed = s->fleet->conf->limits.max_connections;
	size_t limit = descriptors_raise();
	size_t besides = descriptors_besides(s, lanes);

	quota_init(&s->descriptors, descriptors_shared(limit, besides));
	if (max_clients(s) < allowed)
		log_warn("start: limits.max_connections is %zu, but %zu "
			 "descriptors let %zu in: raise the limit on open "
			 "files (LimitNOFILE=, ulimit -n) to %zu",
			 allowed, limit, max_clients(s),
			 descriptors_wanted(allowed, besides));
}

static enum status start_serving(struct server *s, struct error *err)
{
	const struct conf *c = s->fleet->conf;
	size_t lanes = c->threads ? c->threads : core_count();
	size_t n;
	struct entrance_address *listen = entrance_addresses(c, &n);
	enum status status = entrance_open(&s->entrance, &s->loop, listen, n,
					   lanes, &s->inherited, err);

	mem_free(listen);
	if (status != OK)
		return status;
	count_descriptors(s, lanes);
	create_lanes(s, lanes);
	overload_start(&s->overload, &s->loop, s->metrics, s->lane, lanes);
	return OK;
}

/* systemd's word counts more than the configuration's. */
static struct addr admin_address(const struct server *s)
{
	const struct addr *given = NULL;

	if (s->inherited.from == INHERIT_SYSTEMD)
		given = inherit_next(&s->inherited, true);
	return given != NULL ? *given : s->fleet->conf->admin;
}

static enum status start_admin(struct server *s, struct error *err)
{
	struct addr listen = admin_address(s);
	struct admin_options o = {
		.version = version_text,
		.commit = version_commit,
		.loop = &s->loop,
		.listen = listen,
		.listen_fd = -1,
		.metrics = s->metrics,
		.exact = s->exact,
		.approx = s->approx,
		.recall = s->recall,
		.guard = probe_guard(s->probe),
		.discover = s->discover,
		.placement = s->placement,
		.max_body_bytes = s->fleet->conf->limits.max_body_bytes,
		.explain = on_explain,
		.decisions = server_recall,
		.explain_arg = s,
	};

	inherit_find(&s->inherited, &listen, true, &o.listen_fd, 1);
	s->admin = admin_create(&o, err);
	return s->admin ? OK : ERR_IO;
}

static void say_ready(struct server *s)
{
	char text[ADDR_TEXT_BYTES];

	for (size_t i = 0; i < s->entrance.n; i++)
		log_info("ready: serving on http%s://%s with %zu lanes",
			 listen_is_tls(s->entrance.address[i]) ? "s" : "",
			 addr_text(&s->entrance.address[i]->bound, text),
			 s->n_lanes);
	log_info("ready: admin on http%s://%s",
		 s->fleet->tls_admin != NULL ? "s" : "",
		 addr_text(admin_addr(s->admin), text));
	for (size_t i = 0; i < s->entrance.n; i++)
		tenant_notice_open(s->fleet->conf,
				   &s->entrance.address[i]->bound);
	tenant_notice(s->fleet->conf);
}

static enum status announce_all(const struct server *s, const char *file,
				struct error *err)
{
	const struct entrance *e = &s->entrance;
	struct addr *bound = mem_array(e->n, sizeof(*bound));
	enum status status;

	for (size_t i = 0; i < e->n; i++)
		bound[i] = e->address[i]->bound;
	status = announce_write(file, bound, e->n, admin_addr(s->admin), err);
	mem_free(bound);
	return status;
}

/* From here on it serves, and whoever waits for that hears it. */
static enum status open_up(struct server *s, struct error *err)
{
	const char *announce = s->options->announce;
	enum status status = admin_open(s->admin, err);

	if (status != OK)
		return status;
	/* Some of whom may have been found but now. */
	server_take_drained(s);
	guard_refresh(probe_guard(s->probe));
	/* Behind the tenants in each lane's mail: nobody comes in before. */
	entrance_admit(&s->entrance, s->lane);
	if (announce != NULL)
		status = announce_all(s, announce, err);
	if (status != OK)
		return status;
	say_ready(s);
	server_hear_drained(s, inherit_say_ready(&s->inherited));
	inherit_fini(&s->inherited);
	notify_ready();
	watchdog_start(&s->watchdog, &s->loop, s->mailbox, s->lane, s->n_lanes);
	return OK;
}

/* Neither being learned nor about to be: what is not believed has a doubt
 * once it was looked at. */
static bool is_learned(const struct worker *w)
{
	enum worker_trust trust = atomic_load(&w->trust);

	return trust == WORKER_EXACT ||
	       (trust == WORKER_FALLBACK &&
		atomic_load(&w->doubt) != WORKER_NO_DOUBT);
}

/* Every model has a worker that is up, and no worker's cache is being learned
 * any more. */
static bool is_warm(const struct server *s)
{
	struct report r = {s->fleet, s->exact, s->approx, s->recall};
	struct buf why = {0};
	bool warm = report_ready(&r, &why);

	buf_fini(&why);
	for (size_t i = 0; warm && i < s->fleet->n_workers; i++) {
		const struct worker *w = s->fleet->worker[i];

		warm = atomic_load(&w->health) != WORKER_UNKNOWN &&
		       is_learned(w);
	}
	return warm;
}

/* Whoever comes in finds workers, where some can be found. Where another
 * gateway serves meanwhile there is time to get warm, too. */
static bool may_open(const struct server *s)
{
	if (clock_ms() >= s->warm_by_ms)
		return true;
	if (!discover_is_known(s->discover) || s->reloading)
		return false;
	return s->inherited.from != INHERIT_GATEWAY || is_warm(s);
}

static void look_if_warm(void *arg)
{
	struct server *s = arg;
	struct error err = {0};

	if (!may_open(s)) {
		timer_set(&s->warm, LOOK_WARM_MS);
		return;
	}
	if (open_up(s, &err) == OK)
		return;
	log_error("start: %s", err.text);
	s->status = EXIT_FATAL;
	loop_stop(&s->loop);
}

static int fail(const struct error *err, int status)
{
	log_error("start: %s", err->text);
	return status;
}

static void create_tenant_watch(struct server *s)
{
	const struct tenant_watch_options o = {
		.loop = &s->loop,
		.mailbox = s->mailbox,
		.helpers = s->helpers,
		.metrics = s->metrics,
		.changed = on_tenants,
		.arg = s,
	};

	s->tenant_watch = tenant_watch_create(&o);
}

static void create_discover(struct server *s)
{
	const struct discover_options o = {
		.mailbox = s->mailbox,
		.metrics = s->metrics,
		.changed = server_on_found,
		.arg = s,
	};

	s->discover = discover_create(&o);
}

static void create_engine_room(struct server *s)
{
	const struct conf *c = s->fleet->conf;
	struct proxy_options explainer;

	loop_init(&s->loop);
	s->mailbox = mailbox_create(&s->loop, s);
	s->metrics = metrics_create(version_text, version_commit);
	s->exact = index_create(c->index_max_bytes);
	s->approx = index_create(c->approx_max_bytes);
	s->underway = underway_create();
	s->recall = recall_create(c->conversations_max_bytes);
	s->helpers = workq_create(c->helpers ? c->helpers : core_count());
	s->ingest = ingest_create(s->exact, s->approx, s->metrics);
	s->probe = probe_create(&s->loop, s->metrics);
	s->placement = placement_create(&s->loop, s->metrics, s->exact);
	s->decision_log = decision_log_create(
		s->metrics->cell[METRICS_DECISIONS_DROPPED]);
	s->tracer = tracer_create(s->metrics, version_text);
	explainer = proxy_options(s, clock_ns());
	s->explainer = proxy_create(&explainer, s->fleet);
	create_tenant_watch(s);
	create_discover(s);
	server_reload_init(s);
	timer_init(&s->warm, &s->loop, look_if_warm, s);
	server_end_init(s);
	create_signals(s);
}

/* All that is owed to clients and files is put away before what may wait for
 * helpers. */
static void destroy(struct server *s, int status)
{
	struct end_bound bound;

	end_bound_start(&bound, END_MS, status);
	s->ended = true;
	for (size_t i = 0; i < SERVER_SIGNALS; i++)
		if (s->signal[i] != NULL)
			event_free(s->signal[i]);
	server_reload_fini(s);
	timer_fini(&s->warm);
	watchdog_stop(&s->watchdog);
	overload_stop(&s->overload);
	server_end_fini(s);
	for (size_t i = 0; i < s->n_lanes; i++)
		lane_destroy(&s->lane[i]);
	entrance_fini(&s->entrance);
	inherit_fini(&s->inherited);
	mem_free(s->lane);
	proxy_destroy(&s->explainer);
	decision_log_destroy(&s->decision_log);
	tracer_destroy(&s->tracer);
	mem_free(s->decision_file);
	admin_destroy(&s->admin);
	probe_destroy(&s->probe);
	placement_destroy(&s->placement);
	ingest_destroy(&s->ingest);
	discover_stop(s->discover);
	workq_destroy(&s->helpers);
	mailbox_destroy(&s->mailbox);
	tenant_watch_destroy(&s->tenant_watch);
	discover_destroy(&s->discover);
	fleet_unref(&s->fleet);
	index_destroy(&s->exact);
	underway_destroy(&s->underway);
	index_destroy(&s->approx);
	recall_destroy(&s->recall);
	metrics_destroy(&s->metrics);
	loop_fini(&s->loop);
	end_bound_stop(&bound);
}

static int serve(struct server *s)
{
	struct error err = {0};

	create_engine_room(s);
	if (start_admin(s, &err) != OK || start_serving(s, &err) != OK)
		return fail(&err, EXIT_BIND);
	server_note_reload(s, true);
	server_take_drained(s);
	server_take_fleet(s, fleet_ref(s->fleet));
	admin_set_fleet(s->admin, s->fleet);
	if (s->inherited.from == INHERIT_GATEWAY ||
	    !discover_is_known(s->discover)) {
		s->warm_by_ms = clock_ms() + WARM_MS;
		timer_set(&s->warm, 0);
	} else if (open_up(s, &err) != OK) {
		return fail(&err, EXIT_FATAL);
	}
	loop_run(&s->loop);
	if (s->status == EXIT_FINE)
		log_info("stop: done");
	return s->status;
}

int server_run(struct conf *conf, const struct server_options *options)
{
	struct server s = {.options = options};
	struct error err = {0};
	int status;

	/* First: descriptors and environment are nobody else's yet. */
	if (inherit_take(&s.inherited, &err) != OK)
		return fail(&err, EXIT_FATAL);
	s.tls_stamp = conf_tls_stamp(conf, NULL);
	s.fleet = fleet_create(conf, NULL, &err);
	if (s.fleet == NULL) {
		inherit_fini(&s.inherited);
		return fail(&err, EXIT_CONFIG);
	}
	status = serve(&s);
	destroy(&s, status);
	return status;
}
