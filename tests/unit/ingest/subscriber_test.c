#include "router/ingest/subscriber.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

/* A publisher in the same thread: sockets bound to loopback, port 0. */
struct publisher {
	void *zmq, *pub, *router;
	char events[64], replay[64];
	struct subscriber s;
	void *subscriber_zmq;
};

static void bind_any(void *socket, char out[64])
{
	size_t n = 64;

	assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
	assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out, &n), 0);
}

static void open_publisher(struct publisher *p)
{
	int zero = 0;

	p->pub = zmq_socket(p->zmq, ZMQ_XPUB);
	p->router = zmq_socket(p->zmq, ZMQ_ROUTER);
	zmq_setsockopt(p->pub, ZMQ_LINGER, &zero, sizeof(zero));
	zmq_setsockopt(p->router, ZMQ_LINGER, &zero, sizeof(zero));
	/* The publisher's own queue is not what is tested. */
	zmq_setsockopt(p->router, ZMQ_SNDHWM, &zero, sizeof(zero));
}

static int set_up(void **state)
{
	static struct publisher p;

	memset(&p, 0, sizeof(p));
	p.zmq = zmq_ctx_new();
	open_publisher(&p);
	bind_any(p.pub, p.events);
	bind_any(p.router, p.replay);
	p.subscriber_zmq = subscriber_zmq_create();
	*state = &p;
	return 0;
}

static int tear_down(void **state)
{
	struct publisher *p = *state;

	subscriber_close(&p->s);
	subscriber_zmq_destroy(&p->subscriber_zmq);
	zmq_close(p->pub);
	zmq_close(p->router);
	zmq_ctx_term(p->zmq);
	return 0;
}

static bool readable(void *socket, long ms)
{
	zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

	return zmq_poll(&item, 1, ms) == 1;
}

/* The next thing that happens, within 10 s. */
static struct subscriber_message next(struct subscriber *s)
{
	struct subscriber_message m;
	uint64_t deadline = clock_ms() + 10000;

	for (;;) {
		zmq_pollitem_t item[SUBSCRIBER_MAX_POLL];
		size_t n;

		subscriber_next(s, &m);
		if (m.kind != SUBSCRIBER_NOTHING || clock_ms() > deadline)
			return m;
		n = subscriber_poll(s, item);
		zmq_poll(item, (int)n, 100);
	}
}

static void expect(struct subscriber *s, enum subscriber_kind kind,
		   uint64_t seq, const char *payload)
{
	struct subscriber_message m = next(s);

	assert_int_equal(m.kind, kind);
	if (kind != SUBSCRIBER_LIVE && kind != SUBSCRIBER_REPLAYED)
		return;
	assert_int_equal(m.seq, seq);
	assert_int_equal(m.payload.n, strlen(payload));
	assert_memory_equal(m.payload.p, payload, m.payload.n);
}

/* Connected, and the publisher knows of the subscription. */
static void open_all(struct publisher *p, const char *topic)
{
	struct error err;
	char byte[64];

	assert_int_equal(subscriber_open(&p->s, p->subscriber_zmq, p->events,
					 p->replay, topic, &err),
			 OK);
	expect(&p->s, SUBSCRIBER_CONNECTED, 0, "");
	assert_true(readable(p->pub, 10000));
	assert_true(zmq_recv(p->pub, byte, sizeof(byte), 0) >= 1);
}

static void frame(void *socket, const void *bytes, size_t n, bool more)
{
	assert_int_equal(zmq_send(socket, bytes, n, more ? ZMQ_SNDMORE : 0), n);
}

static void publish(struct publisher *p, const char *topic, uint64_t seq,
		    const char *payload)
{
	uint64_t be = htobe64(seq);

	frame(p->pub, topic, strlen(topic), true);
	frame(p->pub, &be, sizeof(be), true);
	frame(p->pub, payload, strlen(payload), false);
}

struct request {
	char id[64];
	size_t n_id;
	uint64_t from;
};

/* Exactly [id, "", start], as vLLM demands. */
static struct request take_request(struct publisher *p)
{
	struct request r;
	char byte[64];
	int n;

	assert_true(readable(p->router, 10000));
	n = zmq_recv(p->router, r.id, sizeof(r.id), 0);
	assert_true(n > 0);
	r.n_id = (size_t)n;
	assert_int_equal(zmq_recv(p->router, byte, sizeof(byte), 0), 0);
	assert_int_equal(zmq_recv(p->router, &r.from, sizeof(r.from), 0), 8);
	r.from = be64toh(r.from);
	n = 1;
	zmq_getsockopt(p->router, ZMQ_RCVMORE, &n, &(size_t){sizeof(n)});
	assert_int_equal(n, 0);
	return r;
}

static void reply(struct publisher *p, const struct request *r, bool topic,
		  uint64_t seq, const char *payload)
{
	uint64_t be = htobe64(seq);

	frame(p->router, r->id, r->n_id, true);
	frame(p->router, "", 0, true);
	if (topic)
		frame(p->router, "kv", seq == UINT64_MAX ? 0 : 2, true);
	frame(p->router, &be, sizeof(be), true);
	frame(p->router, payload, strlen(payload), false);
}

static void live_batches_come_with_their_number(void **state)
{
	struct publisher *p = *state;

	open_all(p, "");
	publish(p, "", 7, "seven");
	publish(p, "kv@host", 8, "eight");
	publish(p, "", UINT64_MAX - 1, "");
	expect(&p->s, SUBSCRIBER_LIVE, 7, "seven");
	expect(&p->s, SUBSCRIBER_LIVE, 8, "eight");
	expect(&p->s, SUBSCRIBER_LIVE, UINT64_MAX - 1, "");
}

static void another_topic_is_not_heard(void **state)
{
	struct publisher *p = *state;

	open_all(p, "kv@a");
	publish(p, "kv@b", 1, "no");
	publish(p, "kv@a", 2, "yes");
	expect(&p->s, SUBSCRIBER_LIVE, 2, "yes");
}

static void frames_that_are_no_batch_are_passed_over(void **state)
{
	struct publisher *p = *state;
	uint64_t be = htobe64(3);

	open_all(p, "");
	frame(p->pub, "alone", 5, false);
	expect(&p->s, SUBSCRIBER_BAD, 0, "");
	frame(p->pub, "", 0, true);
	frame(p->pub, &be, 7, true);
	frame(p->pub, "short number", 12, false);
	expect(&p->s, SUBSCRIBER_BAD, 0, "");
	for (size_t i = 0; i < 3; i++)
		frame(p->pub, "x", 1, true);
	frame(p->pub, &be, 8, true);
	frame(p->pub, "too many", 8, false);
	expect(&p->s, SUBSCRIBER_BAD, 0, "");
	publish(p, "", UINT64_MAX, "no live batch has this number");
	expect(&p->s, SUBSCRIBER_BAD, 0, "");
	publish(p, "", 4, "well");
	expect(&p->s, SUBSCRIBER_LIVE, 4, "well");
}

static void both_forms_of_a_replay_are_understood(void **state)
{
	struct publisher *p = *state;
	struct request r;

	open_all(p, "");
	for (size_t topic = 0; topic < 2; topic++) {
		assert_int_equal(subscriber_ask(&p->s, 41 + topic), OK);
		r = take_request(p);
		assert_int_equal(r.from, 41 + topic);
		reply(p, &r, topic, 41, "a");
		reply(p, &r, topic, 42, "b");
		reply(p, &r, topic, UINT64_MAX, "");
		expect(&p->s, SUBSCRIBER_REPLAYED, 41, "a");
		expect(&p->s, SUBSCRIBER_REPLAYED, 42, "b");
		expect(&p->s, SUBSCRIBER_END, 0, "");
	}
}

static void a_second_question_silences_the_first_answer(void **state)
{
	struct publisher *p = *state;
	struct request first, second;

	open_all(p, "");
	assert_int_equal(subscriber_ask(&p->s, 1), OK);
	first = take_request(p);
	assert_int_equal(subscriber_ask(&p->s, 2), OK);
	second = take_request(p);
	reply(p, &first, false, 1, "old");
	reply(p, &first, false, UINT64_MAX, "");
	reply(p, &second, false, 2, "new");
	expect(&p->s, SUBSCRIBER_REPLAYED, 2, "new");
}

static void a_malformed_answer_is_passed_over(void **state)
{
	struct publisher *p = *state;
	struct request r;

	open_all(p, "");
	assert_int_equal(subscriber_ask(&p->s, 0), OK);
	r = take_request(p);
	frame(p->router, r.id, r.n_id, true);
	frame(p->router, "lonely", 6, false);
	expect(&p->s, SUBSCRIBER_BAD, 0, "");
	reply(p, &r, true, 0, "good");
	expect(&p->s, SUBSCRIBER_REPLAYED, 0, "good");
}

static void a_long_replay_arrives_without_holes(void **state)
{
	struct publisher *p = *state;
	struct request r;
	uint64_t sent = 0, got = 0;
	open_all(p, "");
	assert_int_equal(subscriber_ask(&p->s, 0), OK);
	r = take_request(p);
	for (; sent < 20000; sent++)
		reply(p, &r, true, sent, "payload");
	reply(p, &r, true, UINT64_MAX, "");
	for (; got < sent; got++)
		expect(&p->s, SUBSCRIBER_REPLAYED, got, "payload");
	expect(&p->s, SUBSCRIBER_END, 0, "");
}

static void a_publisher_that_goes_and_comes_is_told_of(void **state)
{
	struct publisher *p = *state;

	open_all(p, "");
	publish(p, "", 5, "before");
	expect(&p->s, SUBSCRIBER_LIVE, 5, "before");
	zmq_close(p->pub);
	zmq_close(p->router);
	expect(&p->s, SUBSCRIBER_LOST, 0, "");
	open_publisher(p);
	while (zmq_bind(p->pub, p->events) != 0)
		assert_int_equal(zmq_errno(), EADDRINUSE);
	expect(&p->s, SUBSCRIBER_CONNECTED, 0, "");
}

static void a_text_that_is_no_endpoint_is_refused(void **state)
{
	struct publisher *p = *state;
	struct error err = {0};

	assert_int_equal(subscriber_open(&p->s, p->subscriber_zmq, "nonsense:1",
					 NULL, "", &err),
			 ERR_INVALID);
	assert_non_null(strstr(err.text, "nonsense:1"));
	/* And is harmless to close. */
	subscriber_close(&p->s);
}

static void a_question_to_a_bad_endpoint_fails(void **state)
{
	struct publisher *p = *state;

	open_all(p, "");
	p->s.replay = "nonsense:1";
	assert_int_equal(subscriber_ask(&p->s, 0), ERR_IO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(live_batches_come_with_their_number),
		TEST(another_topic_is_not_heard),
		TEST(frames_that_are_no_batch_are_passed_over),
		TEST(both_forms_of_a_replay_are_understood),
		TEST(a_second_question_silences_the_first_answer),
		TEST(a_malformed_answer_is_passed_over),
		TEST(a_long_replay_arrives_without_holes),
		TEST(a_publisher_that_goes_and_comes_is_told_of),
		TEST(a_text_that_is_no_endpoint_is_refused),
		TEST(a_question_to_a_bad_endpoint_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
