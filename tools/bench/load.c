#include "tools/bench/load.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tools/bench/client.h"
#include "tools/bench/histogram.h"
#include "tools/bench/session.h"

#include <stdio.h>
#include <unistd.h>

enum phase { WARMING, HOLDING, RUNNING, ENDING, FAILED };

struct load {
	const struct bench_options *options;
	struct poller *poller;
	struct polled input;
	struct sessions sessions;
	struct client *client;
	struct session *session; /* of each client */
	struct list idle;
	enum phase phase;
	uint64_t warm; /* clients that had their first answer or event */
	uint64_t busy; /* clients that wait for an answer */
	uint64_t sent; /* after warming */
	uint64_t begun_ns, end_ns, spent_ns, next_due_ns;
	uint64_t requests, events;
	/* In ns: to a whole answer, to a stream's first event, of an event
	 * on its way. */
	struct histogram latency, first_latency, event_latency;
	const char *wrong;
};

static void send_number(struct load *l, struct client *c, uint64_t number,
			uint64_t begun_ns)
{
	l->busy++;
	session_go_on(&l->session[c - l->client], &c->request);
	client_send(c, number, begun_ns);
}

/* The first `connections` numbers are those of the warming requests. */
static void send_next(struct load *l, struct client *c, uint64_t begun_ns)
{
	send_number(l, c, l->options->connections + ++l->sent, begun_ns);
}

static void on_event(struct client *c, const struct message_event *e)
{
	struct load *l = c->owner;

	/* Of a stream, its first event alone warms; the rest goes on. */
	if (l->phase == WARMING && e->place == 0 &&
	    c->number <= l->options->connections)
		l->warm++;
	if (l->phase != RUNNING)
		return;
	uint64_t now = clock_ns();

	l->events++;
	if (e->place == 0)
		histogram_add(&l->first_latency, now - c->begun_ns);
	histogram_add(&l->event_latency,
		      now > e->sent_ns ? now - e->sent_ns : 0);
}

static void on_answered(struct client *c)
{
	struct load *l = c->owner;
	uint64_t now = clock_ns();
	bool stream = l->options->stream;

	l->busy--;
	if (l->phase == WARMING && !stream)
		l->warm++;
	if (l->phase == RUNNING || l->phase == ENDING) {
		l->requests++;
		histogram_add(&l->latency, now - c->begun_ns);
	}
	bool again = stream || l->phase == RUNNING;

	if (again && l->phase != ENDING && l->options->rate == 0)
		send_next(l, c, now);
	else
		list_push_back(&l->idle, &c->link);
}

static void on_failed(struct client *c, const char *what)
{
	struct load *l = c->owner;

	if (!l->wrong)
		l->wrong = what;
	l->phase = FAILED;
	poller_remove(l->poller, &c->polled);
}

static const struct client_events events = {on_event, on_answered, on_failed};

static void on_input(struct polled *p, uint32_t ready)
{
	struct load *l = CONTAINER_OF(p, struct load, input);
	char line[64];

	(void)ready;
	if (read(p->fd, line, sizeof(line)) <= 0)
		l->wrong = "standard input ended before it said to go on";
	l->phase = l->wrong ? FAILED : RUNNING;
	poller_remove(l->poller, p);
}

static bool open_client(struct load *l, size_t i)
{
	const struct bench_options *o = l->options;
	char text[ADDR_TEXT_BYTES];
	struct message_request request;
	uint64_t events_wanted = session_begin(
		&l->session[i], &l->sessions,
		slice_of(addr_text(&o->target, text)), i, &request);

	if (client_open(&l->client[i], l->poller, &o->target, request,
			events_wanted, &events, l))
		return true;
	l->wrong = "a connection was refused";
	l->phase = FAILED;
	return false;
}

static void turn_until(struct load *l, uint64_t at_ns)
{
	do
		poller_turn(l->poller, at_ns);
	while (clock_ns() < at_ns && l->phase == WARMING);
}

/* Opens and warms all. Streams are started evenly over one period, as
 * independent users would, so that their events do not march in step. */
static void warm_up(struct load *l)
{
	const struct bench_options *o = l->options;
	uint64_t begin = clock_ns(), limit = begin + 30000000000u;

	for (size_t i = 0; i < o->connections && l->phase == WARMING; i++) {
		if (!open_client(l, i))
			return;
		if (o->burst)
			continue;
		send_number(l, &l->client[i], i + 1, clock_ns());
		uint64_t at = begin + o->every_us * 1000 * i / o->connections;

		turn_until(l, o->stream ? at : 0);
	}
	for (size_t i = 0; o->burst && i < o->connections; i++)
		send_number(l, &l->client[i], i + 1, clock_ns());
	while (l->phase == WARMING && l->warm < o->connections) {
		poller_turn(l->poller, limit);
		if (clock_ns() > limit) {
			l->wrong = "not every connection was answered in 30 s";
			l->phase = FAILED;
		}
	}
}

static void hold(struct load *l)
{
	if (l->phase != WARMING)
		return;
	printf("ready\n");
	fflush(stdout);
	l->phase = l->options->hold ? HOLDING : RUNNING;
	if (l->phase == HOLDING)
		poller_add(l->poller, &l->input, STDIN_FILENO, on_input);
	while (l->phase == HOLDING)
		poller_turn(l->poller, POLLER_NEVER);
}

/* Open loop: sends what is due, as far as connections are idle; a request
 * that had to wait for one has waited since it was due. */
static uint64_t send_due(struct load *l)
{
	uint64_t rate = l->options->rate;

	while (rate > 0 && l->next_due_ns < l->end_ns &&
	       !list_empty(&l->idle) && l->next_due_ns <= clock_ns()) {
		struct list *node = list_pop_front(&l->idle);

		send_next(l, LIST_ENTRY(node, struct client, link),
			  l->next_due_ns);
		l->next_due_ns += 1000000000u / rate;
	}
	if (rate == 0 || list_empty(&l->idle) || l->next_due_ns > l->end_ns)
		return l->end_ns;
	return l->next_due_ns;
}

static bool enough(const struct load *l)
{
	uint64_t done = l->options->stream ? l->events : l->requests;

	return l->options->units > 0 && done >= l->options->units;
}

static void run(struct load *l)
{
	l->begun_ns = l->next_due_ns = clock_ns();
	l->end_ns = l->begun_ns + l->options->seconds_ms * 1000000;
	while (l->options->rate == 0 && !list_empty(&l->idle)) {
		struct list *node = list_pop_front(&l->idle);

		send_next(l, LIST_ENTRY(node, struct client, link), clock_ns());
	}
	while (l->phase == RUNNING && clock_ns() < l->end_ns && !enough(l))
		poller_turn(l->poller, send_due(l));
	if (l->phase == RUNNING)
		l->phase = ENDING;
	/* Streams are left in the middle, requests are waited for. */
	uint64_t limit = clock_ns() + 30000000000u;

	while (l->phase == ENDING && l->busy > 0 && !l->options->stream) {
		poller_turn(l->poller, limit);
		if (clock_ns() > limit) {
			l->wrong = "not every request was answered in 30 s";
			l->phase = FAILED;
		}
	}
	l->spent_ns = clock_ns() - l->begun_ns;
}

static void print_latency(const char *name, const struct histogram *h)
{
	printf(", \"%s_us\": {\"n\": %llu, \"mean\": %.2f, \"p50\": %.2f, "
	       "\"p90\": %.2f, \"p95\": %.2f, \"p99\": %.2f, "
	       "\"max\": %.2f}",
	       name, (unsigned long long)h->n,
	       h->n ? h->sum / (double)h->n / 1e3 : 0,
	       histogram_at(h, 0.5) / 1e3, histogram_at(h, 0.9) / 1e3,
	       histogram_at(h, 0.95) / 1e3, histogram_at(h, 0.99) / 1e3,
	       (double)h->max / 1e3);
}

static void report(const struct load *l)
{
	printf("{\"requests\": %llu, \"events\": %llu, \"seconds\": %.6f, "
	       "\"errors\": %d",
	       (unsigned long long)l->requests, (unsigned long long)l->events,
	       (double)l->spent_ns / 1e9, l->wrong ? 1 : 0);
	if (l->wrong)
		printf(", \"error\": \"%s\"", l->wrong);
	print_latency("request", &l->latency);
	print_latency("first", &l->first_latency);
	print_latency("event", &l->event_latency);
	printf("}\n");
	fflush(stdout);
}

static void open_and_run(struct load *l)
{
	warm_up(l);
	hold(l);
	if (l->phase == RUNNING)
		run(l);
	report(l);
}

int load_run(const struct bench_options *options)
{
	struct load *l = mem_zalloc(sizeof(*l));
	size_t n = options->connections;
	struct error err;

	if (sessions_init(&l->sessions, options, &err) != OK) {
		fprintf(stderr, "warmpath-bench: %s\n", err.text);
		mem_free(l);
		return 2;
	}
	l->options = options;
	l->input.fd = -1;
	l->poller = poller_create();
	l->client = mem_zalloc(n * sizeof(*l->client));
	l->session = mem_zalloc(n * sizeof(*l->session));
	list_init(&l->idle);
	for (size_t i = 0; i < n; i++)
		l->client[i].polled.fd = -1;
	open_and_run(l);
	int status = l->wrong ? 1 : 0;

	for (size_t i = 0; i < n; i++)
		client_close(&l->client[i]);
	mem_free(l->client);
	mem_free(l->session);
	sessions_fini(&l->sessions);
	poller_destroy(&l->poller);
	mem_free(l);
	return status;
}
