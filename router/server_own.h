/* What the main thread owns. Private to server.c and server_*.c. */
#ifndef ROUTER_SERVER_OWN_H
#define ROUTER_SERVER_OWN_H

#include "router/admin/admin.h"
#include "router/discover/discover.h"
#include "router/entrance.h"
#include "router/overload.h"
#include "router/placement/placement.h"
#include "router/probe/probe.h"
#include "router/server.h"
#include "router/tenant_watch.h"
#include "router/upgrade.h"
#include "router/watchdog.h"

#define SERVER_SIGNALS 6

struct server {
	struct loop loop;
	struct mailbox *mailbox;
	struct metrics *metrics;
	struct budget budget; /* of retries */
	struct index *exact, *approx;
	struct underway *underway; /* prompts that workers compute */
	struct recall *recall;
	struct ingest *ingest;
	struct decision_log *decision_log;
	struct tracer *tracer;
	char *decision_file; /* that it writes to; or NULL */
	struct probe *probe;
	struct placement *placement;
	struct admin *admin;
	struct tenant_watch *tenant_watch;
	struct discover *discover;
	struct workq *helpers;
	struct proxy *explainer; /* a proxy without clients, on this loop */
	struct lane **lane;
	size_t n_lanes, n_drained;
	struct inherited inherited;
	struct entrance entrance;
	struct fleet *fleet;
	struct event *signal[SERVER_SIGNALS];
	struct timer close_entrance, close_admin, warm, certificates;
	uint64_t warm_by_ms;
	struct upgrade upgrade;
	struct watch predecessor; /* whose place this process has taken */
	struct buf drained;       /* workers, as told to a successor */
	struct buf word;          /* of the predecessor, not whole yet */
	struct overload overload;
	struct quota descriptors; /* of clients and workers */
	struct watchdog watchdog;
	const struct server_options *options;
	char *program; /* what an upgrade starts */
	bool reloading, draining;
	bool ended;         /* what helpers still bring is for nobody */
	bool asked_again;   /* to reload, while it did */
	bool asked_late;    /* to reload, while another was starting */
	bool found_again;   /* other workers, while it did */
	bool found_late;    /* they could not be taken, and may be later */
	uint64_t tls_stamp; /* of the certificates in force */
	int status;
};

/* Takes it over; each lane with its next turn, and the admin is told of it
 * by whoever has waited for them. */
void server_take_fleet(struct server *s, struct fleet *fresh);

/* Reads the configuration again when it is told to (SIGHUP), and the
 * certificates whenever their files have changed. */
void server_reload_init(struct server *s);
void server_reload_fini(struct server *s);
/* Other workers were found than are in force. */
void server_on_found(void *server);
void server_on_hangup(int fd, short what, void *server);
/* The last reading took effect, or did not. */
void server_note_reload(struct server *s, bool ok);

/* The decisions of all lanes that are asked for, see admin.h. */
void server_recall(void *server, const struct admin_recall *q, admin_done *done,
		   void *done_arg);
/* Where they are written down; NULL: nowhere. What cannot be opened is
 * logged, and leaves it as it is. */
void server_write_decisions(struct server *s, const char *file);
/* SIGUSR1 */
void server_on_reopen(int fd, short what, void *server);

/* Who is drained, a line each: for a successor. */
struct slice server_drained(struct server *s);
/* It hears what has changed since it was told. */
void server_tell_drained(struct server *s);
/* What the predecessor has told: at the start, and by this descriptor, which
 * is taken over; -1: there is none. */
void server_take_drained(struct server *s);
void server_hear_drained(struct server *s, int fd);

/* Once nobody is served any more. */
void server_stop_if_empty(struct server *s);
/* The timers and what else its end needs. */
void server_end_init(struct server *s);
void server_end_fini(struct server *s);
/* Signals, as libevent tells them: SIGTERM and SIGINT, SIGQUIT, SIGUSR2. */
void server_on_terminate(int fd, short what, void *server);
void server_on_quit(int fd, short what, void *server);
void server_on_upgrade(int fd, short what, void *server);

#endif
