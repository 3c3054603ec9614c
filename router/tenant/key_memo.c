#include "router/tenant/key_memo.h"

#include "common/base/rng.h"
#include "router/tenant/key.h"

void key_memo_init(struct key_memo *m)
{
	*m = (struct key_memo){0};
	rng_system(&m->secret, sizeof(m->secret));
}

const uint8_t *key_memo_digest(struct key_memo *m, struct slice key)
{
	struct fingerprint_value of = fingerprint128(key, m->secret);
	size_t at = of.low & (KEY_MEMO_SLOTS - 1);

	if (fingerprint_equal(m->slot[at].of, of))
		return m->slot[at].digest;
	if (!key_is_sound(key))
		return NULL;
	m->slot[at].of = of;
	sha256_digest(key, m->slot[at].digest);
	return m->slot[at].digest;
}
