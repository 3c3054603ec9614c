#include "router/fleet/adapters.h"

#include "common/base/fingerprint.h"

/* SGLang's default, which does not tell. */
#define UNTOLD_ROOM 8

static uint64_t name_at(const struct adapters *a, size_t i)
{
	return atomic_load_explicit(&a->slot[i].name, memory_order_relaxed);
}

static uint64_t used_at(const struct adapters *a, size_t i)
{
	return atomic_load_explicit(&a->slot[i].used_ms, memory_order_relaxed);
}

uint64_t adapters_name(struct slice name)
{
	uint64_t h = name.n > 0 ? fingerprint64(name, 0) : 0;

	return name.n > 0 && h == 0 ? 1 : h;
}

/* Its slot, or else the one that was used longest ago. */
static size_t slot_for(const struct adapters *a, uint64_t name)
{
	size_t oldest = 0;

	for (size_t i = 0; i < ADAPTERS_MAX; i++) {
		if (name_at(a, i) == name)
			return i;
		if (used_at(a, i) < used_at(a, oldest))
			oldest = i;
	}
	return oldest;
}

void adapters_use(struct adapters *a, uint64_t name, uint64_t now_ms)
{
	size_t i;

	if (name == 0)
		return;
	i = slot_for(a, name);
	atomic_store_explicit(&a->slot[i].name, name, memory_order_relaxed);
	atomic_store_explicit(&a->slot[i].used_ms, now_ms,
			      memory_order_relaxed);
}

void adapters_told(struct adapters *a, unsigned room, struct slice names,
		   uint64_t now_ms)
{
	if (room > 0)
		atomic_store_explicit(&a->room, room, memory_order_relaxed);
	for (size_t n = 0; names.n > 0 && n < ADAPTERS_MAX; n++)
		adapters_use(a, adapters_name(slice_split(&names, ',')),
			     now_ms);
}

bool adapters_has(const struct adapters *a, uint64_t name)
{
	unsigned room = atomic_load_explicit(&a->room, memory_order_relaxed);
	unsigned later = 0;
	size_t at = slot_for(a, name);

	if (name == 0 || name_at(a, at) != name)
		return false;
	for (size_t i = 0; i < ADAPTERS_MAX; i++)
		later += used_at(a, i) > used_at(a, at);
	return later < (room > 0 ? room : UNTOLD_ROOM);
}
