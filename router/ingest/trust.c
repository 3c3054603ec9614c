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
	return (struct trust){level, reason};
}

/* Why the events are not to be used at all; NULL: they are. */
static const char *why_not(const struct source *s, uint64_t now)
{
	if (s->worker->events == NULL)
		return "no events: endpoint is configured; start vLLM "
		       "with " VLLM_FLAG " and set events: and replay:";
	if (!s->open)
		return "events: is not an endpoint; write tcp://host:port";
	if (s->distrusted_until != 0)
		return "its cached_tokens contradict its events; look for "
		       "another publisher on that endpoint, or another "
		       "tokenizer";
	if (s->apply.disproved)
		return s->apply.keys_reason;
	if (s->apply.block_size_differs)
		return "its blocks have another size than block_size: says; "
		       "remove block_size: to learn it from the events";
	if (s->down_since != 0 && now - s->down_since >= DOWN_MS)
		return "no connection to its event endpoint; start vLLM "
		       "with " VLLM_FLAG;
	if (s->unheard >= MAX_UNHEARD)
		return "no event came though new prompts went there; is "
		       "prefix caching on, and does the topic match?";
	return NULL;
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
	const char *reason = why_not(s, now);

	if (reason != NULL)
		return trust(WORKER_FALLBACK, reason);
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
