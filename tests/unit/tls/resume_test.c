#include "common/tls/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tls/pair.h"

#include <sys/ioctl.h>

static bool resumed(struct tls_context *server, struct tls_context *client)
{
	struct pair p;
	int a, b;
	bool quick;

	prepare(&p);
	tcp_pair(&a, &b);
	tcp_set_blocking(b, false);
	sock_open(&p.server.sock, &p.stage.loop, a, false, &end_events,
		  &p.server);
	sock_set_layer(&p.server.sock, tls_session_create(server));
	sock_open(&p.client.sock, &p.stage.loop, b, true, &end_events,
		  &p.client);
	sock_set_layer(&p.client.sock, tls_session_create(client));
	STAGE_UNTIL(&p.stage, p.client.writable && p.server.writable);
	/* What it is resumed by comes before this. */
	say(&p.server, "ticket");
	assert_heard(&p, &p.client, "ticket");
	quick = tls_session_was_resumed(p.client.sock.layer);
	close_pair(&p);
	return quick;
}

static void a_session_is_resumed(void **unused)
{
	struct pair p;
	struct tls_context *server, *client;

	(void)unused;
	prepare(&p);
	server = tls_context_create(&p.server_options, NULL, NULL);
	client = tls_context_create(&p.client_options, NULL, NULL);
	assert_false(resumed(server, client));
	assert_true(resumed(server, client));
	assert_true(resumed(server, client));
	tls_context_unref(&server);
	tls_context_unref(&client);
	stage_close(&p.stage);
}

static void a_session_is_resumed_after_a_reload(void **unused)
{
	struct pair p;
	struct tls_context *server, *other, *client;

	(void)unused;
	prepare(&p);
	server = tls_context_create(&p.server_options, NULL, NULL);
	client = tls_context_create(&p.client_options, NULL, NULL);
	p.server_options.http2 = true;
	other = tls_context_create(&p.server_options, server, NULL);
	assert_ptr_not_equal(other, server);
	assert_false(resumed(server, client));
	tls_context_unref(&server);
	assert_true(resumed(other, client));
	tls_context_unref(&other);
	/* Other keys: the handshake is a whole one, not a failure. */
	other = tls_context_create(&p.server_options, NULL, NULL);
	assert_false(resumed(other, client));
	tls_context_unref(&other);
	tls_context_unref(&client);
	stage_close(&p.stage);
}

/* Whom another CA has vouched for is asked again. */
static void a_session_does_not_outlive_the_ca_of_clients(void **unused)
{
	struct pair p;
	struct tls_context *open, *closed, *client;

	(void)unused;
	prepare(&p);
	p.client_options.certificate = files.client_chain;
	p.client_options.key = files.client_key;
	open = tls_context_create(&p.server_options, NULL, NULL);
	p.server_options.ca = files.ca;
	closed = tls_context_create(&p.server_options, open, NULL);
	client = tls_context_create(&p.client_options, NULL, NULL);
	assert_false(resumed(open, client));
	assert_false(resumed(closed, client));
	assert_true(resumed(closed, client));
	tls_context_unref(&open);
	tls_context_unref(&closed);
	tls_context_unref(&client);
	stage_close(&p.stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_resumed),
		cmocka_unit_test(a_session_is_resumed_after_a_reload),
		cmocka_unit_test(a_session_does_not_outlive_the_ca_of_clients),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
