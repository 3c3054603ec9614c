#include "router/index/names.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define AGES 8 /* told apart when the oldest are dropped */

/* Engine hashes are spread evenly already, but small numbers in tests and
 * other engines' may not be. */
static size_t home_of(const struct names *m, uint64_t hash)
{
	hash *= 0x9e3779b97f4a7c15;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
	return (size_t)((hash >> 32) * m->size >> 32);
}

static size_t after(const struct names *m, size_t at)
{
	return at + 1 == m->size ? 0 : at + 1;
}

static size_t distance(const struct names *m, size_t from, size_t to)
{
	return to >= from ? to - from : to + m->size - from;
}

static size_t place_of(const struct names *m, uint64_t hash)
{
	size_t at = home_of(m, hash);

	while (m->slot[at].copies != 0 && m->slot[at].hash != hash)
		at = after(m, at);
	return at;
}

void names_fini(struct names *m)
{
	mem_free(m->slot);
	memset(m, 0, sizeof(*m));
}

struct names_slot *names_find(const struct names *m, uint64_t hash)
{
	size_t at;

	if (m->n == 0)
		return NULL;
	at = place_of(m, hash);
	return m->slot[at].copies != 0 ? &m->slot[at] : NULL;
}

void names_prefetch(const struct names *m, uint64_t hash)
{
	if (m->size > 0)
		__builtin_prefetch(&m->slot[home_of(m, hash)], 1);
}

bool names_has_room(const struct names *m)
{
	return m->n < m->size - m->size / 8 && m->n + 1 < m->size;
}

struct names_slot *names_add(struct names *m, uint64_t hash)
{
	struct names_slot *s = &m->slot[place_of(m, hash)];

	ASSERT(s->copies == 0);
	s->hash = hash;
	s->copies = 1;
	m->n++;
	return s;
}

void names_remove(struct names *m, struct names_slot *s)
{
	size_t gap = (size_t)(s - m->slot), at = gap;

	for (;;) {
		size_t home;

		at = after(m, at);
		if (m->slot[at].copies == 0)
			break;
		home = home_of(m, m->slot[at].hash);
		if (distance(m, home, at) < distance(m, gap, at))
			continue;
		m->slot[gap] = m->slot[at];
		gap = at;
	}
	m->slot[gap].copies = 0;
	m->n--;
}

void names_resize(struct names *m, size_t size)
{
	struct names_slot *old = m->slot;
	size_t n = m->size;

	ASSERT(size > m->n && size <= UINT32_MAX);
	m->slot = mem_zalloc(size * sizeof(*m->slot));
	m->size = size;
	for (size_t i = 0; i < n; i++)
		if (old[i].copies != 0)
			m->slot[place_of(m, old[i].hash)] = old[i];
	mem_free(old);
}

static size_t age_class(const struct names *m, const struct names_slot *s)
{
	uint32_t age = m->age - s->age;

	return age < AGES ? age : AGES - 1;
}

size_t names_drop_oldest(struct names *m)
{
	size_t by_age[AGES] = {0}, left = m->n / 8 + 1, dropped = 0;
	size_t oldest = AGES - 1, due = 0;

	if (m->n == 0)
		return 0;
	for (size_t i = 0; i < m->size; i++)
		if (m->slot[i].copies != 0)
			by_age[age_class(m, &m->slot[i])]++;
	while (left > by_age[oldest])
		left -= by_age[oldest--];
	for (size_t i = 0; i < m->size; i++) {
		struct names_slot *s = &m->slot[i];
		size_t age = s->copies != 0 ? age_class(m, s) : 0;

		if (s->copies == 0 || age < oldest)
			continue;
		/* Of one age, evenly all over: were it the first ones, the
		 * table would get crowded elsewhere. */
		if (age == oldest && (due += left) < by_age[oldest])
			continue;
		due -= age == oldest ? by_age[oldest] : 0;
		s->copies = 0;
		dropped++;
	}
	m->n -= dropped;
	m->age++;
	/* Gaps may cut searches short, so all are put in place again. */
	names_resize(m, m->size);
	return dropped;
}
