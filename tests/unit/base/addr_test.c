#include "common/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_reads(const char *text, const char *want)
{
	char out[ADDR_TEXT_BYTES];
	struct error err = {0};
	struct addr a;

	assert_int_equal(addr_parse(text, &a, &err), OK);
	assert_string_equal(addr_text(&a, out), want);
}

static void assert_refused(const char *text, enum status want)
{
	struct error err = {0};
	struct addr a, before;

	memset(&a, 0x33, sizeof(a));
	before = a;
	assert_int_equal(addr_parse(text, &a, &err), want);
	assert_int_equal(err.status, want);
	assert_true(strlen(err.text) > 0);
	assert_memory_equal(&a, &before, sizeof(a));
	assert_int_equal(addr_parse(text, &a, NULL), want);
}

static void each_form_is_read(void **unused)
{
	(void)unused;
	assert_reads("127.0.0.1:80", "127.0.0.1:80");
	assert_reads(":8080", "0.0.0.0:8080");
	assert_reads("127.0.0.1:0", "127.0.0.1:0");
	assert_reads("127.0.0.1:65535", "127.0.0.1:65535");
	assert_reads("[::1]:443", "[::1]:443");
	assert_reads("[2001:db8::a]:1", "[2001:db8::a]:1");
	assert_reads("unix:/run/x.sock", "unix:/run/x.sock");
}

static void what_is_no_address_is_refused(void **unused)
{
	(void)unused;
	assert_refused("", ERR_INVALID);
	assert_refused("127.0.0.1", ERR_INVALID);
	assert_refused("127.0.0.1:", ERR_INVALID);
	assert_refused("127.0.0.1:http", ERR_INVALID);
	assert_refused("127.0.0.1:-1", ERR_INVALID);
	assert_refused("127.0.0.1: 1", ERR_INVALID);
	assert_refused("127.0.0.1:65536", ERR_INVALID);
	assert_refused("127.0.0.1:99999999999999999999", ERR_INVALID);
	assert_refused("::1:80", ERR_INVALID);
	assert_refused("[::1]", ERR_INVALID);
	assert_refused("[::1:80", ERR_INVALID);
	assert_refused("[]:80", ERR_INVALID);
	assert_refused("[localhost]:80", ERR_INVALID);
	assert_refused("[:::1]:80", ERR_NOT_FOUND);
}

static void a_host_too_long_to_be_one_is_refused(void **unused)
{
	char text[400];

	(void)unused;
	memset(text, 'a', sizeof(text));
	strcpy(text + 300, ":80");
	assert_refused(text, ERR_INVALID);
}

static void a_unix_path_must_fit(void **unused)
{
	char text[200] = "unix:";

	(void)unused;
	assert_refused("unix:", ERR_LIMIT);
	memset(text + 5, 'p', 107);
	assert_reads(text, text);
	text[5 + 107] = 'p';
	assert_refused(text, ERR_LIMIT);
}

/* Engines listen on 0.0.0.0 unless told otherwise. */
static void a_name_with_both_families_means_the_fourth(void **unused)
{
	(void)unused;
	assert_reads("localhost:7", "127.0.0.1:7");
}

static void the_port_can_be_replaced(void **unused)
{
	char out[ADDR_TEXT_BYTES];
	struct addr a, b;

	(void)unused;
	assert_int_equal(addr_parse("[::1]:443", &a, NULL), OK);
	b = addr_with_port(&a, 5557);
	assert_string_equal(addr_text(&b, out), "[::1]:5557");
	assert_int_equal(addr_port(&a), 443);
	assert_int_equal(addr_parse("unix:/x", &a, NULL), OK);
	b = addr_with_port(&a, 1);
	assert_int_equal(addr_port(&b), 0);
	assert_string_equal(addr_text(&b, out), "unix:/x");
}

static int listen_on(const char *text, bool reuse, struct addr *real)
{
	struct addr a;
	int fd;

	assert_int_equal(addr_parse(text, &a, NULL), OK);
	fd = addr_listen(&a, 8, reuse, NULL);
	if (fd >= 0)
		assert_int_equal(addr_of_socket(fd, real), OK);
	return fd;
}

static void assert_connects(int listener, const struct addr *real)
{
	struct pollfd p = {.events = POLLOUT};
	int accepted;

	p.fd = addr_connect(real);
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	accepted = accept(listener, NULL, NULL);
	assert_true(accepted >= 0);
	close(accepted);
	close(p.fd);
}

static void port_0_becomes_a_real_one_that_answers(void **unused)
{
	struct addr real;
	int fd = listen_on("127.0.0.1:0", false, &real);

	(void)unused;
	assert_true(fd >= 0);
	assert_true(addr_port(&real) > 0);
	assert_connects(fd, &real);
	errno = 0;
	assert_int_equal(accept(fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

static void a_port_in_use_is_told_with_its_address(void **unused)
{
	struct addr real, again;
	struct error err;
	int fd = listen_on("127.0.0.1:0", false, &real);

	(void)unused;
	again = real;
	assert_int_equal(addr_listen(&again, 8, false, &err), -1);
	assert_int_equal(err.status, ERR_IO);
	assert_non_null(strstr(err.text, "127.0.0.1:"));
	assert_non_null(strstr(err.text, "in use"));
	close(fd);
}

static void lanes_share_a_port_when_asked(void **unused)
{
	struct addr real;
	int a = listen_on("127.0.0.1:0", true, &real), b;

	(void)unused;
	b = addr_listen(&real, 8, true, NULL);
	assert_true(a >= 0 && b >= 0);
	close(a);
	close(b);
}

static char *socket_path(char *dir)
{
	static char text[64];

	strcpy(dir, "/tmp/addr-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "unix:%s/s", dir);
	return text;
}

static void a_unix_socket_left_behind_is_replaced(void **unused)
{
	char dir[32], *text = socket_path(dir);
	struct addr real;
	int fd = listen_on(text, false, &real);

	(void)unused;
	assert_true(fd >= 0);
	assert_connects(fd, &real);
	close(fd);
	assert_int_equal(addr_connect(&real), -1);
	fd = listen_on(text, false, &real);
	assert_true(fd >= 0);
	assert_connects(fd, &real);
	close(fd);
	unlink(text + 5);
	rmdir(dir);
}

static void a_unix_socket_in_use_is_not_taken(void **unused)
{
	char dir[32], *text = socket_path(dir);
	struct addr real;
	int fd = listen_on(text, false, &real);

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(listen_on(text, false, &real), -1);
	assert_connects(fd, &real);
	close(fd);
	unlink(text + 5);
	rmdir(dir);
}

static void a_file_where_the_socket_goes_is_left_alone(void **unused)
{
	char dir[32], *text = socket_path(dir);
	struct addr real;
	FILE *f = fopen(text + 5, "w");

	(void)unused;
	assert_non_null(f);
	fclose(f);
	assert_int_equal(listen_on(text, false, &real), -1);
	assert_int_equal(access(text + 5, F_OK), 0);
	unlink(text + 5);
	rmdir(dir);
}

static void what_is_no_socket_has_no_address(void **unused)
{
	struct addr a;
	int ends[2];

	(void)unused;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(addr_of_socket(ends[0], &a), ERR_IO);
	close(ends[0]);
	close(ends[1]);
}

static void what_only_this_machine_reaches_is_local(void **state)
{
	static const struct {
		const char *text;
		bool local;
	} cases[] = {
		{"127.0.0.1:80", true},
		{"127.9.9.9:80", true},
		{"[::1]:80", true},
		{"unix:/run/x", true},
		{"0.0.0.0:80", false},
		{"[::]:80", false},
		{"128.0.0.1:80", false},
		{"10.0.0.127:80", false},
		{"[::ffff:10.0.0.1]:80", false},
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(addr_parse(cases[i].text, &a, NULL), OK);
		assert_int_equal(addr_is_local(&a), cases[i].local);
	}
}

static int option_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

static void a_loss_is_noticed_in_the_time_that_is_said(void **unused)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	addr_notice_loss(fd, 120000);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 120000);
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
	close(fd);
}

static void a_time_too_short_or_too_long_is_taken_as_near_as_can_be(
	void **unused)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	addr_notice_loss(fd, 100);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
	addr_notice_loss(fd, UINT64_MAX);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), INT_MAX);
	close(fd);
}

static void a_unix_socket_is_left_alone(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)unused;
	addr_notice_loss(fd, 1000);
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loss_is_noticed_in_the_time_that_is_said),
		cmocka_unit_test(
			a_time_too_short_or_too_long_is_taken_as_near_as_can_be),
		cmocka_unit_test(a_unix_socket_is_left_alone),
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_host_too_long_to_be_one_is_refused),
		cmocka_unit_test(a_unix_path_must_fit),
		cmocka_unit_test(a_name_with_both_families_means_the_fourth),
		cmocka_unit_test(the_port_can_be_replaced),
		cmocka_unit_test(what_only_this_machine_reaches_is_local),
		cmocka_unit_test(port_0_becomes_a_real_one_that_answers),
		cmocka_unit_test(a_port_in_use_is_told_with_its_address),
		cmocka_unit_test(lanes_share_a_port_when_asked),
		cmocka_unit_test(a_unix_socket_left_behind_is_replaced),
		cmocka_unit_test(a_unix_socket_in_use_is_not_taken),
		cmocka_unit_test(a_file_where_the_socket_goes_is_left_alone),
		cmocka_unit_test(what_is_no_socket_has_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
