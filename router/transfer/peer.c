#include "router/transfer/peer.h"

#include "common/base/assert.h"
#include "common/base/buf.h"

#define SINCE_RELEASE 27 /* 0.27 */

/* What is not known is taken for as new as the configuration has it. */
bool peer_may_leave_store(const struct worker *w)
{
	unsigned release = atomic_load_explicit(&w->release,
						memory_order_relaxed);

	return release == 0 || release >= SINCE_RELEASE;
}

bool peer_has_tier(const struct worker *w)
{
	return w->peer_host != NULL && peer_may_leave_store(w);
}

struct slice peer_source(const struct worker *giver, struct slice id,
			 struct arena *arena)
{
	struct buf b = {0};
	struct slice made;

	ASSERT(giver->peer_host != NULL);
	buf_puts(&b, "\"remote_kv_source\":{\"kv_request_id\":");
	buf_json_string(&b, id);
	buf_puts(&b, ",\"remote_host\":");
	buf_json_string(&b, slice_of(giver->peer_host));
	buf_puts(&b, ",\"remote_port\":");
	buf_u64(&b, giver->peer_port);
	buf_putc(&b, '}');
	made = arena_copy(arena, buf_slice(&b));
	buf_fini(&b);
	return made;
}
