#include "router/transfer/transfer.h"

#include "common/base/assert.h"

const struct transfer *transfer_find(enum conf_connector c)
{
	static const struct transfer *const row[CONF_CONNECTORS_N] = {
		[CONF_CONNECTOR_NIXL] = &transfer_nixl,
		[CONF_CONNECTOR_NIXL_PUSH] = &transfer_nixl_push,
		[CONF_CONNECTOR_MOONCAKE] = &transfer_mooncake,
		[CONF_CONNECTOR_P2P_NCCL] = &transfer_p2p_nccl,
		[CONF_CONNECTOR_LMCACHE] = &transfer_lmcache,
		[CONF_CONNECTOR_SGLANG] = &transfer_sglang,
	};

	ASSERT(c < CONF_CONNECTORS_N);
	return row[c];
}

static void replace_if_there(struct splice *body, const char *name,
			     struct slice json)
{
	size_t at = splice_find(body, name, 0);

	if (at < body->n)
		splice_replace(body, at, json);
}

static void put(struct splice *body, const char *name, struct slice json)
{
	if (splice_find(body, name, 0) < body->n)
		replace_if_there(body, name, json);
	else
		splice_insert(body, slice_of(name), json);
}

void transfer_one_token(struct splice *body, const char *limit)
{
	/* The last two: more than the one token would be asked for. */
	static const char *const gone[] = {"stream_options", "best_of",
					   "background", "min_tokens",
					   "min_completion_tokens"};

	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		splice_remove_all(body, gone[i]);
	put(body, limit, SLICE("1"));
	replace_if_there(body, "max_completion_tokens", SLICE("1"));
	replace_if_there(body, "n", SLICE("1"));
	replace_if_there(body, "store", SLICE("false"));
	put(body, "stream", SLICE("false"));
}

struct slice transfer_keep(struct arena *arena, struct buf *text)
{
	struct slice kept = arena_copy(arena, buf_slice(text));

	buf_fini(text);
	return kept;
}
