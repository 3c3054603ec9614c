#include "router/fleet/slot_keys.h"

#include "common/base/assert.h"

static uint16_t *bucket_of(struct slot_keys *k, uint64_t key)
{
	return &k->first[slot_keys_bucket(key)];
}

void slot_keys_add(struct slot_keys *k, uint64_t key, size_t slot)
{
	uint16_t *first = bucket_of(k, key);

	ASSERT(slot < SLOT_KEYS_MAX);
	k->next[slot] = *first;
	*first = (uint16_t)(slot + 1);
}

void slot_keys_remove(struct slot_keys *k, uint64_t key, size_t slot)
{
	uint16_t *at = bucket_of(k, key);

	while (*at != slot + 1) {
		ASSERT(*at != 0);
		at = &k->next[*at - 1];
	}
	*at = k->next[slot];
}
