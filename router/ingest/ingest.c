#include "router/ingest/ingest.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mailbox.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "router/ingest/source.h"

#include <poll.h>
#include <string.h>

#define TICK_MS 100
/* What lanes learn comes many times a millisecond: while it does, the
 * thread looks by itself this often instead of being woken each time. */
#define LOOK_MS  2
#define QUIET_MS 20
/* A prompt's keys past this many are not remembered. */
#define LEARN_MAX_KEYS ((size_t)1 << 16)
/* One key in so many is followed from when it is asked for. */
#define ASKED_EVERY    64
#define ASKED_MAX_KEYS 256

struct ingest {
	struct source_tools tools;
	struct index_reader *learned; /* of the approximate index */
	struct mailbox *mailbox;
	struct thread thread;
	bool running;  /* the owner's: the thread was not joined yet */
	bool stopping; /* the thread's */
	uint64_t now;
	uint64_t mail_ms; /* when mail last came */
	bool awake;       /* posts do not wake it: it looks */
	/* The thread's: */
	struct fleet *fleet; /* keeps the models that sources point to */
	struct source *by_id[INDEX_MAX_WORKERS];
	struct source *source[INDEX_MAX_WORKERS]; /* the same, closed up */
	size_t n_sources;
	zmq_pollitem_t *item;
	unsigned *item_id;   /* whose each item is */
	struct pollfd *stir; /* each item's descriptor */
	size_t n_items;
	bool stirred; /* something was done to sockets since they were asked */
};

struct mail_fleet {
	struct mail mail;
	struct fleet *fleet; /* counted */
};

struct mail_learn {
	struct mail mail;
	struct worker *worker; /* counted */
	size_t n;
	uint64_t key[];
};

struct mail_outcome {
	struct mail mail;
	struct worker *worker; /* counted */
	enum ingest_verdict verdict;
	bool absent;
	struct source_load load;
	uint64_t key[]; /* that load's */
};

static struct source *source_of(const struct ingest *in, const struct worker *w)
{
	struct source *s = in->by_id[w->id];

	return s != NULL && s->worker == w ? s : NULL;
}

static bool fleet_has(const struct fleet *f, const struct worker *w)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (f->worker[i] == w)
			return true;
	return false;
}

static void drop_gone(struct ingest *in, const struct fleet *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->n_sources; i++) {
		struct source *s = in->source[i];

		if (fleet_has(f, s->worker)) {
			in->source[kept++] = s;
			continue;
		}
		in->by_id[s->worker->id] = NULL;
		source_destroy(&s);
	}
	in->n_sources = kept;
}

static void take_model(struct ingest *in, const struct fleet_model *m)
{
	for (size_t i = 0; i < m->n_workers; i++) {
		struct worker *w = m->worker[i];
		struct source *s = source_of(in, w);

		if (s != NULL) {
			source_set_model(s, m);
			continue;
		}
		s = source_create(&in->tools, w, m, in->now);
		ASSERT(in->by_id[w->id] == NULL);
		in->by_id[w->id] = s;
		in->source[in->n_sources++] = s;
	}
}

static bool fleet_has_store(const struct fleet *f, const struct store *s)
{
	for (size_t i = 0; i < f->n_models; i++)
		if (f->model[i].store == s)
			return true;
	return false;
}

static void drop_stores(struct ingest *in, const struct fleet *f)
{
	for (size_t i = 0; in->fleet != NULL && i < in->fleet->n_models; i++) {
		const struct store *s = in->fleet->model[i].store;

		if (s != NULL && !fleet_has_store(f, s))
			index_clear(in->tools.apply.index, s->id, INDEX_OTHER);
	}
}

static void deliver_fleet(struct mail *m, void *receiver)
{
	struct mail_fleet *mail = (struct mail_fleet *)m;
	struct ingest *in = receiver;
	struct fleet *f = mail->fleet;

	mem_free(mail);
	in->stirred = true;
	if (!in->stopping) {
		drop_gone(in, f);
		for (size_t i = 0; i < f->n_models; i++)
			take_model(in, &f->model[i]);
		drop_stores(in, f);
		fleet_unref(&in->fleet);
		in->fleet = fleet_ref(f);
	}
	fleet_unref(&f);
}

/* Only what is not known yet is stored: a prompt's known prefix keeps its
 * place by being looked up. */
static void deliver_learn(struct mail *m, void *receiver)
{
	struct mail_learn *mail = (struct mail_learn *)m;
	struct ingest *in = receiver;
	struct source *s = source_of(in, mail->worker);
	unsigned id = mail->worker->id;
	uint32_t held[1][INDEX_TIERS];
	size_t known;

	in->mail_ms = in->now;
	if (s != NULL && !in->stopping) {
		index_match(in->learned, mail->key, mail->n, &id, 1, held);
		known = held[0][INDEX_GPU];
		index_store_run(in->tools.approx, mail->key + known,
				mail->n - known, id, INDEX_GPU);
		if (known < mail->n)
			source_expect(s, in->now);
	}
	worker_unref(&mail->worker);
	mem_free(mail);
}

static void deliver_outcome(struct mail *m, void *receiver)
{
	struct mail_outcome *mail = (struct mail_outcome *)m;
	struct ingest *in = receiver;
	struct source *s = source_of(in, mail->worker);

	in->mail_ms = in->now;
	in->stirred = true;
	if (s != NULL && !in->stopping) {
		source_outcome(s, mail->verdict, mail->absent, in->now);
		source_loaded(s, &mail->load, in->now);
	}
	store_unref(&mail->load.store);
	worker_unref(&mail->worker);
	mem_free(mail);
}

static void deliver_stop(struct mail *m, void *receiver)
{
	struct ingest *in = receiver;

	in->stopping = true;
	mem_free(m);
}

static int descriptor_of(const zmq_pollitem_t *item)
{
	size_t size = sizeof(int);
	int fd = item->fd;

	if (item->socket != NULL)
		ASSERT(zmq_getsockopt(item->socket, ZMQ_FD, &fd, &size) == 0);
	return fd;
}

/* Everything that may wake the thread; the mailbox is the first. */
static void gather(struct ingest *in)
{
	in->item[0] = (zmq_pollitem_t){.fd = mailbox_fd(in->mailbox),
				       .events = ZMQ_POLLIN};
	in->n_items = 1;
	for (size_t i = 0; i < in->n_sources; i++) {
		size_t n = source_poll(in->source[i], in->item + in->n_items);

		for (; n > 0; n--)
			in->item_id[in->n_items++] = in->source[i]->worker->id;
	}
	for (size_t i = 0; i < in->n_items; i++)
		in->stir[i] = (struct pollfd){.fd = descriptor_of(&in->item[i]),
					      .events = POLLIN};
}

/* Sleeps until some descriptor stirs. A socket that was asked and had
 * nothing makes its own readable when that changes, as long as nothing else
 * is done to it. False: none has, and the items say so. */
static bool sleep_lightly(struct ingest *in, int ms)
{
	bool some = false;

	if (poll(in->stir, in->n_items, ms) < 0)
		return true;
	for (size_t i = 0; i < in->n_items; i++)
		some |= in->stir[i].revents != 0;
	for (size_t i = 0; i < in->n_items && !some; i++)
		in->item[i].revents = 0;
	return some;
}

/* zmq_poll() asks each socket twice, with two system calls each time: too
 * much where only the mailbox is looked at every few ms. */
static void wait(struct ingest *in, int ms)
{
	if (in->stirred) {
		gather(in);
		zmq_poll(in->item, (int)in->n_items, ms);
		in->stirred = false;
	} else if (sleep_lightly(in, ms)) {
		zmq_poll(in->item, (int)in->n_items, 0);
	}
}

/* Those with something to read, each once; true if one has more. */
static bool read_ready(struct ingest *in)
{
	bool more = false;
	unsigned last = INDEX_MAX_WORKERS;

	for (size_t i = 1; i < in->n_items; i++) {
		unsigned id = in->item_id[i];

		if (in->item[i].revents == 0 || id == last)
			continue;
		last = id;
		in->stirred = true;
		if (in->by_id[id] != NULL)
			more = source_read(in->by_id[id], in->now) || more;
	}
	return more;
}

static void tick(struct ingest *in)
{
	in->stirred = true;
	for (size_t i = 0; i < in->n_sources; i++)
		source_tick(in->source[i], in->now);
}

/* Takes the mail; returns how long may be slept then, in ms. */
static int take_mail(struct ingest *in)
{
	bool called = in->item[0].revents != 0;

	if (!in->awake && !called)
		return TICK_MS;
	mailbox_look(in->mailbox, called);
	in->awake = in->now - in->mail_ms < QUIET_MS;
	if (in->awake)
		return LOOK_MS;
	mailbox_drain(in->mailbox);
	return TICK_MS;
}

static void run(void *arg)
{
	struct ingest *in = arg;
	uint64_t ticked = 0;
	int sleep_ms = 0;
	bool more = false;

	while (!in->stopping) {
		wait(in, more ? 0 : sleep_ms);
		in->now = clock_ms();
		more = read_ready(in);
		/* What clears have left to do takes its turns. */
		more = index_sweep(in->tools.apply.index) || more;
		more = index_sweep(in->tools.approx) || more;
		/* After the sources: mail may make some of them go. */
		sleep_ms = take_mail(in);
		if (in->now - ticked < TICK_MS)
			continue;
		ticked = in->now;
		tick(in);
	}
	for (size_t i = 0; i < in->n_sources; i++)
		source_destroy(&in->source[i]);
	memset(in->by_id, 0, sizeof(in->by_id));
	in->n_sources = 0;
	fleet_unref(&in->fleet);
}

struct ingest *ingest_create(struct index *exact, struct index *approx,
			     struct metrics *metrics)
{
	struct ingest *in = mem_zalloc(sizeof(*in));
	size_t items = 1 + (size_t)SUBSCRIBER_MAX_POLL * INDEX_MAX_WORKERS;
	struct index_stats stats;

	index_stats(exact, &stats);
	/* A name takes about half of what a block does. */
	apply_tools_init(&in->tools.apply, exact, stats.max_bytes / 2);
	in->tools.apply.reuse = reuse_create(INDEX_MAX_WORKERS, ASKED_EVERY);
	in->tools.approx = approx;
	in->tools.metrics = metrics;
	in->tools.zmq = subscriber_zmq_create();
	in->learned = index_reader_create(approx);
	in->item = mem_array(items, sizeof(*in->item));
	in->item_id = mem_array(items, sizeof(*in->item_id));
	in->stir = mem_array(items, sizeof(*in->stir));
	in->stirred = true;
	in->mailbox = mailbox_create_plain(in);
	in->now = clock_ms();
	in->running = true;
	thread_start(&in->thread, "ingest", run, in);
	return in;
}

void ingest_stop(struct ingest *in)
{
	struct mail *m;

	if (!in->running)
		return;
	m = mem_zalloc(sizeof(*m));
	m->deliver = deliver_stop;
	mailbox_post(in->mailbox, m);
	thread_join(&in->thread);
	in->running = false;
}

void ingest_destroy(struct ingest **in)
{
	struct ingest *gone = *in;

	*in = NULL;
	if (gone == NULL)
		return;
	ingest_stop(gone);
	mailbox_destroy(&gone->mailbox);
	index_reader_destroy(&gone->learned);
	reuse_destroy(&gone->tools.apply.reuse);
	apply_tools_fini(&gone->tools.apply);
	subscriber_zmq_destroy(&gone->tools.zmq);
	mem_free(gone->item);
	mem_free(gone->item_id);
	mem_free(gone->stir);
	mem_free(gone);
}

void ingest_set_fleet(struct ingest *in, struct fleet *f)
{
	struct mail_fleet *m = mem_zalloc(sizeof(*m));

	m->mail.deliver = deliver_fleet;
	m->fleet = fleet_ref(f);
	mailbox_post(in->mailbox, &m->mail);
}

void ingest_learn(struct ingest *in, struct worker *w, const uint64_t *key,
		  size_t n)
{
	struct mail_learn *m;

	if (n > LEARN_MAX_KEYS)
		n = LEARN_MAX_KEYS;
	if (n == 0)
		return;
	m = mem_alloc(sizeof(*m) + n * sizeof(*key));
	m->mail.deliver = deliver_learn;
	m->worker = worker_ref(w);
	m->n = n;
	memcpy(m->key, key, n * sizeof(*key));
	mailbox_post(in->mailbox, &m->mail);
}

static void deliver_asked(struct mail *m, void *receiver)
{
	struct mail_learn *mail = (struct mail_learn *)m;
	struct ingest *in = receiver;

	reuse_asked(in->tools.apply.reuse, mail->worker->id, mail->key, mail->n,
		    (double)clock_coarse_ms() / 1e3);
	worker_unref(&mail->worker);
	mem_free(mail);
}

/* Most short prompts have no block that would be remembered. */
void ingest_asked(struct ingest *in, struct worker *w, const uint64_t *key,
		  size_t n)
{
	uint64_t some[ASKED_MAX_KEYS];
	struct mail_learn *m;

	n = reuse_sample(ASKED_EVERY, key, n, some, ASKED_MAX_KEYS);
	if (n == 0)
		return;
	m = mem_alloc(sizeof(*m) + n * sizeof(*key));
	m->mail.deliver = deliver_asked;
	m->worker = worker_ref(w);
	m->n = n;
	memcpy(m->key, some, n * sizeof(*key));
	mailbox_post(in->mailbox, &m->mail);
}

/* Where a worker's own blocks end and the store's begin, and how far those
 * came. The first hole ends a load: one in the worker's own blocks tells
 * nothing of the store. */
static struct source_load load_of(const struct ingest_outcome *o, size_t block)
{
	uint32_t own = o->own_tokens, came = o->reported_tokens;
	struct source_load l = {NULL};

	if (o->store == NULL || own >= o->predicted_tokens ||
	    came + block <= own)
		return l;
	l.store = store_ref(o->store);
	l.came = came >= own + block;
	l.puts = o->store_puts;
	l.n_missed = came > own ? (came - own) / block : 0;
	l.n_missed = l.n_missed < o->n_keys ? o->n_keys - l.n_missed : 0;
	return l;
}

/* Blocks of the store that did not come are no fault of the worker's. */
static uint32_t expected_of(const struct ingest_outcome *o)
{
	uint32_t least = o->reported_tokens;

	if (o->store == NULL || least >= o->predicted_tokens)
		return o->predicted_tokens;
	return least > o->own_tokens ? least : o->own_tokens;
}

static void post_outcome(struct ingest *in, const struct ingest_outcome *o,
			 size_t block, bool changed)
{
	struct source_load l = load_of(o, block);
	size_t bytes = l.n_missed * sizeof(*o->key);
	struct mail_outcome *m = mem_alloc(sizeof(*m) + bytes);
	uint32_t expected = expected_of(o);

	m->mail.deliver = deliver_outcome;
	m->worker = worker_ref(o->worker);
	m->verdict = verify_judge(expected, o->reported_tokens, block, changed);
	m->absent = o->reported_tokens < expected;
	m->load = l;
	m->load.missed = m->key;
	if (bytes > 0)
		memcpy(m->key, o->key + o->n_keys - l.n_missed, bytes);
	mailbox_post(in->mailbox, &m->mail);
}

enum ingest_verdict ingest_report(struct ingest *in,
				  const struct ingest_outcome *o)
{
	struct worker *w = o->worker;
	size_t block = worker_block_size(w);
	enum ingest_verdict v;
	bool changed;

	if (atomic_load(&w->trust) != WORKER_EXACT)
		return INGEST_UNKNOWN;
	changed = (uint32_t)atomic_load(&w->index_version) != o->version;
	v = verify_judge(o->predicted_tokens, o->reported_tokens, block,
			 changed);
	if (v != INGEST_UNKNOWN)
		post_outcome(in, o, block, changed);
	return v;
}

const char *ingest_verdict_name(enum ingest_verdict v)
{
	static const char *const name[] = {"exact", "index_changed", "wrong",
					   "unknown"};

	return name[v];
}
