#include "common/token/regex_memo.h"

#include "common/base/mem.h"

#define FIRST_SIZE 1024
#define MAX_SIZE   (1u << 20) /* 12 MiB */

struct regex_fate {
	uint32_t op; /* plus one; 0: nothing here */
	uint32_t at, fate;
};

static size_t slot_of(const struct regex_fate *table, size_t size, uint32_t op,
		      uint32_t at)
{
	uint64_t key = ((uint64_t)op << 32 | at) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(key >> 32) & (size - 1);

	while (table[i].op != 0 && (table[i].op != op + 1 || table[i].at != at))
		i = (i + 1) & (size - 1);
	return i;
}

static void resize(struct regex_room *r, size_t size)
{
	struct regex_fate *table = mem_zalloc(size * sizeof(*table));

	for (size_t i = 0; i < r->fate_size; i++)
		if (r->fate[i].op != 0)
			table[slot_of(table, size, r->fate[i].op - 1,
				      r->fate[i].at)] = r->fate[i];
	mem_free(r->fate);
	r->fate = table;
	r->fate_size = size;
}

static void forget(struct regex_room *r)
{
	memset(r->fate, 0, r->fate_size * sizeof(*r->fate));
	r->n_fate = 0;
}

void regex_memo_clear(struct regex_room *r, size_t n_op)
{
	if (r->fate == NULL)
		resize(r, FIRST_SIZE);
	forget(r);
	if (r->n_failed < n_op) {
		mem_free(r->failed);
		r->failed = mem_array(n_op * 2, sizeof(*r->failed));
		r->n_failed = n_op;
	}
	for (size_t i = 0; i < n_op; i++) {
		r->failed[i * 2] = 1;
		r->failed[i * 2 + 1] = 0;
	}
}

bool regex_memo_get(const struct regex_room *r, uint32_t op, uint32_t at,
		    uint32_t *fate)
{
	const struct regex_fate *f =
		&r->fate[slot_of(r->fate, r->fate_size, op, at)];

	if (f->op == 0)
		return false;
	*fate = f->fate;
	return true;
}

void regex_memo_put(struct regex_room *r, uint32_t op, uint32_t at,
		    uint32_t fate)
{
	size_t i;

	if (r->n_fate * 2 >= r->fate_size) {
		if (r->fate_size < MAX_SIZE)
			resize(r, r->fate_size * 2);
		else
			forget(r);
	}
	i = slot_of(r->fate, r->fate_size, op, at);
	r->n_fate += r->fate[i].op == 0;
	r->fate[i] = (struct regex_fate){op + 1, at, fate};
}

void regex_memo_put_run(struct regex_room *r, uint32_t op, uint32_t at,
			uint32_t end)
{
	uint32_t *range = &r->failed[(size_t)op * 2];

	if (range[1] != end || range[0] > at)
		range[0] = at;
	range[1] = end;
}

bool regex_memo_fails(const struct regex_room *r, uint32_t op, uint32_t at)
{
	const uint32_t *range = &r->failed[(size_t)op * 2];

	return range[0] <= at && at <= range[1];
}

void regex_memo_fini(struct regex_room *r)
{
	mem_free(r->fate);
	mem_free(r->failed);
}

size_t regex_memo_bytes(const struct regex_room *r)
{
	return r->fate_size * sizeof(*r->fate) +
	       r->n_failed * 2 * sizeof(*r->failed);
}
