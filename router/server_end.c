/* How a gateway ends: drained, at once, or with another in its place. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/notify.h"
#include "router/server_own.h"

/* For who was let in by the admin, and has not been heard yet. */
#define ADMIN_LINGER_MS 1000

static void close_entrance(void *arg)
{
	struct server *s = arg;

	entrance_close(&s->entrance);
}

/* Readiness fails at once; who has not seen that yet, such as a load
 * balancer, is served for the delay. */
static void drain(struct server *s)
{
	const struct conf_timeouts *t = &s->fleet->conf->timeouts;
	const struct drain_times times = {t->drain_delay,
					  t->drain_delay + t->drain};

	s->draining = true;
	upgrade_give_up(&s->upgrade);
	notify_stopping();
	log_info("stop: draining for up to %llu s",
		 (unsigned long long)times.deadline_ms / 1000);
	admin_set_draining(s->admin);
	for (size_t i = 0; i < s->n_lanes; i++)
		lane_drain(s->lane[i], &times);
	timer_set(&s->close_entrance, t->drain_delay);
}

static void stop_at_once(struct server *s, const char *why)
{
	log_warn("stop: %s: cutting what is open", why);
	loop_stop(&s->loop);
}

void server_on_terminate(int fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	if (s->draining)
		stop_at_once(s, "asked twice");
	else
		drain(s);
}

void server_on_quit(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stop_at_once(arg, "SIGQUIT");
}

/* --- another in its place ------------------------------------------- */

/* As it was called, so that a link to it may have moved on; a name without a
 * folder may mean another file by now. */
static char *program_path(const char *called)
{
	char path[4096];
	ssize_t n;

	if (strchr(called, '/') != NULL)
		return mem_strdup(called);
	n = readlink("/proc/self/exe", path, sizeof(path));
	return n > 0 ? mem_strndup(path, (size_t)n) : mem_strdup(called);
}

static void close_admin(void *arg)
{
	struct server *s = arg;

	admin_destroy(&s->admin);
	server_stop_if_empty(s);
}

/* The clients that are here may ask once more; what they asked goes on. */
static void hand_over(struct server *s, pid_t to)
{
	uint64_t drain_ms = s->fleet->conf->timeouts.drain;
	const struct drain_times times = {drain_ms, drain_ms};

	s->draining = true;
	log_info("upgrade: process %ld serves; draining for up to %llu s",
		 (long)to, (unsigned long long)drain_ms / 1000);
	notify_successor(to);
	server_tell_drained(s);
	/* It may have read the configuration before that had changed. */
	if (s->asked_late)
		kill(to, SIGHUP);
	watchdog_stop(&s->watchdog);
	admin_leave(s->admin);
	timer_set(&s->close_admin, ADMIN_LINGER_MS);
	entrance_leave(&s->entrance);
	for (size_t i = 0; i < s->n_lanes; i++)
		lane_drain(s->lane[i], &times);
}

static void on_upgrade_over(void *arg, pid_t process, const char *why)
{
	if (why == NULL)
		hand_over(arg, process);
	else
		log_error("upgrade: process %ld: %s: going on as before",
			  (long)process, why);
}

/* Clients' sockets and the admin's. */
static int *gather_sockets(const struct server *s, const char ***name,
			   size_t *n)
{
	int *fd = entrance_sockets(&s->entrance, n);

	fd = mem_realloc(fd, (*n + 1) * sizeof(*fd));
	*name = mem_array(*n + 1, sizeof(**name));
	for (size_t i = 0; i < *n; i++)
		(*name)[i] = INHERIT_CLIENTS;
	fd[*n] = admin_socket(s->admin);
	(*name)[(*n)++] = INHERIT_ADMIN;
	return fd;
}

static void begin_upgrade(struct server *s)
{
	struct error err = {0};
	const char **name;
	size_t n;
	int *fd = gather_sockets(s, &name, &n);
	struct upgrade_start start = {
		.program = s->program,
		.argument = s->options->argument,
		.fd = fd,
		.n = n,
		.patience_ms = s->fleet->conf->timeouts.upgrade,
	};

	s->asked_late = false;
	start.environment = inherit_environment(name, n, server_drained(s));
	if (upgrade_begin(&s->upgrade, &start, &err) != OK)
		log_error("upgrade: %s: going on as before", err.text);
	else
		log_info("upgrade: %s starts as process %ld", s->program,
			 (long)s->upgrade.process);
	inherit_free_environment((char **)start.environment);
	mem_free(name);
	mem_free(fd);
}

void server_on_upgrade(int fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	if (s->draining || s->upgrade.process != 0 || s->warm.due_ms != 0)
		log_warn("upgrade: not now: %s",
			 s->draining ? "it ends" : "one is under way");
	else
		begin_upgrade(s);
}

void server_end_init(struct server *s)
{
	timer_init(&s->close_entrance, &s->loop, close_entrance, s);
	timer_init(&s->close_admin, &s->loop, close_admin, s);
	upgrade_init(&s->upgrade, &s->loop, on_upgrade_over, s);
	s->predecessor.fd = -1;
	s->program = program_path(s->options->argument[0]);
}

void server_end_fini(struct server *s)
{
	timer_fini(&s->close_entrance);
	timer_fini(&s->close_admin);
	upgrade_give_up(&s->upgrade);
	watch_close(&s->predecessor, &s->loop);
	buf_fini(&s->drained);
	buf_fini(&s->word);
	mem_free(s->program);
}
