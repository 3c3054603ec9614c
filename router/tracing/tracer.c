#include "router/tracing/tracer.h"

#include <stdatomic.h>

#include "common/base/mailbox.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "router/tracing/exporter.h"
#include "router/tracing/queue.h"

#define BATCH       256 /* traces of a message */
#define GATHER_MS   500
#define FAREWELL_MS 1000
#define PAUSE_MS    500

struct tracer {
	struct trace_queue queue;
	struct mailbox *mailbox;
	struct mail wake;
	atomic_bool woken; /* `wake` is on its way */
	struct metric_cell *sent, *failed, *dropped;
	const char *version;
	/* Main's. */
	struct conf *conf; /* the last one, counted; or NULL */
	bool running;
	struct thread thread;
	/* The thread's. */
	struct loop loop;
	struct exporter exporter;
	struct timer gather, farewell;
	bool stopping;
};

/* An order from the main thread. */
struct order {
	struct mail mail;
	struct conf *conf;
};

static void drop(struct tracer *t, size_t spans)
{
	metric_add(t->dropped, (double)spans);
}

/* --- the thread ---------------------------------------------------------- */

static void send_some(struct tracer *t)
{
	struct trace *batch[BATCH];
	size_t n;

	if (!exporter_is_idle(&t->exporter))
		return;
	n = trace_queue_take(&t->queue, batch, BATCH);
	if (n > 0)
		exporter_send(&t->exporter, batch, n);
}

static void look(struct tracer *t)
{
	size_t n = trace_queue_length(&t->queue);

	if (t->stopping && exporter_is_idle(&t->exporter) &&
	    (n == 0 || t->exporter.fails))
		loop_stop(&t->loop);
	else if (n >= BATCH || t->stopping)
		send_some(t);
	else if (n > 0 && t->gather.due_ms == 0)
		timer_set(&t->gather, GATHER_MS);
}

static void on_gather(void *arg)
{
	send_some(arg);
}

static void on_idle(void *arg)
{
	look(arg);
}

static void on_farewell(void *arg)
{
	struct tracer *t = arg;

	loop_stop(&t->loop);
}

static void on_wake(struct mail *m, void *receiver)
{
	struct tracer *t = receiver;

	(void)m;
	/* Before the queue is looked at: what comes later wakes us. */
	atomic_store(&t->woken, false);
	look(t);
}

static void on_conf(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct tracer *t = receiver;

	exporter_set_conf(&t->exporter, o->conf);
	conf_unref(&o->conf);
	mem_free(o);
}

static void on_stop(struct mail *m, void *receiver)
{
	struct tracer *t = receiver;

	mem_free(m);
	t->stopping = true;
	timer_set(&t->farewell, FAREWELL_MS);
	exporter_hurry(&t->exporter);
	look(t);
}

static void run(void *arg)
{
	struct tracer *t = arg;

	loop_run(&t->loop);
}

/* --- the main thread ----------------------------------------------------- */

struct tracer *tracer_create(struct metrics *m, const char *version)
{
	struct tracer *t = mem_zalloc(sizeof(*t));

	t->sent = metrics_cell(m, METRICS_TRACE_SPANS, "sent");
	t->failed = metrics_cell(m, METRICS_TRACE_SPANS, "failed");
	t->dropped = metrics_cell(m, METRICS_TRACE_SPANS, "dropped");
	t->version = version;
	t->wake.deliver = on_wake;
	trace_queue_init(&t->queue);
	return t;
}

static void drop_all(struct tracer *t)
{
	struct trace *gone;

	while (trace_queue_take(&t->queue, &gone, 1) > 0) {
		drop(t, gone->n_spans);
		trace_destroy(&gone);
	}
}

static void start(struct tracer *t)
{
	const struct exporter_options o = {
		.loop = &t->loop,
		.cells = {t->sent, t->failed},
		.version = t->version,
		.first_pause_ms = PAUSE_MS,
		.idle = on_idle,
		.arg = t,
	};

	loop_init(&t->loop);
	t->mailbox = mailbox_create(&t->loop, t);
	exporter_init(&t->exporter, &o);
	timer_init(&t->gather, &t->loop, on_gather, t);
	timer_init(&t->farewell, &t->loop, on_farewell, t);
	thread_start(&t->thread, "tracing", run, t);
	t->running = true;
}

static void stop(struct tracer *t)
{
	struct mail *m = mem_zalloc(sizeof(*m));

	m->deliver = on_stop;
	mailbox_post(t->mailbox, m);
	thread_join(&t->thread);
	exporter_fini(&t->exporter);
	timer_fini(&t->gather);
	timer_fini(&t->farewell);
	mailbox_destroy(&t->mailbox);
	loop_fini(&t->loop);
}

void tracer_destroy(struct tracer **tp)
{
	struct tracer *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	if (t->running)
		stop(t);
	drop_all(t);
	trace_queue_fini(&t->queue);
	conf_unref(&t->conf);
	mem_free(t);
}

void tracer_set_conf(struct tracer *t, struct conf *c)
{
	struct conf *old = t->conf;
	struct order *o;

	if (c == old)
		return;
	t->conf = conf_ref(c);
	conf_unref(&old);
	/* What was traced until then is still told where it was to be. */
	if (c->tracing.endpoint == NULL)
		return;
	if (!t->running)
		start(t);
	o = mem_zalloc(sizeof(*o));
	o->mail.deliver = on_conf;
	o->conf = conf_ref(c);
	mailbox_post(t->mailbox, &o->mail);
}

/* --- any thread ---------------------------------------------------------- */

void tracer_put(struct tracer *t, struct trace **done)
{
	struct trace *mine = *done;
	size_t spans = mine->n_spans, n;

	*done = NULL;
	if (mine->n_left_out > 0)
		drop(t, mine->n_left_out);
	n = trace_queue_put(&t->queue, mine);
	if (n == 0) {
		drop(t, spans);
		trace_destroy(&mine);
	} else if ((n == 1 || n == BATCH) &&
		   !atomic_exchange(&t->woken, true)) {
		mailbox_post(t->mailbox, &t->wake);
	}
}
