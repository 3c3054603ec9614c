#include "router/net/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define MANY 8

/* Who was let in. */
struct seen {
	struct stage stage;
	struct listen_socket *socket;
	struct listener *listener;
	struct addr at;
	int peer[MANY];
	size_t n, tls, n_turned_away;
};

static void on_accepted(void *arg, int fd, bool tls)
{
	struct seen *s = arg;

	s->tls += tls;
	s->n++;
	close(fd);
}

static void on_no_room(void *arg, int fd, bool tls)
{
	struct seen *s = arg;

	(void)tls;
	s->n_turned_away++;
	close(fd);
}

static const struct listener_events events = {on_accepted, on_no_room};

static void open_seen(struct seen *s)
{
	*s = (struct seen){0};
	stage_open(&s->stage);
	s->socket = listen_socket_create(tcp_listen(&s->at));
	s->listener = listener_create(&s->stage.loop, s->socket, &events, s);
}

static void knock(struct seen *s)
{
	for (size_t i = 0; i < MANY; i++)
		s->peer[i] = tcp_connect(&s->at);
}

static void close_seen(struct seen *s)
{
	for (size_t i = 0; i < MANY; i++)
		if (s->peer[i] > 0)
			close(s->peer[i]);
	listener_destroy(&s->listener);
	listen_socket_unref(&s->socket);
	stage_close(&s->stage);
}

static void who_knocks_is_let_in(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	knock(&s);
	STAGE_UNTIL(&s.stage, s.n == MANY);
	close_seen(&s);
}

static void while_it_pauses_they_wait_in_the_backlog(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	listener_pause(s.listener);
	listener_pause(s.listener);
	knock(&s);
	stage_settle(&s.stage);
	assert_int_equal(s.n, 0);
	listener_resume(s.listener);
	listener_resume(s.listener);
	STAGE_UNTIL(&s.stage, s.n == MANY);
	close_seen(&s);
}

static void one_that_finishes_lets_in_all_who_wait_even_paused(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	listener_pause(s.listener);
	knock(&s);
	listener_finish(&s.listener);
	assert_null(s.listener);
	assert_int_equal(s.n, MANY);
	close_seen(&s);
}

static void one_that_goes_leaves_who_waits_to_the_next(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	listener_pause(s.listener);
	knock(&s);
	listener_destroy(&s.listener);
	assert_int_equal(s.n, 0);
	s.listener = listener_create(&s.stage.loop, s.socket, &events, &s);
	STAGE_UNTIL(&s.stage, s.n == MANY);
	close_seen(&s);
}

static void lanes_may_accept_on_one_socket(void **unused)
{
	struct listener *other;
	struct stage lane;
	struct seen s;

	(void)unused;
	open_seen(&s);
	stage_open(&lane);
	other = listener_create(&lane.loop, s.socket, &events, &s);
	assert_true(listener_is_of(other, s.socket));
	listener_pause(s.listener);
	knock(&s);
	STAGE_UNTIL(&lane, s.n == MANY);
	listener_resume(s.listener);
	stage_settle(&s.stage);
	assert_int_equal(s.n, MANY);
	listener_destroy(&other);
	stage_close(&lane);
	close_seen(&s);
}

/* So many more may be opened as there are now. */
static void lower_limit(struct rlimit *was)
{
	struct rlimit none;
	int next = dup(0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, was), 0);
	none = *was;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void without_descriptors_all_are_told_by_the_reserve(void **unused)
{
	struct rlimit was;
	struct seen s;

	(void)unused;
	open_seen(&s);
	knock(&s);
	lower_limit(&was);
	STAGE_UNTIL(&s.stage, s.n_turned_away == MANY);
	assert_int_equal(s.n, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	for (size_t i = 0; i < MANY; i++)
		close(s.peer[i]);
	knock(&s);
	STAGE_UNTIL(&s.stage, s.n == MANY);
	close_seen(&s);
}

/* It must not spin meanwhile: a turn waits for something to happen. */
static void without_a_reserve_it_waits_and_then_goes_on(void **unused)
{
	struct rlimit was, none;
	uint64_t start_ms;
	struct seen s;
	int turns = 0;

	(void)unused;
	open_seen(&s);
	knock(&s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	start_ms = clock_ms();
	while (clock_ms() - start_ms < 350) {
		stage_turn(&s.stage);
		turns++;
	}
	assert_int_equal(s.n + s.n_turned_away, 0);
	assert_true(turns < 20);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	STAGE_UNTIL(&s.stage, s.n == MANY);
	close_seen(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_knocks_is_let_in),
		cmocka_unit_test(while_it_pauses_they_wait_in_the_backlog),
		cmocka_unit_test(
			one_that_finishes_lets_in_all_who_wait_even_paused),
		cmocka_unit_test(one_that_goes_leaves_who_waits_to_the_next),
		cmocka_unit_test(lanes_may_accept_on_one_socket),
		cmocka_unit_test(
			without_descriptors_all_are_told_by_the_reserve),
		cmocka_unit_test(without_a_reserve_it_waits_and_then_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
