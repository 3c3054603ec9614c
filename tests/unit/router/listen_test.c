#include "router/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tcp.h"

static struct inherited nothing(void)
{
	return (struct inherited){.ready_fd = -1};
}

static struct listen_address *open_at(const char *text, size_t lanes,
				      struct inherited *in, struct error *err)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a, NULL), OK);
	return listen_open(&a, lanes, in, err);
}

static void a_tcp_address_has_a_socket_for_each_lane(void **unused)
{
	struct inherited in = nothing();
	struct listen_address *a = open_at("127.0.0.1:0", 3, &in, NULL);

	(void)unused;
	assert_non_null(a);
	assert_int_equal(a->n, 3);
	assert_int_equal(addr_port(&a->asked), 0);
	for (size_t i = 0; i < 3; i++) {
		struct addr b;

		assert_int_equal(addr_of_socket(a->socket[i]->fd, &b), OK);
		assert_int_equal(addr_port(&b), addr_port(&a->bound));
		assert_ptr_equal(listen_of_lane(a, i, 3, 0), a->socket[i]);
		assert_null(listen_of_lane(a, i, 3, 1));
	}
	listen_close(&a);
	assert_null(a);
	listen_close(&a);
}

static void a_unix_address_is_shared(void **unused)
{
	struct inherited in = nothing();
	struct listen_address *a;
	char path[64];

	(void)unused;
	snprintf(path, sizeof(path), "unix:/tmp/warmpath-shared-%ld",
		 (long)getpid());
	a = open_at(path, 2, &in, NULL);
	assert_non_null(a);
	assert_int_equal(a->n, 1);
	assert_ptr_equal(listen_of_lane(a, 0, 2, 0), a->socket[0]);
	assert_ptr_equal(listen_of_lane(a, 1, 2, 0), a->socket[0]);
	listen_close(&a);
	unlink(path + 5);
}

static void a_port_that_another_would_share_is_not_taken(void **unused)
{
	struct inherited in = nothing();
	struct listen_address *a = open_at("127.0.0.1:0", 2, &in, NULL), *b;
	struct error err = {0};

	(void)unused;
	b = listen_open(&a->bound, 2, &in, &err);
	assert_null(b);
	assert_non_null(strstr(err.text, "cannot listen"));
	listen_close(&a);
}

static struct inherited given(int n, struct addr *at)
{
	struct inherited in = {INHERIT_GATEWAY, NULL, (size_t)n, -1, NULL};
	struct addr any;

	in.socket = mem_zalloc((size_t)n * sizeof(*in.socket));
	assert_int_equal(addr_parse("127.0.0.1:0", &any, NULL), OK);
	for (int i = 0; i < n; i++) {
		in.socket[i].fd = addr_listen(i ? at : &any, 8, n > 1, NULL);
		assert_int_equal(addr_of_socket(in.socket[i].fd, at), OK);
		in.socket[i].addr = *at;
	}
	return in;
}

static void more_sockets_than_lanes_are_all_served(void **unused)
{
	struct addr at;
	struct inherited in = given(5, &at);
	struct listen_address *a = listen_open(&at, 2, &in, NULL);

	(void)unused;
	assert_int_equal(a->n, 5);
	assert_ptr_equal(listen_of_lane(a, 0, 2, 2), a->socket[4]);
	assert_null(listen_of_lane(a, 0, 2, 3));
	assert_ptr_equal(listen_of_lane(a, 1, 2, 1), a->socket[3]);
	assert_null(listen_of_lane(a, 1, 2, 2));
	listen_close(&a);
	inherit_fini(&in);
}

static void fewer_that_let_others_share_get_fellows(void **unused)
{
	struct addr at;
	struct inherited in = given(2, &at);
	struct listen_address *a = listen_open(&at, 4, &in, NULL);

	(void)unused;
	assert_int_equal(a->n, 4);
	listen_close(&a);
	inherit_fini(&in);
}

static void one_that_shares_its_port_with_nobody_is_shared(void **unused)
{
	struct addr at;
	struct inherited in = given(1, &at);
	struct listen_address *a = listen_open(&at, 3, &in, NULL);

	(void)unused;
	assert_int_equal(a->n, 1);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(listen_of_lane(a, i, 3, 0), a->socket[0]);
	listen_close(&a);
	inherit_fini(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tcp_address_has_a_socket_for_each_lane),
		cmocka_unit_test(a_unix_address_is_shared),
		cmocka_unit_test(a_port_that_another_would_share_is_not_taken),
		cmocka_unit_test(more_sockets_than_lanes_are_all_served),
		cmocka_unit_test(fewer_that_let_others_share_get_fellows),
		cmocka_unit_test(
			one_that_shares_its_port_with_nobody_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
