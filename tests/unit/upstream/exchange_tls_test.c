#include "router/upstream/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tls/pair.h"
#include "tests/unit/upstream/play.h"

/* A worker under TLS whose side stands in the same loop. */
struct scene {
	struct play play;
	struct call call;
	struct tls_options ours, theirs;
	struct end worker;
};

static void scene_open(struct scene *s)
{
	*s = (struct scene){0};
	play_open(&s->play);
	s->worker.sock.watch.fd = -1;
	s->theirs = (struct tls_options){
		.side = TLS_CLIENTS,
		.certificate = files.chain,
		.key = files.key,
	};
	s->ours = (struct tls_options){
		.side = TLS_WORKERS,
		.ca = files.ca,
		.name = "worker.example",
	};
	s->play.worker->secure = true;
}

static void begin(struct scene *s)
{
	struct error err = {0};
	struct tls_context *c = tls_context_create(&s->ours, NULL, &err);

	assert_string_equal(err.text, "");
	tls_slot_put(&s->play.worker->tls, c);
	tls_context_unref(&c);
	call_begin(&s->call, &s->play);
}

/* The worker takes the next connection. */
static void attend(struct scene *s)
{
	int fd = play_accept(&s->play);

	tcp_set_blocking(fd, false);
	say_at_once(fd);
	close_end(&s->worker);
	s->worker = (struct end){0};
	sock_open(&s->worker.sock, &s->play.stage.loop, fd, false, &end_events,
		  &s->worker);
	cover(&s->worker.sock, &s->theirs);
}

static void hear_request(struct scene *s)
{
	STAGE_UNTIL(&s->play.stage,
		    buf_len(&s->worker.bytes) >= strlen(PLAY_REQUEST));
	assert_memory_equal(buf_slice(&s->worker.bytes).p, PLAY_REQUEST,
			    strlen(PLAY_REQUEST));
	buf_reset(&s->worker.bytes, 0);
}

static void scene_close(struct scene *s)
{
	call_end(&s->call);
	close_end(&s->worker);
	play_close(&s->play);
}

static void assert_fails_with(struct scene *s, enum exchange_failure why)
{
	STAGE_UNTIL(&s->play.stage, s->call.failures == 1);
	assert_string_equal(exchange_failure_name(s->call.why),
			    exchange_failure_name(why));
	assert_int_equal(pool_idle(s->play.pool), 0);
}

static void answer(struct scene *s)
{
	hear_request(s);
	say(&s->worker, PLAY_ANSWER);
	STAGE_UNTIL(&s->play.stage, s->call.completes == 1);
	assert_int_equal(s->call.status, 200);
}

static void ask_again(struct scene *s)
{
	call_end(&s->call);
	call_begin(&s->call, &s->play);
}

static void a_connection_is_kept_though_tickets_came(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	attend(&s);
	answer(&s);
	assert_int_equal(pool_idle(s.play.pool), 1);
	for (int i = 0; i < 3; i++) {
		ask_again(&s);
		assert_int_equal(play_accept_now(&s.play), -1);
		answer(&s);
	}
	scene_close(&s);
}

static void a_certificate_for_another_name_is_named(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	s.ours.name = "other.example";
	begin(&s);
	attend(&s);
	assert_fails_with(&s, EXCHANGE_TLS_NAME);
	assert_int_equal(buf_len(&s.worker.bytes), 0);
	scene_close(&s);
}

static void a_certificate_that_nobody_vouches_for_is_named(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	s.ours.ca = files.client_chain;
	begin(&s);
	attend(&s);
	assert_fails_with(&s, EXCHANGE_TLS_UNTRUSTED);
	scene_close(&s);
}

static void a_worker_that_does_not_take_us_has_refused(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	s.theirs.ca = files.ca;
	begin(&s);
	attend(&s);
	STAGE_UNTIL(&s.play.stage, s.worker.ended);
	sock_close(&s.worker.sock);
	assert_fails_with(&s, EXCHANGE_TLS_REFUSED);
	scene_close(&s);
}

static void a_worker_that_speaks_plain_http_has_no_handshake(void **unused)
{
	struct scene s;
	int fd;

	(void)unused;
	scene_open(&s);
	begin(&s);
	fd = play_accept(&s.play);
	tcp_say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
	assert_fails_with(&s, EXCHANGE_TLS_FAILED);
	close(fd);
	scene_close(&s);
}

static void a_worker_that_goes_while_shaking_has_failed_in_it(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	close(play_accept(&s.play));
	assert_fails_with(&s, EXCHANGE_TLS_FAILED);
	scene_close(&s);
}

static void a_handshake_has_the_time_of_a_connect(void **unused)
{
	struct scene s;
	int fd;

	(void)unused;
	scene_open(&s);
	s.play.limits.timeouts.connect = 30;
	pool_set_limits(s.play.pool, &s.play.limits);
	begin(&s);
	fd = play_accept(&s.play);
	assert_fails_with(&s, EXCHANGE_CONNECT_SLOW);
	close(fd);
	scene_close(&s);
}

static void an_answer_without_a_length_ends_with_a_goodbye(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	attend(&s);
	hear_request(&s);
	say(&s.worker, PLAY_HEAD "\r\nall of it");
	sock_close(&s.worker.sock);
	STAGE_UNTIL(&s.play.stage, s.call.completes == 1);
	assert_int_equal(buf_len(&s.call.body), 9);
	scene_close(&s);
}

/* Who can end a connection must not be able to shorten an answer. */
static void without_a_goodbye_it_is_cut(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	attend(&s);
	hear_request(&s);
	say(&s.worker, PLAY_HEAD "\r\nall of it?");
	shutdown(s.worker.sock.watch.fd, SHUT_RDWR);
	assert_fails_with(&s, EXCHANGE_CUT);
	scene_close(&s);
}

static void a_connection_that_said_goodbye_is_not_lent(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	attend(&s);
	answer(&s);
	/* Not told to the loop yet when the next request comes. */
	sock_close(&s.worker.sock);
	ask_again(&s);
	attend(&s);
	answer(&s);
	scene_close(&s);
}

static void a_connection_on_which_more_came_is_not_lent(void **unused)
{
	struct scene s;

	(void)unused;
	scene_open(&s);
	begin(&s);
	attend(&s);
	answer(&s);
	say(&s.worker, PLAY_ANSWER);
	ask_again(&s);
	attend(&s);
	assert_int_equal(s.call.completes, 0);
	answer(&s);
	scene_close(&s);
}

static void a_large_request_is_taken_as_the_worker_reads_it(void **unused)
{
	size_t n = (size_t)24 << 20; /* more than kernels take */
	char *many = mem_zalloc(n);
	struct scene s;

	(void)unused;
	scene_open(&s);
	s.call.play = &s.play;
	begin(&s);
	exchange_cancel(&s.call.ex);
	s.call.send[0] = (struct slice){many, n};
	call_start(&s.call);
	close(play_accept(&s.play)); /* of the one that was given up */
	attend(&s);
	sock_pause(&s.worker.sock);
	stage_settle(&s.play.stage);
	assert_false(exchange_is_sent(&s.call.ex));
	sock_resume(&s.worker.sock);
	STAGE_UNTIL(&s.play.stage, buf_len(&s.worker.bytes) == n);
	STAGE_UNTIL(&s.play.stage, exchange_is_sent(&s.call.ex));
	say(&s.worker, PLAY_ANSWER);
	STAGE_UNTIL(&s.play.stage, s.call.completes == 1);
	mem_free(many);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_kept_though_tickets_came),
		cmocka_unit_test(a_certificate_for_another_name_is_named),
		cmocka_unit_test(
			a_certificate_that_nobody_vouches_for_is_named),
		cmocka_unit_test(a_worker_that_does_not_take_us_has_refused),
		cmocka_unit_test(
			a_worker_that_speaks_plain_http_has_no_handshake),
		cmocka_unit_test(
			a_worker_that_goes_while_shaking_has_failed_in_it),
		cmocka_unit_test(a_handshake_has_the_time_of_a_connect),
		cmocka_unit_test(
			an_answer_without_a_length_ends_with_a_goodbye),
		cmocka_unit_test(without_a_goodbye_it_is_cut),
		cmocka_unit_test(a_connection_that_said_goodbye_is_not_lent),
		cmocka_unit_test(a_connection_on_which_more_came_is_not_lent),
		cmocka_unit_test(
			a_large_request_is_taken_as_the_worker_reads_it),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
