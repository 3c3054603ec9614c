#include "router/decision/ring.h"

#include <string.h>

#include "common/base/mem.h"

/* A record has about this size at least. */
#define ENTRY_BYTES 512

/* Looked through without a look at the records. */
struct entry {
	uint64_t id, client; /* their ends; client 0: it has none */
	size_t at;
};

struct decision_ring {
	char *block;
	size_t bytes;
	size_t end; /* where the next goes if there is room */
	struct entry *entry;
	size_t max;           /* entries */
	uint64_t first, next; /* numbers that are there: [first, next) */
};

struct decision_ring *decision_ring_create(size_t bytes)
{
	struct decision_ring *r;

	if (bytes == 0)
		return NULL;
	r = mem_zalloc(sizeof(*r));
	r->bytes = bytes & ~(size_t)15;
	r->block = mem_alloc(r->bytes + 16);
	r->max = r->bytes / ENTRY_BYTES + 1;
	r->entry = mem_array(r->max, sizeof(*r->entry));
	mem_zero(r->block, r->bytes);
	mem_zero(r->entry, r->max * sizeof(*r->entry));
	r->first = r->next = 1;
	return r;
}

static struct entry *entry_of(struct decision_ring *r, uint64_t number)
{
	return &r->entry[number % r->max];
}

static struct decision_record *record_of(struct decision_ring *r,
					 uint64_t number)
{
	return (struct decision_record *)(r->block + entry_of(r, number)->at);
}

static void drop_oldest(struct decision_ring *r)
{
	decision_fini(record_of(r, r->first));
	r->first++;
}

void decision_ring_destroy(struct decision_ring **rp)
{
	struct decision_ring *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	while (r->first < r->next)
		drop_oldest(r);
	mem_free(r->block);
	mem_free(r->entry);
	mem_free(r);
}

/* Where `n` bytes fit; SIZE_MAX: nowhere yet. Free is what lies between
 * the end and the oldest, round the ring. */
static size_t find_room(struct decision_ring *r, size_t n)
{
	size_t oldest;

	if (r->first == r->next)
		return 0;
	oldest = entry_of(r, r->first)->at;
	if (r->next - r->first == r->max)
		return SIZE_MAX;
	if (r->end <= oldest)
		return oldest - r->end >= n ? r->end : SIZE_MAX;
	if (r->bytes - r->end >= n)
		return r->end;
	return oldest >= n ? 0 : SIZE_MAX;
}

/* How it ends, which ours do in random digits; 0: there is none. */
static uint64_t end_of(struct slice id)
{
	uint64_t end = 0;
	size_t n = id.n < sizeof(end) ? id.n : sizeof(end);

	if (n > 0)
		memcpy(&end, id.p + id.n - n, n);
	return end;
}

struct decision_record *decision_ring_add(struct decision_ring *r,
					  const struct decision_made *m,
					  uint32_t *ticket)
{
	size_t n = (decision_bytes(m) + 15) & ~(size_t)15, at;
	struct decision_record *record;

	*ticket = 0;
	if (r == NULL || n > r->bytes)
		return NULL;
	while ((at = find_room(r, n)) == SIZE_MAX)
		drop_oldest(r);
	record = (struct decision_record *)(r->block + at);
	decision_fill(record, m);
	r->end = at + n;
	*ticket = (uint32_t)r->next;
	*entry_of(r, r->next++) = (struct entry){
		.id = end_of(slice_of(m->id)),
		.client = m->client_id ? end_of(slice_of(m->client_id)) : 0,
		.at = at,
	};
	return record;
}

struct decision_record *decision_ring_get(struct decision_ring *r,
					  uint32_t ticket)
{
	/* A ticket is the lower half of a number that is not long ago. */
	uint32_t age = r != NULL ? (uint32_t)r->next - ticket : 0;

	if (age == 0 || age > r->next - r->first)
		return NULL;
	return record_of(r, r->next - age);
}

static bool is_wanted(const struct decision_record *d,
		      const struct decision_wanted *w)
{
	if (w->ended && d->outcome.name == NULL)
		return false;
	return w->id.n == 0 || slice_equal(slice_of(d->id), w->id) ||
	       slice_equal(slice_of(d->client_id), w->id);
}

size_t decision_ring_find(
	struct decision_ring *r, const struct decision_wanted *w,
	void (*take)(void *arg, const struct decision_record *found), void *arg)
{
	uint64_t end = end_of(w->id);
	size_t n = 0;

	for (uint64_t t = r->next; t > r->first && n < w->max; t--) {
		const struct entry *e = entry_of(r, t - 1);

		if (w->id.n > 0 && e->id != end && e->client != end)
			continue;
		if (!is_wanted(record_of(r, t - 1), w))
			continue;
		take(arg, record_of(r, t - 1));
		n++;
	}
	return n;
}
