#include "router/prompt/recall.h"

#include <string.h>

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
	struct chunk_table table;
	struct list recent; /* kept ones, newest first */
	struct conversation *spare;
	size_t n, bytes, max_bytes;
	uint64_t secret;
};

struct recall *recall_create(size_t max_bytes)
{
	struct recall *r = mem_zalloc(sizeof(*r));
	struct rng rng;

	rng_system(&rng, sizeof(rng));
	r->secret = rng_next(&rng);
	r->max_bytes = max_bytes;
	list_init(&r->recent);
	return r;
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

static void take_out(struct recall *r, struct conversation *c)
{
	if (list_empty(&c->recent))
		return;
	list_remove(&c->recent);
	r->n--;
	r->bytes -= c->counted_bytes;
}

static void forget(struct recall *r, struct conversation *c)
{
	take_out(r, c);
	c->counted_bytes = 0;
	forget_chunks(r, c, 0);
	if (r->spare != NULL) {
		conversation_destroy(&c);
		return;
	}
	conversation_clear(c);
	c->lent = false;
	r->spare = c;
}

void recall_destroy(struct recall **rp)
{
	struct recall *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	while (!list_empty(&r->recent))
		forget(r, oldest(r));
	conversation_destroy(&r->spare);
	chunk_table_fini(&r->table);
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

/* Turns that end behind the last chunk are looked at one by one. */
static void count_turns(const struct recall *r, const struct conversation *c,
			size_t n_chunks, struct slice text,
			struct recalled *out)
{
	size_t n = 0;

	while (n < c->n_turns && c->turn[n].end <= chunk_bytes(n_chunks))
		n++;
	while (n < c->n_turns && c->turn[n].end <= text.n &&
	       chunk_count(c->turn[n].end) == n_chunks &&
	       fingerprint_equal(c->turn[n].key,
				 chunk_key_at(r->secret, out->chunk, text,
					      c->turn[n].end)))
		n++;
	out->n_turns = n;
	out->bytes = n ? c->turn[n - 1].end : 0;
	if (c->n_turns == 0)
		out->bytes = chunk_bytes(n_chunks);
}

struct recall_end recall_end_at(const struct recall *r,
				const struct recalled *f, struct slice text,
				size_t at)
{
	return (struct recall_end){at,
				   chunk_key_at(r->secret, f->chunk, text, at)};
}

void recall_find(struct recall *r, struct slice text, struct arena *arena,
		 struct recalled *out)
{
	size_t n_chunks;

	*out = (struct recalled){.n_chunks = chunk_count(text.n)};
	out->chunk = arena_array(arena, out->n_chunks + 1, sizeof(*out->chunk));
	chunk_keys(r->secret, text, out->chunk);
	out->conversation = longest(r, out, &n_chunks);
	if (out->conversation != NULL)
		count_turns(r, out->conversation, n_chunks, text, out);
}

static struct conversation *fresh(struct recall *r)
{
	struct conversation *c = r->spare;

	r->spare = NULL;
	return c != NULL ? c : conversation_create();
}

/* Whether going on with it loses little of what it is. */
static bool may_take(const struct conversation *c, const struct recalled *f)
{
	size_t all = c->n_turns ? c->turn[c->n_turns - 1].end
				: buf_len(&c->text);

	return all - f->bytes <= all / END_SHARE + END_BYTES;
}

struct conversation *recall_lend(struct recall *r, const struct recalled *f,
				 struct fingerprint_value scope, size_t *kept)
{
	struct conversation *c = f->conversation;

	*kept = 0;
	if (c == NULL || !fingerprint_equal(c->scope, scope)) {
		c = fresh(r);
		c->scope = scope;
	} else if (may_take(c, f)) {
		*kept = f->n_turns;
	} else {
		*kept = f->n_turns;
		c = conversation_branch(c, f->n_turns,
					f->bytes + f->n_turns * TEXT_A_TURN +
						TEXT_AHEAD);
	}
	c->lent = true;
	take_out(r, c);
	return c;
}

void recall_drop(struct recall *r, struct conversation *c)
{
	forget(r, c);
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

void recall_keep(struct recall *r, struct conversation *c,
		 const struct fingerprint_value *chunk, size_t n_chunks,
		 const struct recall_end *end, size_t kept)
{
	ASSERT(c->lent);
	set_ends(c, end, kept);
	set_chunks(r, c, chunk, n_chunks);
	c->counted_bytes = conversation_bytes(c) + n_chunks * SLOT_BYTES;
	if (n_chunks == 0 || c->counted_bytes > r->max_bytes) {
		forget(r, c);
		return;
	}
	while (r->bytes + c->counted_bytes > r->max_bytes)
		forget(r, oldest(r));
	c->lent = false;
	list_push_front(&r->recent, &c->recent);
	r->n++;
	r->bytes += c->counted_bytes;
}

size_t recall_bytes(const struct recall *r)
{
	return r->bytes;
}

size_t recall_count(const struct recall *r)
{
	return r->n;
}
