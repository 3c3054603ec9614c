#include "router/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_path_and_an_abstract_name_are_addresses(void **unused)
{
	struct sockaddr_un a;
	socklen_t n;

	(void)unused;
	assert_true(notify_address("/run/x", &a, &n));
	assert_string_equal(a.sun_path, "/run/x");
	assert_int_equal(n, offsetof(struct sockaddr_un, sun_path) + 6);
	assert_true(notify_address("@x", &a, &n));
	assert_int_equal(a.sun_path[0], '\0');
	assert_int_equal(a.sun_path[1], 'x');
	assert_int_equal(n, offsetof(struct sockaddr_un, sun_path) + 2);
}

static void anything_else_is_no_address(void **unused)
{
	char text[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	struct sockaddr_un a;
	socklen_t n;

	(void)unused;
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	assert_false(notify_address("", &a, &n));
	assert_false(notify_address("/", &a, &n));
	assert_false(notify_address("run", &a, &n));
	assert_false(notify_address("vsock:2:1", &a, &n));
	assert_false(notify_address(text, &a, &n));
}

static void the_watchdog_hears_us_twice_as_often_as_it_wants(void **unused)
{
	(void)unused;
	assert_int_equal(notify_watchdog_ms("30000000", "7", 7), 15000);
	assert_int_equal(notify_watchdog_ms("30000000", NULL, 7), 15000);
	assert_int_equal(notify_watchdog_ms("1000", NULL, 7), 1);
}

static void without_its_word_there_is_no_watchdog(void **unused)
{
	(void)unused;
	assert_int_equal(notify_watchdog_ms(NULL, NULL, 7), 0);
	assert_int_equal(notify_watchdog_ms("30000000", "8", 7), 0);
	assert_int_equal(notify_watchdog_ms("30000000", "x", 7), 0);
	assert_int_equal(notify_watchdog_ms("30s", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ms("", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ms("0", NULL, 7), 0);
}

static const char *told(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void each_message_is_a_datagram(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un a;
	char name[64];
	socklen_t n;

	(void)unused;
	snprintf(name, sizeof(name), "@warmpath-notify-%ld", (long)getpid());
	assert_true(notify_address(name, &a, &n));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready();
	assert_string_equal(told(fd), "READY=1");
	notify_stopping();
	assert_string_equal(told(fd), "STOPPING=1");
	notify_alive();
	assert_string_equal(told(fd), "WATCHDOG=1");
	notify_successor(12);
	assert_string_equal(told(fd), "MAINPID=12\nREADY=1");
	notify_reloading();
	assert_memory_equal(told(fd), "RELOADING=1\nMONOTONIC_USEC=", 27);
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	assert_string_equal(told(fd), "");
	close(fd);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "nowhere", 1);
	notify_ready();
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_and_an_abstract_name_are_addresses),
		cmocka_unit_test(anything_else_is_no_address),
		cmocka_unit_test(
			the_watchdog_hears_us_twice_as_often_as_it_wants),
		cmocka_unit_test(without_its_word_there_is_no_watchdog),
		cmocka_unit_test(each_message_is_a_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
