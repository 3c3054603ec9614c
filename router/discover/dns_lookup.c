#include "router/discover/dns_lookup.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "common/base/clock.h"

/* Each server is asked so often, and waited for so long the first time. */
#define TRIES      2
#define PATIENT_MS 1000
/* Servers times domains to search in times tries may be many. */
#define LIMIT_MS 10000

struct lookup {
	const char *name;
	enum dns_type type;
	struct dns_answer *out;
	struct error *err;
	enum status status;
	bool is_done;
};

/* Why there is no answer; OK: there is one, without records. */
static enum status explain(int why, const char *name, struct error *err)
{
	switch (why) {
	case ARES_ENODATA: return OK;
	case ARES_ENOTFOUND:
		return error_set(err, ERR_NOT_FOUND, "there is no name %s",
				 name);
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_ECONNREFUSED:
	case ARES_ESERVFAIL:
		return error_set(err, ERR_IO,
				 "%s: no server has answered in time or could",
				 name);
	default:
		return error_set(err, ERR_IO, "%s: %s", name,
				 ares_strerror(why));
	}
}

static void on_answer(void *arg, int why, int timeouts, unsigned char *message,
		      int n)
{
	struct lookup *l = arg;

	(void)timeouts;
	l->is_done = true;
	if (why != ARES_SUCCESS) {
		l->status = explain(why, l->name, l->err);
		return;
	}
	l->status = dns_answer_read((struct slice){(char *)message, (size_t)n},
				    l->type, l->out);
	if (l->status == OK)
		return;
	if (l->status != ERR_LIMIT)
		l->status = ERR_IO;
	error_set(l->err, l->status,
		  l->status == ERR_LIMIT ? "%s: more than 1024 records"
					 : "%s: an answer is malformed",
		  l->name);
}

/* --- waiting ------------------------------------------------------------- */

/* A bit for each that is to be read, and from 16 on to be written. */
static short events_of(unsigned which, int i)
{
	return (short)((which >> i & 1u ? POLLIN : 0) |
		       (which >> (i + ARES_GETSOCK_MAXNUM) & 1u ? POLLOUT : 0));
}

static size_t sockets(ares_channel c, struct pollfd fd[ARES_GETSOCK_MAXNUM])
{
	ares_socket_t at[ARES_GETSOCK_MAXNUM];
	unsigned which = (unsigned)ares_getsock(c, at, ARES_GETSOCK_MAXNUM);
	size_t n = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++)
		if (events_of(which, i) != 0)
			fd[n++] = (struct pollfd){
				.fd = at[i], .events = events_of(which, i)};
	return n;
}

/* One socket has something; it may be closed by that. */
static void tell(ares_channel c, const struct pollfd *p)
{
	ares_process_fd(c, p->revents & ~POLLOUT ? p->fd : ARES_SOCKET_BAD,
			p->revents & POLLOUT ? p->fd : ARES_SOCKET_BAD);
}

/* Lets the channel go on until its next time-out, or `most_ms`. */
static void wait_once(ares_channel c, uint64_t most_ms)
{
	struct timeval most = {.tv_sec = (time_t)(most_ms / 1000),
			       .tv_usec = (suseconds_t)(most_ms % 1000 * 1000)};
	struct timeval left;
	const struct timeval *t = ares_timeout(c, &most, &left);
	struct pollfd fd[ARES_GETSOCK_MAXNUM];
	size_t n = sockets(c, fd);

	if (poll(fd, n, (int)(t->tv_sec * 1000 + t->tv_usec / 1000 + 1)) <= 0)
		ares_process_fd(c, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (size_t i = 0; i < n; i++)
		if (fd[i].revents != 0)
			tell(c, &fd[i]);
}

static void ask(ares_channel c, struct lookup *l)
{
	uint64_t end = clock_ms() + LIMIT_MS;

	ares_search(c, l->name, ns_c_in, (int)l->type, on_answer, l);
	for (uint64_t now; !l->is_done && (now = clock_ms()) < end;)
		wait_once(c, end - now);
	/* Whoever is still asked is not waited for. */
	ares_cancel(c);
}

/* --- whom to ask --------------------------------------------------------- */

static int use_servers(ares_channel c, const struct addr *server, size_t n)
{
	struct ares_addr_port_node node[DNS_MAX_SERVERS] = {0};

	if (n == 0)
		return ARES_SUCCESS;
	if (n > DNS_MAX_SERVERS)
		n = DNS_MAX_SERVERS;
	for (size_t i = 0; i < n; i++) {
		const struct sockaddr_in *at = (const void *)&server[i].sa;

		node[i].family = AF_INET;
		node[i].addr.addr4 = at->sin_addr;
		node[i].udp_port = node[i].tcp_port = ntohs(at->sin_port);
		node[i].next = i + 1 < n ? &node[i + 1] : NULL;
	}
	return ares_set_servers_ports(c, node);
}

static void begin_library(void)
{
	(void)ares_library_init(ARES_LIB_INIT_ALL);
}

enum status dns_lookup(const char *name, enum dns_type type,
		       const struct addr *server, size_t n,
		       struct dns_answer *out, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct lookup l = {.name = name, .type = type, .out = out, .err = err};
	struct ares_options o = {.tries = TRIES, .timeout = PATIENT_MS};
	ares_channel c;
	int why;

	pthread_once(&once, begin_library);
	*out = (struct dns_answer){0};
	why = ares_init_options(&c, &o, ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS);
	if (why != ARES_SUCCESS)
		return error_set(err, ERR_IO, "no resolver: %s",
				 ares_strerror(why));
	why = use_servers(c, server, n);
	if (why == ARES_SUCCESS)
		ask(c, &l);
	else
		l.status = error_set(err, ERR_IO, "%s: %s", name,
				     ares_strerror(why));
	ares_destroy(c);
	return l.status;
}
