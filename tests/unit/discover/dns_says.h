/* A DNS server that says the same to whoever asks for one type, with the
 * question in it. Needs cmocka's header before it. */
#ifndef TESTS_UNIT_DISCOVER_DNS_SAYS_H
#define TESTS_UNIT_DISCOVER_DNS_SAYS_H

#include <stdatomic.h>
#include <string.h>

#include "common/base/thread.h"
#include "router/discover/dns_answer.h"
#include "tests/unit/tcp.h"

#define DNS_FINE    "\x85\x80" /* flags of an answer */
#define DNS_NO_NAME "\x85\x83"
#define DNS_CANNOT  "\x85\x82"

/* Records, whose names are the question's ("\xc0\x0c"). */
struct dns_said {
	enum dns_type type;
	unsigned char n;
	struct slice records;
};

struct dns_says {
	struct thread thread;
	struct addr at;
	int fd;
	const char *flags;
	const struct dns_said *said; /* n of them; others: no records */
	size_t n;
	atomic_uint asked;
};

/* Behind the question of `m`. */
static inline size_t dns_question_end(const unsigned char *m, size_t n)
{
	size_t at = 12;

	while (at < n && m[at] != 0)
		at += m[at] + 1u;
	return at + 5;
}

static inline size_t dns_put_answer(struct dns_says *s, unsigned char *m,
				    size_t n)
{
	size_t end = dns_question_end(m, n);
	unsigned type = (unsigned)(m[end - 4] << 8 | m[end - 3]);

	memcpy(m + 2, s->flags, 2);
	/* What else a question may bring along is left out. */
	memset(m + 6, 0, 6);
	for (size_t i = 0; i < s->n; i++) {
		if (s->said[i].type != type)
			continue;
		m[7] = s->said[i].n;
		memcpy(m + end, s->said[i].records.p, s->said[i].records.n);
		return end + s->said[i].records.n;
	}
	return end;
}

static inline void dns_serve(void *arg)
{
	struct dns_says *s = arg;
	unsigned char m[512], from[128];

	for (;;) {
		socklen_t n_from = sizeof(from);
		ssize_t n = recvfrom(s->fd, m, 256, 0, (void *)from, &n_from);

		if (n < 12 || dns_question_end(m, (size_t)n) > (size_t)n)
			return;
		atomic_fetch_add(&s->asked, 1);
		sendto(s->fd, m, dns_put_answer(s, m, (size_t)n), 0,
		       (void *)from, n_from);
	}
}

static inline void dns_says_start(struct dns_says *s, const char *flags,
				  const struct dns_said *said, size_t n)
{
	*s = (struct dns_says){.flags = flags, .said = said, .n = n};
	assert_int_equal(addr_parse("127.0.0.1:0", &s->at, NULL), OK);
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (void *)&s->at.sa, s->at.n), 0);
	assert_int_equal(addr_of_socket(s->fd, &s->at), OK);
	thread_start(&s->thread, "dns", dns_serve, s);
}

static inline void dns_says_stop(struct dns_says *s)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sendto(fd, "", 1, 0, (void *)&s->at.sa, s->at.n);
	thread_join(&s->thread);
	close(fd);
	close(s->fd);
}

#endif
