#include "router/discover/dns_lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/thread.h"
#include "tests/unit/tcp.h"

#define NAME "vllm.test."

/* A server that says the same to whoever asks, with the question in it. */
struct server {
	struct thread thread;
	struct addr at;
	int fd;
	unsigned char flags[2], answers;
	struct slice tail; /* behind the question */
};

static void serve(void *arg)
{
	struct server *s = arg;
	unsigned char m[512], from[128];

	for (;;) {
		socklen_t n_from = sizeof(from);
		ssize_t n = recvfrom(s->fd, m, 256, 0, (void *)from, &n_from);

		if (n < 12)
			return;
		memcpy(m + 2, s->flags, 2);
		m[6] = 0;
		m[7] = s->answers;
		/* What else a question may bring along is left out. */
		memset(m + 8, 0, 4);
		n = 12 + (ssize_t)sizeof("\4vllm\4test") + 4;
		memcpy(m + n, s->tail.p, s->tail.n);
		sendto(s->fd, m, (size_t)n + s->tail.n, 0, (void *)from,
		       n_from);
	}
}

static void start(struct server *s, const char *flags, unsigned char answers,
		  struct slice tail)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(addr_parse("127.0.0.1:0", &s->at, NULL), OK);
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (void *)&s->at.sa, s->at.n), 0);
	assert_int_equal(addr_of_socket(s->fd, &s->at), OK);
	memcpy(s->flags, flags, 2);
	s->answers = answers;
	s->tail = tail;
	thread_start(&s->thread, "dns", serve, s);
}

static void stop(struct server *s)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sendto(fd, "", 1, 0, (void *)&s->at.sa, s->at.n);
	thread_join(&s->thread);
	close(fd);
	close(s->fd);
}

static enum status look_up(struct server *s, struct dns_answer *a,
			   struct error *err)
{
	*a = (struct dns_answer){0};
	*err = (struct error){0};
	return dns_lookup(NAME, DNS_A, &s->at, 1, a, err);
}

static void an_address_is_looked_up(void **unused)
{
	struct server s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, "\x85\x80", 1,
	      SLICE("\xc0\x0c\0\1\0\1\0\0\0\7\0\4\x0a\0\0\1"));
	assert_int_equal(look_up(&s, &a, &err), OK);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.ttl_s, 7);
	assert_memory_equal(a.record[0].address, "\x0a\0\0\1", 4);
	dns_answer_clear(&a);
	stop(&s);
}

static void a_name_without_records_is_an_answer(void **unused)
{
	struct server s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, "\x85\x80", 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), OK);
	assert_int_equal(a.n, 0);
	stop(&s);
}

static void a_name_that_is_not_there_is_not_found(void **unused)
{
	struct server s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, "\x85\x83", 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "there is no name " NAME);
	stop(&s);
}

static void a_server_that_cannot_is_a_failure(void **unused)
{
	struct server s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, "\x85\x82", 0, SLICE(""));
	assert_int_equal(look_up(&s, &a, &err), ERR_IO);
	stop(&s);
}

static void a_malformed_answer_is_a_failure(void **unused)
{
	struct server s;
	struct dns_answer a;
	struct error err;

	(void)unused;
	start(&s, "\x85\x80", 1,
	      SLICE("\xc0\x0c\0\1\0\1\0\0\0\7\0\x40\x0a\0\0\1"));
	assert_int_equal(look_up(&s, &a, &err), ERR_IO);
	assert_null(a.record);
	assert_non_null(strstr(err.text, "malformed"));
	stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_looked_up),
		cmocka_unit_test(a_name_without_records_is_an_answer),
		cmocka_unit_test(a_name_that_is_not_there_is_not_found),
		cmocka_unit_test(a_server_that_cannot_is_a_failure),
		cmocka_unit_test(a_malformed_answer_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
