#include "router/net/farewell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define MANY (FAREWELL_ROOM + 4)

struct seen {
	struct stage stage;
	struct farewell farewell;
	int peer[MANY];
};

static void open_seen(struct seen *s)
{
	*s = (struct seen){0};
	stage_open(&s->stage);
	farewell_init(&s->farewell, &s->stage.loop);
}

static void close_seen(struct seen *s)
{
	farewell_fini(&s->farewell);
	stage_close(&s->stage);
}

static void meet(struct seen *s, size_t i, bool linger)
{
	int ours;

	tcp_pair(&ours, &s->peer[i]);
	farewell_say(&s->farewell, ours, SLICE("no"), linger);
}

/* What a peer hears that sends its request only then. */
static void assert_heard(int peer)
{
	char text[8];

	send(peer, "request", 7, MSG_NOSIGNAL);
	assert_int_equal(recv(peer, text, sizeof(text), 0), 2);
	assert_memory_equal(text, "no", 2);
}

static void one_that_lingers_hears_it_though_its_request_is_late(void **unused)
{
	struct seen s;
	char byte;

	(void)unused;
	open_seen(&s);
	meet(&s, 0, true);
	assert_heard(s.peer[0]);
	/* An end, not a reset. */
	assert_int_equal(recv(s.peer[0], &byte, 1, 0), 0);
	close(s.peer[0]);
	close_seen(&s);
}

static void it_is_closed_after_a_moment(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	meet(&s, 0, true);
	meet(&s, 1, true);
	STAGE_UNTIL(&s.stage, s.farewell.n == 0);
	close(s.peer[0]);
	close(s.peer[1]);
	close_seen(&s);
}

static void without_lingering_it_is_closed_at_once(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	meet(&s, 0, false);
	assert_int_equal(s.farewell.n, 0);
	close(s.peer[0]);
	close_seen(&s);
}

static void the_oldest_makes_room(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	for (size_t i = 0; i < MANY; i++)
		meet(&s, i, true);
	assert_int_equal(s.farewell.n, FAREWELL_ROOM);
	assert_heard(s.peer[MANY - 1]);
	for (size_t i = 0; i < MANY; i++)
		close(s.peer[i]);
	close_seen(&s);
}

static void a_peer_that_has_gone_does_no_harm(void **unused)
{
	struct seen s;
	int ours;

	(void)unused;
	open_seen(&s);
	tcp_pair(&ours, &s.peer[0]);
	tcp_break(s.peer[0]);
	farewell_say(&s.farewell, ours, SLICE("no"), true);
	tcp_pair(&ours, &s.peer[0]);
	tcp_break(s.peer[0]);
	farewell_say(&s.farewell, ours, SLICE("no"), false);
	close_seen(&s);
	s.farewell = (struct farewell){0};
	farewell_fini(&s.farewell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			one_that_lingers_hears_it_though_its_request_is_late),
		cmocka_unit_test(it_is_closed_after_a_moment),
		cmocka_unit_test(without_lingering_it_is_closed_at_once),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(a_peer_that_has_gone_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
