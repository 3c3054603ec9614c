#include "router/inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define SYSTEMD_PID   "LISTEN_PID"
#define SYSTEMD_FDS   "LISTEN_FDS"
#define SYSTEMD_NAMES "LISTEN_FDNAMES"
/* By the parent's number: a child cannot be told its own before it runs. */
#define GATEWAY_PID     "WARMPATH_LISTEN_PPID"
#define GATEWAY_FDS     "WARMPATH_LISTEN_FDS"
#define GATEWAY_NAMES   "WARMPATH_LISTEN_FDNAMES"
#define GATEWAY_DRAINED "WARMPATH_DRAINED_WORKERS"

static const char *const all_words[] = {
	SYSTEMD_PID, SYSTEMD_FDS,   SYSTEMD_NAMES,   GATEWAY_PID,
	GATEWAY_FDS, GATEWAY_NAMES, GATEWAY_DRAINED,
};

/* --- words ---------------------------------------------------------- */

static enum status name_sockets(const char *names, struct inherited_socket *s,
				size_t n, struct error *err)
{
	struct slice all = slice_of(names);

	for (size_t i = 0; i < n; i++) {
		struct slice name = slice_split(&all, ':');

		if (name.n >= INHERIT_NAME_BYTES)
			return error_set(err, ERR_INVALID,
					 "a handed-over socket's name is over "
					 "%d bytes",
					 INHERIT_NAME_BYTES - 1);
		if (name.n > 0)
			memcpy(s[i].name, name.p, name.n);
	}
	return OK;
}

enum status inherit_parse(const struct inherit_words *w, pid_t pid,
			  struct inherited_socket **out, size_t *n,
			  struct error *err)
{
	struct inherited_socket *s;
	uint64_t meant, count;

	*out = NULL;
	*n = 0;
	if (w->pid == NULL || w->fds == NULL)
		return OK;
	if (slice_to_u64(slice_of(w->pid), INT32_MAX, &meant) != OK)
		return error_set(err, ERR_INVALID,
				 "'%s' is not a process's number, where "
				 "sockets are handed over",
				 w->pid);
	if ((pid_t)meant != pid)
		return OK;
	if (slice_to_u64(slice_of(w->fds), INHERIT_MAX, &count) != OK)
		return error_set(err, ERR_INVALID,
				 "'%s' is not how many sockets are handed "
				 "over, 0 to %d",
				 w->fds, INHERIT_MAX);
	s = mem_zalloc(count * sizeof(*s));
	for (size_t i = 0; i < count; i++)
		s[i].fd = INHERIT_FIRST_FD + (int)i;
	if (w->names != NULL && name_sockets(w->names, s, count, err) != OK) {
		mem_free(s);
		return ERR_INVALID;
	}
	*out = s;
	*n = count;
	return OK;
}

/* Takes the text over. */
static char *word_of(struct buf *text)
{
	char *word = mem_strndup(text->p, buf_len(text));

	buf_fini(text);
	return word;
}

static char *names_word(const char *const *name, size_t n)
{
	struct buf text = {0};

	buf_puts(&text, GATEWAY_NAMES "=");
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i > 0 ? ":" : "", name[i]);
	return word_of(&text);
}

char **inherit_environment(const char *const *name, size_t n,
			   struct slice drained)
{
	struct buf pid = {0}, count = {0}, names = {0};
	size_t n_words = 0;
	char **out;

	while (environ[n_words] != NULL)
		n_words++;
	out = mem_zalloc((n_words + 5) * sizeof(*out));
	for (size_t i = 0; i < n_words; i++)
		out[i] = mem_strdup(environ[i]);
	buf_printf(&pid, GATEWAY_PID "=%ld", (long)getpid());
	buf_printf(&count, GATEWAY_FDS "=%zu", n);
	buf_printf(&names, GATEWAY_DRAINED "=%.*s", SLICE_ARG(drained));
	out[n_words] = word_of(&pid);
	out[n_words + 1] = word_of(&count);
	out[n_words + 2] = word_of(&names);
	out[n_words + 3] = names_word(name, n);
	return out;
}

void inherit_free_environment(char **words)
{
	for (char **w = words; *w != NULL; w++)
		mem_free(*w);
	mem_free(words);
}

/* --- descriptors ---------------------------------------------------- */

static bool is_listening(int fd)
{
	int type = 0, listens = 0;
	socklen_t n = sizeof(type), m = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &m) == 0 &&
	       listens != 0;
}

/* No child of ours gets them unasked, and nobody waits in accept(). */
static enum status take_over(struct inherited_socket *s, struct error *err)
{
	int flags = fcntl(s->fd, F_GETFL);

	if (!is_listening(s->fd) || addr_of_socket(s->fd, &s->addr) != OK)
		return error_set(err, ERR_INVALID,
				 "handed-over descriptor %d '%s' is not a "
				 "listening stream socket",
				 s->fd, s->name);
	if (fcntl(s->fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(s->fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return error_set(err, ERR_IO, "handed-over descriptor %d: %s",
				 s->fd, strerror(errno));
	return OK;
}

static enum status read_words(struct inherited *in, struct error *err)
{
	const struct inherit_words gateway = {getenv(GATEWAY_PID),
					      getenv(GATEWAY_FDS),
					      getenv(GATEWAY_NAMES)};
	const struct inherit_words systemd = {getenv(SYSTEMD_PID),
					      getenv(SYSTEMD_FDS),
					      getenv(SYSTEMD_NAMES)};
	const char *drained = getenv(GATEWAY_DRAINED);
	enum status status = inherit_parse(&gateway, getppid(), &in->socket,
					   &in->n, err);

	if (status == OK && in->socket != NULL) {
		in->from = INHERIT_GATEWAY;
		in->ready_fd = INHERIT_FIRST_FD + (int)in->n;
		in->drained = drained ? mem_strdup(drained) : NULL;
		return OK;
	}
	if (status != OK)
		return status;
	status = inherit_parse(&systemd, getpid(), &in->socket, &in->n, err);
	if (status == OK && in->n > 0)
		in->from = INHERIT_SYSTEMD;
	return status;
}

enum status inherit_take(struct inherited *in, struct error *err)
{
	enum status status;

	*in = (struct inherited){.ready_fd = -1};
	status = read_words(in, err);
	for (size_t i = 0; i < ARRAY_LEN(all_words); i++)
		unsetenv(all_words[i]);
	for (size_t i = 0; status == OK && i < in->n; i++)
		status = take_over(&in->socket[i], err);
	if (status == OK && in->ready_fd >= 0 &&
	    fcntl(in->ready_fd, F_SETFD, FD_CLOEXEC) != 0)
		in->ready_fd = -1;
	return status;
}

void inherit_fini(struct inherited *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->socket[i].fd >= 0)
			close(in->socket[i].fd);
	if (in->ready_fd >= 0)
		close(in->ready_fd);
	mem_free(in->socket);
	mem_free(in->drained);
	*in = (struct inherited){.ready_fd = -1};
}

/* --- who gets them -------------------------------------------------- */

static bool is_admins(const struct inherited_socket *s)
{
	return strcmp(s->name, INHERIT_ADMIN) == 0;
}

static bool is_meant(const struct addr *asked, const struct addr *bound)
{
	char a[ADDR_TEXT_BYTES], b[ADDR_TEXT_BYTES];
	struct addr any = *bound;

	if (asked->sa.ss_family != bound->sa.ss_family)
		return false;
	if (asked->sa.ss_family != AF_UNIX && addr_port(asked) == 0)
		any = addr_with_port(bound, 0);
	return strcmp(addr_text(asked, a), addr_text(&any, b)) == 0;
}

size_t inherit_find(struct inherited *in, const struct addr *asked, bool admin,
		    int *fd, size_t max)
{
	struct addr want = *asked;
	size_t n = 0;

	for (size_t i = 0; i < in->n && n < max; i++) {
		struct inherited_socket *s = &in->socket[i];

		if (s->fd < 0 || is_admins(s) != admin ||
		    !is_meant(&want, &s->addr))
			continue;
		/* Any port was the first one's; all others are its fellows. */
		want = s->addr;
		fd[n++] = s->fd;
		s->fd = -1;
	}
	return n;
}

const struct addr *inherit_next(const struct inherited *in, bool admin)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->socket[i].fd >= 0 && is_admins(&in->socket[i]) == admin)
			return &in->socket[i].addr;
	return NULL;
}

int inherit_say_ready(struct inherited *in)
{
	int fd = in->ready_fd;

	in->ready_fd = -1;
	if (fd >= 0 && write(fd, "r", 1) != 1)
		log_warn("start: nobody waits to hear that it is ready");
	return fd;
}
