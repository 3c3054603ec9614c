#include "router/ingest/store_trust.h"

enum store_trust_action store_trust_add(struct store_trust *t,
					atomic_uint *all_missed, bool came,
					uint64_t now_ms)
{
	unsigned own, all;

	if (came) {
		t->missed = 0;
		atomic_store(all_missed, 0);
		return STORE_TRUST_FINE;
	}
	own = ++t->missed;
	all = 1 + atomic_fetch_add(all_missed, 1);
	if (own < STORE_TRUST_MISSES)
		return STORE_TRUST_FINE;
	t->missed = 0;
	if (all > own) {
		atomic_store(all_missed, 0);
		return STORE_TRUST_EMPTY;
	}
	t->until_ms = now_ms + STORE_TRUST_MS;
	return STORE_TRUST_LEAVE;
}

bool store_trust_is_over(struct store_trust *t, uint64_t now_ms)
{
	if (t->until_ms == 0 || now_ms < t->until_ms)
		return false;
	t->until_ms = 0;
	return true;
}
