#include "router/prompt/recall.h"

#include <pthread.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/prompt/chunk_table.h"

/* A conversation gives up its end for another one up to this share of it,
 * or if it is short anyway; past that both are kept. */
#define END_SHARE 8
#define END_BYTES 1024
/* Text of a prompt that goes with bytes of its messages: at most about so
 * much more, for what templates put round each and in front. */
#define TEXT_A_TURN 128
#define TEXT_AHEAD  8192
/* What the table may take for a chunk. */
#define SLOT_BYTES (4 * sizeof(struct chunk_slot))

struct recall {
	pthread_mutex_t lock; /* of what follows */
	struct chunk_table table;
	struct list recent; /* those that may be found, newest first */
	struct conversation *spare;
	size_t n, bytes; /* lent ones too, as they were */

	size_t max_bytes;
	uint64_t secret;
	struct outlines *outlines;
};

struct recall *recall_create(size_t max_bytes)
{
	struct recall *r = mem_zalloc(sizeof(*r));
	struct rng rng;

	rng_system(&rng, sizeof(rng));
	r->secret = rng_next(&rng);
	r->max_bytes = max_bytes;
	r->outlines = outlines_create();
	pthread_mutex_init(&r->lock, NULL);
	list_init(&r->recent);
	return r;
}

struct outlines *recall_outlines(const struct recall *r)
{
	return r->outlines;
}

uint64_t recall_secret(const struct recall *r)
{
	return r->secret;
}

static struct conversation *oldest(struct recall *r)
{
	return LIST_ENTRY(r->recent.prev, struct conversation, recent);
}

/* Nobody finds it any more under its chunks from `from` on. */
static void forget_chunks(struct recall *r, struct conversation *c, size_t from)
{
	for (size_t i = from; i < c->n_chunks; i++)
		chunk_table_remove(&r->table, c->chunk[i], c);
	if (from < c->n_chunks)
		c->n_chunks = from;
}

static void uncount(struct recall *r, struct conversation *c)
{
	if (c->counted_bytes == 0)
		return;
	r->n--;
	r->bytes -= c->counted_bytes;
	c->counted_bytes = 0;
}

/* Out of all tables, onto `gone`: what takes long is done without the
 * lock. */
static void forget(struct recall *r, struct conversation *c, struct list *gone)
{
	uncount(r, c);
	forget_chunks(r, c, 0);
	list_remove(&c->recent);
	list_push_back(gone, &c->recent);
}

/* The first becomes the spare one if there is none. */
static void bury(struct recall *r, struct list *gone)
{
	struct conversation *c, *spare = NULL;
	struct list *node;

	while ((node = list_pop_front(gone)) != NULL) {
		c = LIST_ENTRY(node, struct conversation, recent);
		conversation_clear(c);
		c->lent = false;
		conversation_destroy(&spare);
		spare = c;
	}
	if (spare == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	c = r->spare;
	r->spare = spare;
	pthread_mutex_unlock(&r->lock);
	conversation_destroy(&c);
}

void recall_destroy(struct recall **rp)
{
	struct recall *r = *rp;
	struct list gone;

	*rp = NULL;
	if (r == NULL)
		return;
	list_init(&gone);
	while (!list_empty(&r->recent))
		forget(r, oldest(r), &gone);
	bury(r, &gone);
	conversation_destroy(&r->spare);
	chunk_table_fini(&r->table);
	outlines_destroy(&r->outlines);
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
}

static struct conversation *holder(const struct recall *r,
				   const struct recalled *f, size_t n_chunks)
{
	struct conversation *c = chunk_table_find(&r->table,
						  f->chunk[n_chunks - 1]);

	return c != NULL && !c->lent ? c : NULL;
}

/* The most chunks that one of them begins with. Of a text whose chunk is
 * known those before it are, but for what was forgotten meanwhile; so the
 * search may stop short of the best, never find what is not there. Next
 * turns differ by little at the end, where it starts. */
static struct conversation *longest(const struct recall *r,
				    const struct recalled *f, size_t *n_chunks)
{
	size_t low = f->n_chunks, high = f->n_chunks + 1, step = 1;
	struct conversation *c = NULL, *better;

	while (low > 0 && (c = holder(r, f, low)) == NULL) {
		high = low;
		low = low > step ? low - step : 0;
		step *= 2;
	}
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if ((better = holder(r, f, mid)) != NULL) {
			c = better;
			low = mid;
		} else {
			high = mid;
		}
	}
	*n_chunks = low;
	return c;
}

/* How many of its turns end in the first `bytes`. */
static size_t turns_within(const struct conversation *c, size_t bytes)
{
	size_t low = 0, high = c->n_turns;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->turn[mid].end <= bytes)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Turns that end behind the last chunk are looked at one by one. */
static void count_turns(const struct conversation *c, size_t n_chunks,
			struct slice text, struct recalled *out)
{
	size_t n = turns_within(c, chunk_bytes(n_chunks));

	while (n < c->n_turns && c->turn[n].end <= text.n &&
	       chunk_count(c->turn[n].end) == n_chunks &&
	       fingerprint_equal(c->turn[n].key,
				 chunk_key_at(out->secret, out->chunk, text,
					      c->turn[n].end)))
		n++;
	out->n_turns = n;
	out->bytes = n ? c->turn[n - 1].end : 0;
	if (c->n_turns == 0)
		out->bytes = chunk_bytes(n_chunks);
}

struct recall_end recall_end_at(const struct recalled *f, struct slice text,
				size_t at)
{
	return (struct recall_end){at,
				   chunk_key_at(f->secret, f->chunk, text, at)};
}

void recall_find(struct recall *r, uint64_t whose, struct slice text,
		 struct arena *arena, struct recalled *out)
{
	struct conversation *c;
	size_t n_chunks;

	*out = (struct recalled){
		.n_chunks = chunk_count(text.n),
		.secret = r->secret ^ whose,
	};
	out->chunk = arena_array(arena, out->n_chunks + 1, sizeof(*out->chunk));
	chunk_keys(out->secret, text, out->chunk);
	pthread_mutex_lock(&r->lock);
	c = longest(r, out, &n_chunks);
	if (c != NULL) {
		c->lent = true;
		list_remove(&c->recent);
	}
	pthread_mutex_unlock(&r->lock);
	out->conversation = c;
	if (c != NULL)
		count_turns(c, n_chunks, text, out);
}

/* It may be found again. */
static void give_back(struct recall *r, struct conversation *c)
{
	pthread_mutex_lock(&r->lock);
	c->lent = false;
	list_push_front(&r->recent, &c->recent);
	pthread_mutex_unlock(&r->lock);
}

void recall_give_up(struct recall *r, struct recalled *f)
{
	if (f->conversation != NULL)
		give_back(r, f->conversation);
	f->conversation = NULL;
}

static struct conversation *fresh(struct recall *r)
{
	struct conversation *c;

	pthread_mutex_lock(&r->lock);
	c = r->spare;
	r->spare = NULL;
	pthread_mutex_unlock(&r->lock);
	return c != NULL ? c : conversation_create();
}

/* Whether going on with it loses little of what it is. */
static bool may_take(const struct conversation *c, const struct recalled *f)
{
	size_t all = c->n_turns ? c->turn[c->n_turns - 1].end
				: buf_len(&c->text);

	return all - f->bytes <= all / END_SHARE + END_BYTES;
}

static struct conversation *branch(const struct recalled *f)
{
	return conversation_branch(f->conversation, f->n_turns,
				   f->bytes + f->n_turns * TEXT_A_TURN +
					   TEXT_AHEAD);
}

struct conversation *recall_lend(struct recall *r, struct recalled *f,
				 struct fingerprint_value scope, size_t *kept)
{
	struct conversation *found = f->conversation, *c;

	*kept = 0;
	if (found == NULL || !fingerprint_equal(found->scope, scope)) {
		c = fresh(r);
		c->scope = scope;
	} else {
		*kept = f->n_turns;
		c = may_take(found, f) ? found : branch(f);
	}
	if (c == found)
		f->conversation = NULL;
	else
		c->lent = true;
	recall_give_up(r, f);
	return c;
}

void recall_drop(struct recall *r, struct conversation *c)
{
	struct list gone;

	list_init(&gone);
	pthread_mutex_lock(&r->lock);
	forget(r, c, &gone);
	pthread_mutex_unlock(&r->lock);
	bury(r, &gone);
}

static void set_ends(struct conversation *c, const struct recall_end *end,
		     size_t kept)
{
	for (size_t i = kept; i < c->n_turns; i++) {
		c->turn[i].end = end[i - kept].at;
		c->turn[i].key = end[i - kept].key;
	}
}

static void set_chunks(struct recall *r, struct conversation *c,
		       const struct fingerprint_value *chunk, size_t n)
{
	size_t same = 0;

	while (same < n && same < c->n_chunks &&
	       fingerprint_equal(c->chunk[same], chunk[same]))
		same++;
	forget_chunks(r, c, same);
	if (n > c->chunk_room) {
		c->chunk_room = n + n / 4;
		c->chunk = mem_realloc(c->chunk,
				       c->chunk_room * sizeof(*c->chunk));
	}
	for (size_t i = same; i < n; i++) {
		c->chunk[i] = chunk[i];
		chunk_table_set(&r->table, chunk[i], c);
	}
	c->n_chunks = n;
}

/* Within the budget now? What is over it is forgotten. */
static void admit(struct recall *r, struct conversation *c, size_t bytes,
		  struct list *gone)
{
	uncount(r, c);
	if (c->n_chunks == 0 || bytes > r->max_bytes) {
		forget(r, c, gone);
		return;
	}
	while (r->bytes + bytes > r->max_bytes && !list_empty(&r->recent))
		forget(r, oldest(r), gone);
	c->lent = false;
	c->counted_bytes = bytes;
	list_push_front(&r->recent, &c->recent);
	r->n++;
	r->bytes += bytes;
	/* Others are lent, and hold what this one would have. */
	if (r->bytes > r->max_bytes)
		forget(r, c, gone);
}

void recall_keep(struct recall *r, struct conversation *c,
		 const struct fingerprint_value *chunk, size_t n_chunks,
		 const struct recall_end *end, size_t kept)
{
	size_t bytes = conversation_bytes(c) + n_chunks * SLOT_BYTES;
	struct list gone;

	ASSERT(c->lent);
	list_init(&gone);
	set_ends(c, end, kept);
	pthread_mutex_lock(&r->lock);
	set_chunks(r, c, chunk, n_chunks);
	admit(r, c, bytes, &gone);
	pthread_mutex_unlock(&r->lock);
	bury(r, &gone);
}

size_t recall_bytes(struct recall *r)
{
	size_t bytes;

	pthread_mutex_lock(&r->lock);
	bytes = r->bytes;
	pthread_mutex_unlock(&r->lock);
	return bytes;
}

size_t recall_count(struct recall *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->n;
	pthread_mutex_unlock(&r->lock);
	return n;
}
