#include "common/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum status parse_unix(struct slice path, struct addr *out,
			      struct error *err)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (path.n == 0 || path.n >= sizeof(un.sun_path))
		return error_set(err, ERR_LIMIT,
				 "unix:%.*s: the path must have 1 to %zu bytes",
				 SLICE_ARG(path), sizeof(un.sun_path) - 1);
	memcpy(un.sun_path, path.p, path.n);
	*out = (struct addr){.n = sizeof(un)};
	memcpy(&out->sa, &un, sizeof(un));
	return OK;
}

/* "host:port" or "[v6]:port"; the host may be empty. */
static bool split_port(struct slice text, struct slice *host,
		       struct slice *port)
{
	size_t at = text.n;

	while (at > 0 && text.p[at - 1] != ':')
		at--;
	if (at == 0)
		return false;
	*port = slice_from(text, at);
	*host = (struct slice){text.p, at - 1};
	if (host->n < 2 || host->p[0] != '[' || host->p[host->n - 1] != ']')
		return slice_find(*host, ':') == host->n;
	*host = (struct slice){host->p + 1, host->n - 2};
	return slice_find(*host, ':') < host->n;
}

/* A name with both families means IPv4: "localhost" is [::1] first, and
 * engines listen on 0.0.0.0 unless told otherwise. */
static const struct addrinfo *preferred(const struct addrinfo *found)
{
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
		if (a->ai_family == AF_INET)
			return a;
	return found;
}

static enum status look_up(const char *text, const char *host, const char *port,
			   struct addr *out, struct error *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (*host ? 0 : AI_PASSIVE),
	};
	const struct addrinfo *best;
	struct addrinfo *found = NULL;
	int problem = getaddrinfo(*host ? host : "0.0.0.0", port, &hints,
				  &found);

	if (problem != 0)
		return error_set(err, ERR_NOT_FOUND, "%s: %s", text,
				 gai_strerror(problem));
	best = preferred(found);
	*out = (struct addr){.n = best->ai_addrlen};
	memcpy(&out->sa, best->ai_addr, best->ai_addrlen);
	freeaddrinfo(found);
	return OK;
}

enum status addr_parse(const char *text, struct addr *out, struct error *err)
{
	struct slice whole = slice_of(text), host, port;
	char host_text[256], port_text[8];
	uint64_t number;

	if (slice_starts(whole, SLICE("unix:")))
		return parse_unix(slice_from(whole, 5), out, err);
	if (!split_port(whole, &host, &port) || host.n >= sizeof(host_text) ||
	    slice_to_u64(port, 65535, &number) != OK)
		return error_set(err, ERR_INVALID,
				 "'%s' is not host:port, [v6]:port, :port or "
				 "unix:/path",
				 text);
	snprintf(host_text, sizeof(host_text), "%.*s", SLICE_ARG(host));
	snprintf(port_text, sizeof(port_text), "%u", (unsigned)number);
	return look_up(text, host_text, port_text, out, err);
}

char *addr_text(const struct addr *a, char out[ADDR_TEXT_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *v4 = (const void *)&a->sa;
	const struct sockaddr_in6 *v6 = (const void *)&a->sa;
	const struct sockaddr_un *un = (const void *)&a->sa;

	switch (a->sa.ss_family) {
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(out, ADDR_TEXT_BYTES, "%s:%u", host, addr_port(a));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(out, ADDR_TEXT_BYTES, "[%s]:%u", host, addr_port(a));
		break;
	case AF_UNIX:
		snprintf(out, ADDR_TEXT_BYTES, "unix:%.108s", un->sun_path);
		break;
	default: snprintf(out, ADDR_TEXT_BYTES, "?"); break;
	}
	return out;
}

struct addr addr_with_port(const struct addr *a, unsigned port)
{
	struct addr copy = *a;

	if (a->sa.ss_family == AF_INET)
		((struct sockaddr_in *)&copy.sa)->sin_port = htons(
			(uint16_t)port);
	else if (a->sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&copy.sa)->sin6_port = htons(
			(uint16_t)port);
	return copy;
}

unsigned addr_port(const struct addr *a)
{
	if (a->sa.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&a->sa)->sin_port);
	if (a->sa.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&a->sa)->sin6_port);
	return 0;
}

bool addr_is_local(const struct addr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->sa;
	const struct sockaddr_in6 *v6 = (const void *)&a->sa;

	switch (a->sa.ss_family) {
	case AF_UNIX: return true;
	case AF_INET: return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	default: return false;
	}
}

static int open_socket(const struct addr *a)
{
	return socket(a->sa.ss_family,
		      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int addr_connect(const struct addr *a)
{
	int fd = open_socket(a), one = 1, err;

	if (fd < 0)
		return -1;
	if (a->sa.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&a->sa, a->n) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void set_seconds(int fd, int option, uint64_t ms)
{
	int s = ms >= 1000 ? (int)(ms / 1000) : 1;

	setsockopt(fd, IPPROTO_TCP, option, &s, sizeof(s));
}

void addr_notice_loss(int fd, uint64_t ms)
{
	unsigned limit = ms > INT_MAX ? INT_MAX : (unsigned)ms;
	int one = 1;

	/* What was sent and is not acknowledged; and, where nothing is under
	 * way, questions that are not answered. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit,
		       sizeof(limit)) != 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	set_seconds(fd, TCP_KEEPIDLE, limit / 4);
	set_seconds(fd, TCP_KEEPINTVL, limit / 8);
}

/* A socket that nobody listens on was left by a process that crashed. */
static bool remove_leftover(const struct addr *a)
{
	const struct sockaddr_un *un = (const void *)&a->sa;
	struct stat st;
	int fd;

	if (errno != EADDRINUSE || a->sa.ss_family != AF_UNIX ||
	    lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = addr_connect(a);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ECONNREFUSED && unlink(un->sun_path) == 0;
}

static bool bind_to(int fd, const struct addr *a)
{
	const struct sockaddr *sa = (const void *)&a->sa;
	int err;

	if (bind(fd, sa, a->n) == 0)
		return true;
	err = errno;
	if (remove_leftover(a) && bind(fd, sa, a->n) == 0)
		return true;
	errno = err;
	return false;
}

int addr_listen(const struct addr *a, int backlog, bool reuse_port,
		struct error *err)
{
	char text[ADDR_TEXT_BYTES];
	int fd = open_socket(a), one = 1;

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (reuse_port)
			setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one,
				   sizeof(one));
		if (bind_to(fd, a) && listen(fd, backlog) == 0)
			return fd;
	}
	error_set(err, ERR_IO, "cannot listen on %s: %s", addr_text(a, text),
		  strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

enum status addr_of_socket(int fd, struct addr *out)
{
	struct addr a = {.n = sizeof(a.sa)};

	if (getsockname(fd, (struct sockaddr *)&a.sa, &a.n) != 0)
		return ERR_IO;
	*out = a;
	return OK;
}
