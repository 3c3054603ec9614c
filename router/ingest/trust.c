#include "router/ingest/trust.h"

/* Without a connection for so long, what was routed there is the better
 * guess. */
#define DOWN_MS 10000
/* One prompt may have been cached all the same. */
#define MAX_UNHEARD 3

#define VLLM_FLAG                                                              \
	"--kv-events-config '{\"enable_kv_cache_events\": true, "              \
	"\"publisher\": \"zmq\", \"endpoint\": \"tcp://*:5557\", "             \
	"\"replay_endpoint\": \"tcp://*:6557\"}'"

static struct trust trust(enum worker_trust level, const char *reason)
{
	return (struct trust){level, reason, WORKER_NO_DOUBT};
}

/* Whether the events are not to be used at all. */
static enum worker_doubt doubt_of(const struct source *s, uint64_t now)
{
	if (s->worker->events == NULL)
		return WORKER_NO_ENDPOINT;
	if (!s->open)
		return WORKER_BAD_ENDPOINT;
	if (s->distrusted_until != 0)
		return WORKER_CONTRADICTED;
	if (s->apply.disproved)
		return WORKER_OTHER_HASHES;
	if (s->apply.block_size_differs)
		return WORKER_OTHER_BLOCK_SIZE;
	if (s->down_since != 0 && now - s->down_since >= DOWN_MS)
		return WORKER_UNREACHABLE;
	if (s->unheard >= MAX_UNHEARD)
		return WORKER_UNHEARD;
	return WORKER_NO_DOUBT;
}

static const char *reason_of(const struct source *s, enum worker_doubt doubt)
{
	static const char *const reason[] = {
		[WORKER_NO_ENDPOINT] =
			"no events: endpoint is configured; start vLLM "
			"with " VLLM_FLAG " and set events: and replay:",
		[WORKER_BAD_ENDPOINT] =
			"events: is not an endpoint; write tcp://host:port",
		[WORKER_CONTRADICTED] =
			"its cached_tokens contradict its events; look for "
			"another publisher on that endpoint, or another "
			"tokenizer",
		[WORKER_OTHER_BLOCK_SIZE] =
			"its blocks have another size than block_size: says; "
			"remove block_size: to learn it from the events",
		[WORKER_UNREACHABLE] =
			"no connection to its event endpoint; start vLLM "
			"with " VLLM_FLAG,
		[WORKER_UNHEARD] =
			"no event came though new prompts went there; is "
			"prefix caching on, and does the topic match?",
	};

	return doubt == WORKER_OTHER_HASHES ? s->apply.keys_reason
					    : reason[doubt];
}

static struct trust while_live(const struct source *s)
{
	if (!s->sequence.can_replay && !s->sequence.has_next)
		return trust(WORKER_DEGRADED,
			     "no event seen yet, and no replay: endpoint to "
			     "ask for earlier ones");
	if (s->apply.keys_reason != NULL)
		return trust(WORKER_EXACT, s->apply.keys_reason);
	if (s->sequence.whole)
		return trust(WORKER_EXACT, "all events are known");
	if (!s->sequence.can_replay)
		return trust(WORKER_EXACT,
			     "events are known since the last gap; set "
			     "replay_endpoint and replay: to fill gaps");
	return trust(WORKER_EXACT, "early events are lost; raise buffer_steps "
				   "in --kv-events-config to keep more");
}

struct trust trust_of(const struct source *s, uint64_t now)
{
	enum worker_doubt doubt = doubt_of(s, now);

	if (doubt != WORKER_NO_DOUBT)
		return (struct trust){WORKER_FALLBACK, reason_of(s, doubt),
				      doubt};
	if (s->undecoded_until != 0)
		return trust(WORKER_DEGRADED,
			     "a batch of its events did not decode");
	switch (s->sequence.state) {
	case SEQUENCE_DOWN:
		return trust(WORKER_DEGRADED,
			     "connecting to its event endpoint");
	case SEQUENCE_WAIT:
	case SEQUENCE_REPLAY:
		return trust(WORKER_DEGRADED,
			     "missing events are being replayed");
	case SEQUENCE_LIVE: break;
	}
	return while_live(s);
}
