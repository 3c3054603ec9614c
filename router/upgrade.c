#include "router/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "router/inherit.h"

#define WHY_BYTES 128

/* Its exit status once it is gone. */
static int reap(struct upgrade *u)
{
	int status = 0;

	/* Nothing for one that ends by itself already. */
	kill(u->process, SIGKILL);
	while (waitpid(u->process, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void forget(struct upgrade *u)
{
	watch_close(&u->ready, u->loop);
	timer_clear(&u->patience);
	u->process = 0;
}

static void tell_over(struct upgrade *u, const char *why)
{
	pid_t process = u->process;

	forget(u);
	u->over(u->arg, process, why);
}

static void fail(struct upgrade *u, bool late)
{
	char why[WHY_BYTES];
	int status = reap(u);

	if (late)
		snprintf(why, sizeof(why), "it was not ready in time");
	else if (WIFEXITED(status))
		snprintf(why, sizeof(why), "it ended with status %d",
			 WEXITSTATUS(status));
	else
		snprintf(why, sizeof(why), "it was ended by signal %d",
			 WTERMSIG(status));
	tell_over(u, why);
}

static void on_ready(struct watch *w, uint32_t events)
{
	struct upgrade *u = CONTAINER_OF(w, struct upgrade, ready);
	char byte;
	ssize_t n = read(w->fd, &byte, 1);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != 1) {
		fail(u, false);
		return;
	}
	u->heir = w->fd;
	watch_stop(w, u->loop);
	tell_over(u, NULL);
}

static void on_late(void *arg)
{
	fail(arg, true);
}

void upgrade_init(struct upgrade *u, struct loop *l,
		  void (*over)(void *arg, pid_t process, const char *why),
		  void *arg)
{
	*u = (struct upgrade){
		.loop = l,
		.ready = {.fd = -1},
		.heir = -1,
		.over = over,
		.arg = arg,
	};
	timer_init(&u->patience, l, on_late, u);
}

bool upgrade_tell(const struct upgrade *u, struct slice text)
{
	return u->heir >= 0 &&
	       send(u->heir, text.p, text.n, MSG_NOSIGNAL) == (ssize_t)text.n;
}

void upgrade_give_up(struct upgrade *u)
{
	if (u->heir >= 0)
		close(u->heir);
	u->heir = -1;
	if (u->process != 0) {
		reap(u);
		forget(u);
	}
	timer_fini(&u->patience);
}

/* Out of the way of the numbers they are to get. */
static enum status lift(const int *fd, int *lifted, size_t n, struct error *err)
{
	int above = INHERIT_FIRST_FD + (int)n;

	for (size_t i = 0; i < n; i++) {
		lifted[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, above);
		if (lifted[i] < 0)
			return error_set(err, ERR_IO, "descriptors: %s",
					 strerror(errno));
	}
	return OK;
}

/* The child has no descriptor but these and the standard ones, no signal
 * blocked and none ignored. */
static enum status spawn(const struct upgrade_start *s, const int *lifted,
			 size_t n, pid_t *process, struct error *err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all, none;
	int failed;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	for (size_t i = 0; i < n; i++)
		posix_spawn_file_actions_adddup2(&files, lifted[i],
						 INHERIT_FIRST_FD + (int)i);
	posix_spawn_file_actions_addclosefrom_np(&files,
						 INHERIT_FIRST_FD + (int)n);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
					       POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	failed = posix_spawn(process, s->program, &files, &how, s->argument,
			     s->environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	if (failed != 0)
		return error_set(err, ERR_IO, "%s: %s", s->program,
				 strerror(failed));
	return OK;
}

static enum status start(const struct upgrade_start *s, int its_end,
			 pid_t *process, struct error *err)
{
	size_t n = s->n + 1;
	int *fd = mem_array(2 * n, sizeof(*fd)), *lifted = fd + n;
	enum status status;

	if (s->n > 0)
		memcpy(fd, s->fd, s->n * sizeof(*fd));
	fd[s->n] = its_end;
	memset(lifted, -1, n * sizeof(*lifted));
	status = lift(fd, lifted, n, err);
	if (status == OK)
		status = spawn(s, lifted, n, process, err);
	for (size_t i = 0; i < n; i++)
		if (lifted[i] >= 0)
			close(lifted[i]);
	mem_free(fd);
	return status;
}

enum status upgrade_begin(struct upgrade *u, const struct upgrade_start *s,
			  struct error *err)
{
	enum status status;
	int end[2];

	ASSERT(u->process == 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       end) != 0)
		return error_set(err, ERR_IO, "socketpair: %s",
				 strerror(errno));
	status = start(s, end[1], &u->process, err);
	close(end[1]);
	if (status != OK) {
		close(end[0]);
		u->process = 0;
		return status;
	}
	watch_start(&u->ready, u->loop, end[0], EPOLLIN, on_ready);
	timer_set(&u->patience, s->patience_ms);
	return OK;
}
