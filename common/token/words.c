#include "common/token/words.h"

#include "common/base/mem.h"

void words_init(struct words *w)
{
	w->slot = mem_zalloc(WORDS_SLOTS * sizeof(*w->slot));
}

void words_fini(struct words *w)
{
	mem_free(w->slot);
	w->slot = NULL;
}

void words_put(struct words_slot *s, const uint64_t key[2], const uint32_t *id,
	       size_t n)
{
	if (n == 0 || n > WORDS_MAX_IDS)
		return;
	memcpy(s->key, key, sizeof(s->key));
	memset(s->id, 0xff, sizeof(s->id));
	memcpy(s->id, id, n * sizeof(*id));
}
