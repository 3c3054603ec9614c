#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/conf/tls.h"
#include "router/notify.h"
#include "router/round.h"
#include "router/server_own.h"

/* How soon a certificate that has changed is noticed. */
#define CERTIFICATES_MS 3000

enum reload_cause {
	RELOAD_ASKED,        /* the file is read again */
	RELOAD_CERTIFICATES, /* files that it names have changed */
	RELOAD_FOUND,        /* other workers were found */
};

/* A configuration read and loaded by a helper. */
struct reload {
	struct job job;
	struct server *server;
	enum reload_cause cause;
	struct fleet *old, *fresh;
	struct conf *conf; /* NULL: to be read */
	struct found *found;
	const struct source *source;
	uint64_t tls_stamp; /* of the files, before they were read */
	struct round round; /* until every lane has taken it */
	struct conf_faults faults;
	struct error err;
};

void server_note_reload(struct server *s, bool ok)
{
	metric_put(s->metrics->cell[METRICS_RELOAD_OK], ok);
	if (ok)
		metric_put(s->metrics->cell[METRICS_RELOAD_TIME],
			   (double)clock_wall_us() / 1e6);
}

static void reload_run(struct job *j)
{
	struct reload *r = CONTAINER_OF(j, struct reload, job);
	struct conf *conf = r->conf != NULL ? conf_ref(r->conf) : NULL;
	struct conf_workers **found;

	if (conf == NULL && source_load(r->source, &conf, &r->faults) != OK)
		return;
	found = found_for(r->found, conf);
	r->tls_stamp = conf_tls_stamp(conf, found);
	r->fresh = fleet_create_with(conf, found, r->old, &r->err);
	mem_free(found);
	conf_unref(&conf);
}

/* What is made once; say so rather than ignore it. */
static void warn_of_unchangeable(const struct conf *a, const struct conf *b)
{
	if (a->threads != b->threads ||
	    a->explain_keep_bytes != b->explain_keep_bytes ||
	    memcmp(&a->admin, &b->admin, sizeof(a->admin)) != 0)
		log_warn("reload: admin, threads and explain.keep take effect "
			 "at the next start only");
}

static void report_faults(const struct reload *r)
{
	struct slice all = buf_slice(&r->faults.text);

	if (r->cause == RELOAD_FOUND) {
		log_error("discover: who was found cannot be taken: %s",
			  r->err.text);
		return;
	}
	log_error("reload: %s: the configuration in force stays",
		  source_name(r->source));
	while (all.n > 0) {
		struct slice line = slice_split(&all, '\n');

		log_error("reload: %.*s", SLICE_ARG(line));
	}
	if (r->err.status != OK)
		log_error("reload: %s", r->err.text);
}

/* The last thing that can fail, so that all or nothing is taken. */
static void change_entrance(struct server *s, struct reload *r)
{
	struct entrance_address *listen;
	size_t n;

	if (r->fresh == NULL || s->draining || r->cause == RELOAD_FOUND)
		return;
	listen = entrance_addresses(r->fresh->conf, &n);
	if (entrance_change(&s->entrance, listen, n, &r->err) != OK)
		fleet_unref(&r->fresh);
	mem_free(listen);
}

static void take(struct server *s, struct reload *r)
{
	change_entrance(s, r);
	if (r->fresh != NULL || r->cause == RELOAD_CERTIFICATES)
		s->tls_stamp = r->tls_stamp;
	/* Room for them may come with the end of who was there before. */
	s->found_late = r->fresh == NULL && r->cause == RELOAD_FOUND;
	if (r->fresh != NULL)
		server_take_fleet(s, fleet_ref(r->fresh));
}

static void tell(struct server *s, const struct reload *r)
{
	if (r->cause != RELOAD_FOUND) {
		server_note_reload(s, r->fresh != NULL);
		notify_ready();
	}
	if (r->fresh == NULL) {
		report_faults(r);
		return;
	}
	if (s->admin != NULL)
		admin_set_fleet(s->admin, r->fresh);
	warn_of_unchangeable(r->old->conf, r->fresh->conf);
	if (r->cause != RELOAD_FOUND)
		log_info("reload: %s is in force",
			 r->cause == RELOAD_ASKED ? source_name(r->source)
						  : "what its files hold now");
}

static void begin_reload(struct server *s, enum reload_cause cause);

/* What has come up meanwhile. */
static void go_on(struct server *s)
{
	if (s->draining)
		return;
	if (s->asked_again)
		begin_reload(s, RELOAD_ASKED);
	else if (s->found_again)
		begin_reload(s, RELOAD_FOUND);
}

static void end_reload(void *arg)
{
	struct reload *r = arg;
	struct server *s = r->server;

	s->reloading = false;
	if (!s->ended)
		tell(s, r);
	fleet_unref(&r->fresh);
	fleet_unref(&r->old);
	conf_unref(&r->conf);
	found_free(&r->found);
	buf_fini(&r->faults.text);
	mem_free(r);
	if (!s->ended)
		go_on(s);
}

/* It may come when nobody is left who could take it. Whoever hears or sees
 * that it is in force finds it so on every lane. */
static void reload_done(struct mail *m, void *receiver)
{
	struct reload *r = CONTAINER_OF(m, struct reload, job.mail);
	struct server *s = receiver;

	if (!s->ended)
		take(s, r);
	if (s->ended || r->fresh == NULL) {
		end_reload(r);
		return;
	}
	r->round = (struct round){s->mailbox, s->lane, s->n_lanes,
				  .done = end_reload, .arg = r};
	round_begin(&r->round);
}

/* With all workers that are found by now, whatever the cause. */
static void begin_reload(struct server *s, enum reload_cause cause)
{
	struct reload *r = mem_zalloc(sizeof(*r));
	bool asked = cause == RELOAD_ASKED;

	s->reloading = true;
	s->found_again = false;
	if (asked)
		s->asked_again = false;
	r->server = s;
	r->cause = cause;
	r->old = fleet_ref(s->fleet);
	r->conf = asked ? NULL : conf_ref(s->fleet->conf);
	r->found = discover_found(s->discover);
	r->source = s->options->source;
	r->job.run = reload_run;
	r->job.back_to = s->mailbox;
	r->job.mail.deliver = reload_done;
	if (cause != RELOAD_FOUND) {
		log_info("reload: reading %s",
			 asked ? source_name(r->source)
			       : "certificates that have changed");
		notify_reloading();
	}
	workq_post(s->helpers, &r->job);
}

void server_on_found(void *server)
{
	struct server *s = server;

	if (s->draining)
		return;
	if (s->reloading)
		s->found_again = true;
	else
		begin_reload(s, RELOAD_FOUND);
}

void server_on_hangup(int fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	if (s->draining)
		return;
	s->asked_late = s->upgrade.process != 0;
	if (s->reloading)
		s->asked_again = true;
	else
		begin_reload(s, RELOAD_ASKED);
}

/* Who renews certificates need not know of us. One that was refused is read
 * again when it has changed again. */
static void look_at_certificates(void *arg)
{
	struct server *s = arg;

	timer_set(&s->certificates, CERTIFICATES_MS);
	if (s->reloading || s->draining)
		return;
	if (s->found_late)
		begin_reload(s, RELOAD_FOUND);
	else if (conf_tls_stamp(s->fleet->conf, s->fleet->found) !=
		 s->tls_stamp)
		begin_reload(s, RELOAD_CERTIFICATES);
}

void server_reload_init(struct server *s)
{
	timer_init(&s->certificates, &s->loop, look_at_certificates, s);
	timer_set(&s->certificates, CERTIFICATES_MS);
}

void server_reload_fini(struct server *s)
{
	timer_fini(&s->certificates);
}
