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

/* By the tickets that all of them share, and so does what comes after. */
static void a_session_with_a_further_certificate_is_resumed(void **unused)
{
	struct certified other = certified_make(
		&(struct certified_options){"DNS:other.example", &files.root});
	struct tls_context *server, *reloaded, *client;
	const char *others[1];
	char path[128];
	struct pair p;

	(void)unused;
	prepare(&p);
	snprintf(path, sizeof(path), "%s/other.pem", files.dir);
	certified_write(path, other.cert, NULL, other.key);
	others[0] = path;
	p.server_options.others = others;
	p.server_options.n_others = 1;
	p.client_options.name = "other.example";
	server = tls_context_create(&p.server_options, NULL, NULL);
	p.server_options.http2 = true;
	reloaded = tls_context_create(&p.server_options, server, NULL);
	client = tls_context_create(&p.client_options, NULL, NULL);
	assert_false(resumed(server, client));
	assert_true(resumed(server, client));
	assert_true(resumed(reloaded, client));
	tls_context_unref(&server);
	tls_context_unref(&reloaded);
	tls_context_unref(&client);
	certified_free(&other);
	unlink(path);
	stage_close(&p.stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_resumed),
		cmocka_unit_test(a_session_is_resumed_after_a_reload),
		cmocka_unit_test(a_session_does_not_outlive_the_ca_of_clients),
		cmocka_unit_test(
			a_session_with_a_further_certificate_is_resumed),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
