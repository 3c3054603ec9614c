#include "router/decision/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/base/thread.h"
#include "router/decision/log_file.h"
#include "router/decision/write.h"

#define QUEUE_BYTES (8u << 20)
#define GATHER_US   5000
#define KEEP_BYTES  (64u << 10)

/* An end, as it waits: records wait as they are. */
struct end {
	char id[DECISION_ID_BYTES];
	struct decision_outcome outcome;
};

/* Before each of what waits. */
struct parcel {
	uint32_t bytes; /* of what follows, with what fills it up to 16 */
	enum { PARCEL_RECORD, PARCEL_END } kind;
	uint64_t reserved; /* what follows is aligned as it wants to be */
};

struct decision_log {
	atomic_bool on;
	struct metric_cell *dropped; /* or NULL */
	uint64_t salt;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buf filling, writing; /* of parcels */
	bool waiting, stopping, look_anew;
	struct decision_file *next; /* to be written to; or NULL: as before */
	bool has_next;
	struct decision_file *file; /* the writer's */
	struct buf lines;           /* the writer's */
	struct thread thread;
};

static void drop(struct decision_log *l, uint64_t lines)
{
	if (l->dropped != NULL && lines > 0)
		metric_add(l->dropped, (double)lines);
}

/* --- the writer --------------------------------------------------------- */

/* Of one parcel; returns its bytes. */
static size_t make_line(struct decision_log *l, const char *at)
{
	struct decision_record *record;
	struct parcel p;

	memcpy(&p, at, sizeof(p));
	at += sizeof(p);
	if (p.kind == PARCEL_RECORD) {
		/* The queue's block is aligned, and so is each parcel. */
		record = (struct decision_record *)(uintptr_t)at;
		if (l->file != NULL)
			decision_write_log(record, &l->lines);
		decision_fini(record);
	} else if (l->file != NULL) {
		const struct end *e = (const struct end *)(uintptr_t)at;

		decision_write_outcome(e->id, &e->outcome, &l->lines);
	}
	if (l->file != NULL)
		buf_putc(&l->lines, '\n');
	return sizeof(p) + p.bytes;
}

static void write_all(struct decision_log *l)
{
	struct slice all = buf_slice(&l->writing);

	while (all.n > 0) {
		all = slice_from(all, make_line(l, all.p));
		if (buf_len(&l->lines) < KEEP_BYTES && all.n > 0)
			continue;
		if (l->file != NULL)
			drop(l, decision_file_write(l->file,
						    buf_slice(&l->lines)));
		buf_reset(&l->lines, KEEP_BYTES);
	}
	buf_reset(&l->writing, KEEP_BYTES);
}

/* Swaps what has gathered for what is written, once there is something to
 * do; false: there never will be again. */
static bool take_turn(struct decision_log *l)
{
	struct decision_file *old = NULL;
	struct buf swap;
	bool look_anew, stopping;

	pthread_mutex_lock(&l->lock);
	l->waiting = true;
	while (buf_len(&l->filling) == 0 && !l->stopping && !l->has_next &&
	       !l->look_anew)
		pthread_cond_wait(&l->wake, &l->lock);
	l->waiting = false;
	look_anew = l->look_anew;
	stopping = l->stopping;
	l->look_anew = false;
	if (l->has_next) {
		old = l->file;
		l->file = l->next;
		l->has_next = false;
	}
	swap = l->filling;
	l->filling = l->writing;
	l->writing = swap;
	pthread_mutex_unlock(&l->lock);
	decision_file_close(&old);
	if (look_anew && l->file != NULL)
		decision_file_look(l->file);
	return !stopping;
}

static void run(void *arg)
{
	struct decision_log *l = arg;

	while (take_turn(l)) {
		write_all(l);
		usleep(GATHER_US);
	}
	write_all(l);
}

/* --- whoever decides ------------------------------------------------------ */

struct decision_log *decision_log_create(struct metric_cell *dropped)
{
	struct decision_log *l = mem_zalloc(sizeof(*l));

	l->dropped = dropped;
	rng_system(&l->salt, sizeof(l->salt));
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	thread_start(&l->thread, "decisions", run, l);
	return l;
}

void decision_log_destroy(struct decision_log **lp)
{
	struct decision_log *l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	thread_join(&l->thread);
	decision_file_close(&l->file);
	buf_fini(&l->filling);
	buf_fini(&l->writing);
	buf_fini(&l->lines);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

enum status decision_log_open(struct decision_log *l, const char *file,
			      struct error *err)
{
	struct decision_file *fresh = NULL, *unused = NULL;

	if (file != NULL) {
		fresh = decision_file_open(file, err);
		if (fresh == NULL)
			return ERR_IO;
	}
	pthread_mutex_lock(&l->lock);
	if (l->has_next)
		unused = l->next;
	l->next = fresh;
	l->has_next = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	decision_file_close(&unused);
	atomic_store(&l->on, file != NULL);
	return OK;
}

void decision_log_reopen(struct decision_log *l)
{
	pthread_mutex_lock(&l->lock);
	l->look_anew = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

bool decision_log_is_on(const struct decision_log *l)
{
	return l != NULL && atomic_load_explicit(&l->on, memory_order_relaxed);
}

uint64_t decision_log_salt(const struct decision_log *l)
{
	return l->salt;
}

/* Room for a parcel's contents; NULL: the queue is full. With the lock. */
static void *begin_parcel(struct decision_log *l, struct parcel p)
{
	size_t n = sizeof(p) + p.bytes;
	char *at;

	if (buf_len(&l->filling) + n > QUEUE_BYTES) {
		drop(l, 1);
		return NULL;
	}
	at = buf_reserve(&l->filling, n);
	memcpy(at, &p, sizeof(p));
	buf_commit(&l->filling, n);
	if (l->waiting)
		pthread_cond_signal(&l->wake);
	return at + sizeof(p);
}

static uint32_t filled_up(size_t n)
{
	return (uint32_t)((n + 15) & ~(size_t)15);
}

void decision_log_put(struct decision_log *l, const struct decision_record *r)
{
	const struct parcel p = {filled_up(r->bytes), PARCEL_RECORD, 0};
	void *to;

	pthread_mutex_lock(&l->lock);
	to = begin_parcel(l, p);
	if (to != NULL) {
		memcpy(to, r, r->bytes);
		decision_roster_ref(r->roster);
	}
	pthread_mutex_unlock(&l->lock);
}

void decision_log_end(struct decision_log *l, const char *id,
		      const struct decision_outcome *o)
{
	const struct parcel p = {filled_up(sizeof(struct end)), PARCEL_END, 0};
	struct end e = {.outcome = *o};
	void *to;

	memcpy(e.id, id, strnlen(id, sizeof(e.id) - 1));
	pthread_mutex_lock(&l->lock);
	to = begin_parcel(l, p);
	if (to != NULL)
		memcpy(to, &e, sizeof(e));
	pthread_mutex_unlock(&l->lock);
}
