/* What is recorded of one request: its spans and what is known of each.
 *
 * Of a fixed size, and nothing in it points elsewhere but to static words,
 * so that it outlives the request. What finds no room is left out. Owned by
 * one thread at a time; times are clock_ns()'s. */
#ifndef ROUTER_TRACING_TRACE_H
#define ROUTER_TRACING_TRACE_H

#include <stddef.h>

#include "router/tracing/context.h"

/* Names of OpenTelemetry's semantic conventions where there are any; the
 * rest is ours. X(id, type, name). */
#define TRACE_ATTRIBUTES(X)                                                    \
	X(METHOD, TEXT, "http.request.method")                                 \
	X(ROUTE, TEXT, "http.route")                                           \
	X(STATUS, NUMBER, "http.response.status_code")                         \
	X(PROTOCOL, TEXT, "network.protocol.version")                          \
	X(HOST, TEXT, "server.address")                                        \
	X(PORT, NUMBER, "server.port")                                         \
	X(ERROR, TEXT, "error.type")                                           \
	X(OPERATION, TEXT, "gen_ai.operation.name")                            \
	X(MODEL, TEXT, "gen_ai.request.model")                                 \
	X(STREAM, TRUTH, "gen_ai.request.stream")                              \
	X(FIRST_CHUNK, SECONDS, "gen_ai.response.time_to_first_chunk")         \
	X(INPUT_TOKENS, NUMBER, "gen_ai.usage.input_tokens")                   \
	X(OUTPUT_TOKENS, NUMBER, "gen_ai.usage.output_tokens")                 \
	X(CACHED_TOKENS, NUMBER, "gen_ai.usage.cache_read.input_tokens")       \
	X(REQUEST_ID, TEXT, "warmpath.request.id")                             \
	X(CLIENT_ID, TEXT, "warmpath.request.client_id")                       \
	X(TENANT, TEXT, "warmpath.tenant")                                     \
	X(LORA, TEXT, "warmpath.lora")                                         \
	X(OUTCOME, TEXT, "warmpath.outcome")                                   \
	X(QUEUE, SECONDS, "warmpath.queue.duration")                           \
	X(TRIES, NUMBER, "warmpath.tries")                                     \
	X(TOKENIZED, TEXT, "warmpath.tokenized")                               \
	X(PREDICTION, TEXT, "warmpath.prediction")                             \
	X(POLICY, TEXT, "warmpath.policy")                                     \
	X(REASON, TEXT, "warmpath.decision.reason")                            \
	X(CANDIDATES, NUMBER, "warmpath.decision.candidates")                  \
	X(PROMPT_BLOCKS, NUMBER, "warmpath.prompt.blocks")                     \
	X(HELD_BLOCKS, NUMBER, "warmpath.held.blocks")                         \
	X(BEST_BLOCKS, NUMBER, "warmpath.held.best_blocks")                    \
	X(EXACT, TRUTH, "warmpath.held.exact")                                 \
	X(WORKER, TEXT, "warmpath.worker")                                     \
	X(CONNECTOR, TEXT, "warmpath.connector")                               \
	X(HAND_OVER, TEXT, "warmpath.hand_over")                               \
	X(SENT_IDS, TRUTH, "warmpath.sent_ids")                                \
	X(FETCH_BLOCKS, NUMBER, "warmpath.fetch.blocks")

enum trace_attribute {
#define X(id, type, name) TRACE_##id,
	TRACE_ATTRIBUTES(X)
#undef X
		TRACE_ATTRIBUTES_N
};

enum trace_kind { /* of a span, as OTLP counts them */
		  TRACE_INTERNAL = 1,
		  TRACE_SERVER,
		  TRACE_CLIENT,
};

#define TRACE_MAX_SPANS  12
#define TRACE_MAX_FACTS  96
#define TRACE_ROOM_BYTES 2048
#define TRACE_TEXT_BYTES 128 /* of one text */

struct trace_text {
	uint16_t at, n; /* in the room */
};

struct trace_fact {
	uint8_t span;
	uint8_t attribute;
	union {
		struct trace_text text;
		int64_t number; /* or a truth, or ns */
	};
};

struct trace_span {
	enum trace_kind kind;
	unsigned parent; /* of span[]; the first has the caller for one */
	uint64_t id;     /* not 0 */
	uint64_t start_ns, end_ns;
	uint64_t first_ns; /* when its first byte came; 0: none did */
	const char *error; /* what went wrong; static; NULL: nothing */
	struct trace_text name;
};

struct trace {
	struct trace_context of; /* span_id is 0 where it begins here */
	struct trace_span span[TRACE_MAX_SPANS];
	size_t n_spans, n_left_out;
	int64_t to_unix_ns; /* to be added to the times */
	struct trace_fact fact[TRACE_MAX_FACTS];
	size_t n_facts, n_room;
	char room[TRACE_ROOM_BYTES];
};

/* On the heap. It is one of `parent`'s spans, or the first of a new trace
 * of that id. */
struct trace *trace_create(const struct trace_context *parent);
void trace_destroy(struct trace **t); /* NULL is allowed */

/* Another span, under one that is there; the first is its own parent.
 * NULL: there is no more room. */
struct trace_span *trace_add(struct trace *t, enum trace_kind kind,
			     const struct trace_span *parent, uint64_t id,
			     uint64_t start_ns);
/* "first second", or "first" where the second is empty. All of these take
 * a span of NULL, of which nothing is recorded. */
void trace_name(struct trace *t, struct trace_span *s, struct slice first,
		struct slice second);
/* Empty texts and negative numbers are not known, and not recorded. */
void trace_put_text(struct trace *t, const struct trace_span *s,
		    enum trace_attribute a, struct slice text);
void trace_put(struct trace *t, const struct trace_span *s,
	       enum trace_attribute a, int64_t number);
/* Ends what has not ended. No span ends after `end_ns`. */
void trace_end(struct trace *t, uint64_t end_ns);

struct slice trace_text(const struct trace *t, struct trace_text text);

#endif
