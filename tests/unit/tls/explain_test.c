#include "common/tls/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tls/pair.h"

#include <sys/ioctl.h>

static uint64_t count(enum tls_side side, enum tls_result r)
{
	return tls_handshakes(side, r);
}

/* --- handshakes that succeed ------------------------------------------ */

static void bytes_go_both_ways_after_the_handshake(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_DONE);
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	say(&p.client, "question");
	assert_heard(&p, &p.server, "question");
	say(&p.server, "answer");
	assert_heard(&p, &p.client, "answer");
	assert_int_equal(count(TLS_CLIENTS, TLS_DONE), before + 1);
	close_pair(&p);
}

static void nothing_is_taken_before_the_handshake_is_over(void **unused)
{
	struct iovec early = {(char *)"early", 5};
	struct pair p;

	(void)unused;
	prepare(&p);
	open_both(&p);
	assert_int_equal(sock_send(&p.server.sock, &early, 1), 0);
	assert_int_equal(sock_send(&p.client.sock, &early, 1), 0);
	STAGE_UNTIL(&p.stage, p.server.writable && p.client.writable);
	say(&p.server, "now");
	assert_heard(&p, &p.client, "now");
	close_pair(&p);
}

static void the_protocol_is_known_and_h2_is_offered_if_told(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	p.server_options.http2 = true;
	shake(&p);
	/* A gateway's own client speaks HTTP/1.1 only. */
	assert_true(
		slice_equal(sock_protocol(&p.server.sock), SLICE("http/1.1")));
	assert_true(
		slice_equal(sock_protocol(&p.client.sock), SLICE("http/1.1")));
	close_pair(&p);
}

static void a_client_with_a_certificate_is_let_in(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	p.server_options.ca = files.ca;
	p.client_options.certificate = files.client_chain;
	p.client_options.key = files.client_key;
	shake(&p);
	close_pair(&p);
}

static void an_address_can_be_certified(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	p.client_options.name = "127.0.0.1";
	shake(&p);
	close_pair(&p);
}

/* --- handshakes that fail --------------------------------------------- */

/* Until both ends have heard of it. */
static void fail_shaking(struct pair *p)
{
	open_both(p);
	STAGE_UNTIL(&p->stage, p->client.ended || p->server.ended);
	if (p->client.ended)
		sock_close(&p->client.sock);
	else
		sock_close(&p->server.sock);
	STAGE_UNTIL(&p->stage, p->client.ended || p->server.ended);
	stage_settle(&p->stage);
}

static void a_certificate_for_another_name_is_refused(void **unused)
{
	uint64_t before = count(TLS_WORKERS, TLS_WRONG_NAME);
	struct pair p;

	(void)unused;
	prepare(&p);
	p.client_options.name = "other.example";
	fail_shaking(&p);
	assert_int_equal(p.client.err, EPROTO);
	assert_string_equal(p.client.fault,
			    "certificate is not for other.example");
	assert_int_equal(count(TLS_WORKERS, TLS_WRONG_NAME), before + 1);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_non_null(strstr(p.server.fault, "refused by the peer"));
	close_pair(&p);
}

static void a_certificate_for_another_address_is_refused(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	p.client_options.name = "127.0.0.2";
	fail_shaking(&p);
	assert_string_equal(p.client.fault, "certificate is not for 127.0.0.2");
	close_pair(&p);
}

static void a_certificate_of_a_stranger_is_refused(void **unused)
{
	struct certified other = certified_make(
		&(struct certified_options){NULL});
	char path[128];
	struct pair p;

	(void)unused;
	snprintf(path, sizeof(path), "%s/other.pem", files.dir);
	certified_write(path, other.cert, NULL, NULL);
	prepare(&p);
	p.client_options.ca = path;
	fail_shaking(&p);
	assert_non_null(strstr(p.client.fault, "not signed by a CA"));
	close_pair(&p);
	unlink(path);
	certified_free(&other);
}

static void an_expired_certificate_is_refused(void **unused)
{
	struct certified old = certified_make(&(struct certified_options){
		"DNS:worker.example", &files.root, -2 * DAY_S, -DAY_S});
	char chain[128], key[128];
	struct pair p;

	(void)unused;
	snprintf(chain, sizeof(chain), "%s/old.pem", files.dir);
	snprintf(key, sizeof(key), "%s/old.key", files.dir);
	certified_write(chain, old.cert, NULL, NULL);
	certified_write(key, NULL, NULL, old.key);
	prepare(&p);
	p.server_options.certificate = chain;
	p.server_options.key = key;
	fail_shaking(&p);
	assert_non_null(strstr(p.client.fault, "expired"));
	close_pair(&p);
	unlink(chain);
	unlink(key);
	certified_free(&old);
}

static void what_is_insecure_takes_any_certificate(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	p.client_options.name = "other.example";
	p.client_options.ca = NULL;
	p.client_options.insecure = true;
	shake(&p);
	close_pair(&p);
}

static void a_client_without_a_certificate_is_turned_away(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_NO_CERTIFICATE);
	struct pair p;

	(void)unused;
	prepare(&p);
	p.server_options.ca = files.ca;
	open_both(&p);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_string_equal(p.server.fault, "the peer showed no certificate");
	assert_int_equal(count(TLS_CLIENTS, TLS_NO_CERTIFICATE), before + 1);
	sock_close(&p.server.sock);
	/* In 1.3 the client has been done before it was judged. */
	STAGE_UNTIL(&p.stage, p.client.ended);
	assert_int_equal(p.client.err, EPROTO);
	close_pair(&p);
}

static void a_client_of_the_wrong_ca_is_turned_away(void **unused)
{
	struct certified ca = certified_make(&(struct certified_options){NULL});
	char path[128];
	struct pair p;

	(void)unused;
	snprintf(path, sizeof(path), "%s/other.pem", files.dir);
	certified_write(path, ca.cert, NULL, NULL);
	prepare(&p);
	p.server_options.ca = path;
	p.client_options.certificate = files.client_chain;
	p.client_options.key = files.client_key;
	open_both(&p);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_non_null(strstr(p.server.fault, "not signed by a CA"));
	sock_close(&p.server.sock);
	STAGE_UNTIL(&p.stage, p.client.ended);
	close_pair(&p);
	unlink(path);
	certified_free(&ca);
}

static void hear_all(struct pair *p, char *out, size_t size)
{
	size_t n = 0;
	bool ended = false;

	while (!ended) {
		stage_settle(&p->stage);
		if (p->server.ended)
			sock_close(&p->server.sock);
		n += (size_t)tcp_hear(p->raw, out + n, size - n - 1, &ended);
	}
	out[n] = '\0';
}

static void plain_http_is_told_to_use_tls(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_PLAIN_HTTP);
	char out[1024];
	const char *body;
	size_t stated = 0;
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	tcp_say(p.raw, "GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n");
	hear_all(&p, out, sizeof(out));
	assert_int_equal(strncmp(out, "HTTP/1.1 400 ", 13), 0);
	body = strstr(out, "\r\n\r\n") + 4;
	assert_int_equal(sscanf(strstr(out, "content-length:"),
				"content-length: %zu", &stated),
			 1);
	assert_int_equal(strlen(body), stated);
	assert_non_null(strstr(body, "https://"));
	assert_int_equal(count(TLS_CLIENTS, TLS_PLAIN_HTTP), before + 1);
	close_pair(&p);
}

static void garbage_is_no_hello(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_NOT_TLS);
	char out[1024];
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	tcp_say(p.raw, "\x01\x02\x03\x04 this is nothing at all, is it?");
	hear_all(&p, out, sizeof(out));
	assert_int_equal(p.server.err, EPROTO);
	assert_int_equal(count(TLS_CLIENTS, TLS_NOT_TLS), before + 1);
	close_pair(&p);
}

static void a_client_that_leaves_while_shaking_is_gone(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_GONE);
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	tcp_say(p.raw, "\x16\x03\x01\x02");
	stage_settle(&p.stage);
	assert_false(p.server.ended);
	close(p.raw);
	p.raw = -1;
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_int_equal(p.server.err, ECONNABORTED);
	assert_int_equal(count(TLS_CLIENTS, TLS_GONE), before + 1);
	close_pair(&p);
}

static void a_client_that_resets_while_shaking_is_gone(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	tcp_say(p.raw, "\x16\x03\x01\x02");
	stage_settle(&p.stage);
	tcp_break(p.raw);
	p.raw = -1;
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_int_equal(p.server.err, ECONNRESET);
	close_pair(&p);
}

static void a_silent_client_is_counted_when_it_is_closed(void **unused)
{
	uint64_t before = count(TLS_CLIENTS, TLS_GONE);
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	stage_settle(&p.stage);
	sock_close(&p.server.sock);
	assert_int_equal(count(TLS_CLIENTS, TLS_GONE), before + 1);
	close_pair(&p);
}

static void cut_at_every_byte(int version)
{
	struct library l;
	struct pair p;

	prepare(&p);
	open_server(&p);
	library_open(&l, &p, version);
	l.step = 1;
	library_shake(&l, &p);
	assert_int_equal(SSL_write(l.ssl, "byte by byte", 12), 12);
	while (buf_len(&p.server.bytes) < 12)
		library_pump(&l, &p);
	assert_memory_equal(buf_slice(&p.server.bytes).p, "byte by byte", 12);
	library_close(&l);
	close_pair(&p);
}

static void a_handshake_may_come_byte_by_byte(void **unused)
{
	(void)unused;
	cut_at_every_byte(TLS1_2_VERSION);
	cut_at_every_byte(TLS1_3_VERSION);
}

static void a_version_that_is_too_old_is_refused(void **unused)
{
	struct library l;
	struct pair p;

	(void)unused;
	prepare(&p);
	p.server_options.only_tls_13 = true;
	open_server(&p);
	library_open(&l, &p, TLS1_2_VERSION);
	assert_int_equal(SSL_do_handshake(l.ssl), -1);
	while (!p.server.ended)
		library_pump(&l, &p);
	assert_non_null(strstr(p.server.fault, "in common"));
	library_pump(&l, &p);
	assert_int_equal(SSL_do_handshake(l.ssl), -1);
	assert_int_equal(SSL_get_error(l.ssl, -1), SSL_ERROR_SSL);
	library_close(&l);
	close_pair(&p);
}

static void no_renegotiation_is_begun(void **unused)
{
	struct library l;
	struct pair p;

	(void)unused;
	prepare(&p);
	open_server(&p);
	library_open(&l, &p, TLS1_2_VERSION);
	library_shake(&l, &p);
	assert_int_equal(SSL_renegotiate(l.ssl), 1);
	assert_int_equal(SSL_do_handshake(l.ssl), -1);
	for (int i = 0; i < 8; i++)
		library_pump(&l, &p);
	assert_int_equal(SSL_do_handshake(l.ssl), -1);
	assert_int_not_equal(SSL_get_error(l.ssl, -1), SSL_ERROR_WANT_READ);
	library_close(&l);
	close_pair(&p);
}

static void h2_is_agreed_on_with_who_wants_it(void **unused)
{
	static const unsigned char both[] = "\x08http/1.1\x02h2";
	struct library l;
	struct pair p;

	(void)unused;
	for (int h2 = 0; h2 < 2; h2++) {
		prepare(&p);
		p.server_options.http2 = h2 != 0;
		open_server(&p);
		library_open(&l, &p, TLS1_3_VERSION);
		SSL_set_alpn_protos(l.ssl, both, sizeof(both) - 1);
		library_shake(&l, &p);
		assert_true(slice_equal(sock_protocol(&p.server.sock),
					h2 ? SLICE("h2") : SLICE("http/1.1")));
		library_close(&l);
		close_pair(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_go_both_ways_after_the_handshake),
		cmocka_unit_test(nothing_is_taken_before_the_handshake_is_over),
		cmocka_unit_test(
			the_protocol_is_known_and_h2_is_offered_if_told),
		cmocka_unit_test(a_client_with_a_certificate_is_let_in),
		cmocka_unit_test(an_address_can_be_certified),
		cmocka_unit_test(a_certificate_for_another_name_is_refused),
		cmocka_unit_test(a_certificate_for_another_address_is_refused),
		cmocka_unit_test(a_certificate_of_a_stranger_is_refused),
		cmocka_unit_test(an_expired_certificate_is_refused),
		cmocka_unit_test(what_is_insecure_takes_any_certificate),
		cmocka_unit_test(a_client_without_a_certificate_is_turned_away),
		cmocka_unit_test(a_client_of_the_wrong_ca_is_turned_away),
		cmocka_unit_test(plain_http_is_told_to_use_tls),
		cmocka_unit_test(garbage_is_no_hello),
		cmocka_unit_test(a_client_that_leaves_while_shaking_is_gone),
		cmocka_unit_test(a_client_that_resets_while_shaking_is_gone),
		cmocka_unit_test(a_silent_client_is_counted_when_it_is_closed),
		cmocka_unit_test(a_handshake_may_come_byte_by_byte),
		cmocka_unit_test(a_version_that_is_too_old_is_refused),
		cmocka_unit_test(no_renegotiation_is_begun),
		cmocka_unit_test(h2_is_agreed_on_with_who_wants_it),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
