/* Every metric the gateway shows, as rows of one table.
 *
 * A row is X(id, name, kind, buckets, help, label…). Series without labels
 * are found at creation and stand in `cell`; the others are looked up once
 * with metrics_cell() by whoever counts, and held on to. Label values come
 * from the configuration or from fixed words, never from a client.
 * Any thread may count. */
#ifndef ROUTER_FLEET_METRICS_H
#define ROUTER_FLEET_METRICS_H

#include "common/base/metric.h"

#define METRICS_ROWS(X)                                                        \
	X(REQUESTS, "warmpath_requests_total", COUNTER, NONE,                  \
	  "Requests that have ended, by what became of them.", "model",        \
	  "code", "outcome")                                                   \
	X(ACCEPTED, "warmpath_requests_accepted_total", COUNTER, NONE,         \
	  "Requests that have begun. At rest as many have ended: "             \
	  "warmpath_requests_total.")                                          \
	X(DURATION, "warmpath_request_duration_seconds", HISTOGRAM, LATENCY,   \
	  "From a request's first byte to the last byte of its answer.",       \
	  "model")                                                             \
	X(FIRST_BYTE, "warmpath_time_to_first_byte_seconds", HISTOGRAM,        \
	  LATENCY,                                                             \
	  "From a request's first byte to the first byte of the worker's "     \
	  "body.",                                                             \
	  "model")                                                             \
	X(TOKEN_TIME, "warmpath_time_per_output_token_seconds", HISTOGRAM,     \
	  PACE,                                                                \
	  "Of a stream, from its first byte to its last, over the tokens "     \
	  "behind the first.",                                                 \
	  "model")                                                             \
	X(DECISION, "warmpath_decision_seconds", HISTOGRAM, SHORT,             \
	  "Time spent to tokenize, hash, match and choose.", "model")          \
	X(QUEUE_WAIT, "warmpath_queue_wait_seconds", HISTOGRAM, LATENCY,       \
	  "Time requests waited at the gateway for room at a worker.",         \
	  "model", "class")                                                    \
	X(HELD_TWINS, "warmpath_held_twins_total", COUNTER, NONE,              \
	  "Requests that waited while a prompt that begins as theirs was "     \
	  "computed.",                                                         \
	  "model")                                                             \
	X(DECISIONS, "warmpath_decisions_total", COUNTER, NONE,                \
	  "Workers chosen, by the policy's reason.", "model", "worker",        \
	  "reason")                                                            \
	X(PREFILL_LEGS, "warmpath_prefill_legs_total", COUNTER, NONE,          \
	  "Prompts given to a worker to compute for another, by what became "  \
	  "of that.",                                                          \
	  "worker", "outcome")                                                 \
	X(PREFILL_TIME, "warmpath_prefill_seconds", HISTOGRAM, LATENCY,        \
	  "Time until such a worker had answered.", "model")                   \
	X(HAND_OVER_TIME, "warmpath_hand_over_seconds", HISTOGRAM, LATENCY,    \
	  "From there to the first byte of the worker that went on.", "model") \
	X(SHADOW_DECISIONS, "warmpath_shadow_decisions_total", COUNTER, NONE,  \
	  "Decisions of the policy in the shadow, by what it would have "      \
	  "chosen beside the live one: same, other worker, other prefill or "  \
	  "decode worker or both (pair), one alone, split between two.",       \
	  "model", "result")                                                   \
	X(SHADOW_CACHED, "warmpath_shadow_predicted_cached_tokens_total",      \
	  COUNTER, NONE,                                                       \
	  "Prompt tokens expected in the cache of whom the live policy chose " \
	  "and of whom the one in the shadow would have chosen.",              \
	  "model", "choice")                                                   \
	X(SHADOW_COST, "warmpath_shadow_cost_total", COUNTER, NONE,            \
	  "What both choices cost by the policy in the shadow, in its unit.",  \
	  "model", "choice")                                                   \
	X(PROMPT_TOKENS, "warmpath_prompt_tokens_total", COUNTER, NONE,        \
	  "Prompt tokens, as the worker reported them or as counted here.",    \
	  "model", "source")                                                   \
	X(PREDICTED_CACHED, "warmpath_predicted_cached_tokens_total", COUNTER, \
	  NONE, "Prompt tokens expected to be in the chosen worker's cache.",  \
	  "model")                                                             \
	X(BEST_CACHED, "warmpath_best_cached_tokens_total", COUNTER, NONE,     \
	  "Prompt tokens in the cache of the worker that held most of them.",  \
	  "model")                                                             \
	X(REPORTED_CACHED, "warmpath_reported_cached_tokens_total", COUNTER,   \
	  NONE, "Prompt tokens that workers reported as cached.", "model")     \
	X(UNCACHED, "warmpath_uncached_tokens_total", COUNTER, NONE,           \
	  "Prompt tokens that no cache delivered, by where they were lost "    \
	  "(not held by any worker, not by the chosen one, not delivered) "    \
	  "and by what. With those reported as cached they are all prompt "    \
	  "tokens.",                                                           \
	  "model", "stage", "cause")                                           \
	X(PREFILL_SAVED, "warmpath_prefill_saved_seconds_total", COUNTER,      \
	  NONE,                                                                \
	  "Time workers would have taken to compute what they reported as "    \
	  "cached, at the rates learned of each.",                             \
	  "model")                                                             \
	X(BODY_SIZE, "warmpath_request_body_bytes", HISTOGRAM, BYTES,          \
	  "Length of requests' bodies.", "model")                              \
	X(ANSWER_SIZE, "warmpath_answer_body_bytes", HISTOGRAM, BYTES,         \
	  "Length of answers' bodies, as far as they were sent.", "model")     \
	X(PROMPT_SIZE, "warmpath_request_prompt_tokens", HISTOGRAM, TOKENS,    \
	  "Tokens of a request's prompt.", "model")                            \
	X(OUTPUT_SIZE, "warmpath_answer_tokens", HISTOGRAM, TOKENS,            \
	  "Tokens of an answer, as the worker reported them.", "model")        \
	X(FINISHES, "warmpath_finish_reasons_total", COUNTER, NONE,            \
	  "Whole answers, by why the worker says that they end; of several "   \
	  "choices the last one's.",                                           \
	  "model", "reason")                                                   \
	X(PREDICTION, "warmpath_prediction_total", COUNTER, NONE,              \
	  "Predicted against reported cached tokens, one a request.",          \
	  "worker", "result")                                                  \
	X(PROMPT_COUNTS, "warmpath_prompt_counts_total", COUNTER, NONE,        \
	  "Prompts tokenized here, by whether the worker counted as many "     \
	  "tokens.",                                                           \
	  "worker", "result")                                                  \
	X(SENT_IDS, "warmpath_sent_ids_total", COUNTER, NONE,                  \
	  "Prompts that were sent to the worker as token ids made here.",      \
	  "worker")                                                            \
	X(FETCHES, "warmpath_fetches_total", COUNTER, NONE,                    \
	  "Requests whose worker was told to fetch blocks from a peer.",       \
	  "worker", "source")                                                  \
	X(FETCH_BLOCKS, "warmpath_fetch_blocks_total", COUNTER, NONE,          \
	  "Blocks of prompts that the peer held, as far as was known.",        \
	  "worker", "source")                                                  \
	X(STORE_LOADS, "warmpath_store_loads_total", COUNTER, NONE,            \
	  "Requests whose worker was to load blocks from a shared store.",     \
	  "worker", "source")                                                  \
	X(STORE_LOAD_BLOCKS, "warmpath_store_load_blocks_total", COUNTER,      \
	  NONE,                                                                \
	  "Blocks of their prompts that were there, as far as was "            \
	  "known.",                                                            \
	  "worker", "source")                                                  \
	X(STORE_BLOCKS, "warmpath_store_blocks", GAUGE, NONE,                  \
	  "Blocks the shared store is known to hold.", "model", "store")       \
	X(STORE_LOAD, "warmpath_store_load_tokens_per_second", GAUGE, NONE,    \
	  "Tokens whose blocks a worker loads from the shared store in a "     \
	  "second, as learned.",                                               \
	  "model", "store")                                                    \
	X(PLACEMENT_MOVES, "warmpath_placement_moves_total", COUNTER, NONE,    \
	  "Prefixes that were to be copied ahead of demand, by why: planned, " \
	  "and by what has become of that.",                                   \
	  "reason", "state")                                                   \
	X(PLACEMENT_BLOCKS, "warmpath_placement_blocks_total", COUNTER, NONE,  \
	  "Blocks of the prefixes that were copied so.", "reason")             \
	X(RETRIES, "warmpath_retries_total", COUNTER, NONE,                    \
	  "Requests sent to another worker before a byte came back.",          \
	  "reason")                                                            \
	X(RETRIES_DENIED, "warmpath_retries_denied_total", COUNTER, NONE,      \
	  "Requests that another worker might have served, had the budget "    \
	  "of retries or their number allowed it.",                            \
	  "reason")                                                            \
	X(SHED, "warmpath_shed_total", COUNTER, NONE,                          \
	  "Requests turned away to protect the fleet.", "reason")              \
	X(TENANTS, "warmpath_tenants", GAUGE, NONE,                            \
	  "Tenants in force; 0: whoever comes is served.")                     \
	X(TENANTS_OK, "warmpath_tenants_last_reload_success", GAUGE, NONE,     \
	  "1 if the tenants' file took effect when it was last read.")         \
	X(REFUSED_KEYS, "warmpath_refused_keys_total", COUNTER, NONE,          \
	  "Requests answered with 401, by what was wrong with their key.",     \
	  "reason")                                                            \
	X(TENANT_REQUESTS, "warmpath_tenant_requests_total", COUNTER, NONE,    \
	  "Requests of a tenant that have ended; past a hundred tenants they " \
	  "are \"other\".",                                                    \
	  "tenant", "outcome")                                                 \
	X(TENANT_TOKENS, "warmpath_tenant_tokens_total", COUNTER, NONE,        \
	  "Tokens of a tenant's prompts and answers, as workers reported "     \
	  "them, or else as they were counted here.",                          \
	  "tenant", "kind")                                                    \
	X(TENANT_LIMITED, "warmpath_tenant_limited_total", COUNTER, NONE,      \
	  "Requests of a tenant answered with 429, by the limit that they "    \
	  "met.",                                                              \
	  "tenant", "limit")                                                   \
	X(CUT_STREAMS, "warmpath_cut_streams_total", COUNTER, NONE,            \
	  "Answers that ended before they were whole.", "side")                \
	X(TOKENIZE, "warmpath_tokenize_total", COUNTER, NONE,                  \
	  "How prompts became tokens.", "how")                                 \
	X(OPEN_CONNECTIONS, "warmpath_open_connections", GAUGE, NONE,          \
	  "Clients' connections that are open.")                               \
	X(CONNECTIONS, "warmpath_connections_total", COUNTER, NONE,            \
	  "Clients' connections that have begun, by what they speak.",         \
	  "protocol")                                                          \
	X(RESTING, "warmpath_resting_connections", GAUGE, NONE,                \
	  "Clients' open connections that have asked for nothing for a while " \
	  "and are kept as little more than a descriptor.")                    \
	X(H2_CONNECTIONS, "warmpath_http2_connections", GAUGE, NONE,           \
	  "Clients' connections that are open and speak HTTP/2.")              \
	X(H2_STREAMS, "warmpath_http2_streams", GAUGE, NONE,                   \
	  "Streams of HTTP/2 that are open.")                                  \
	X(H2_RESETS, "warmpath_http2_resets_total", COUNTER, NONE,             \
	  "Streams of HTTP/2 that were reset, by whom.", "by")                 \
	X(H2_GOAWAYS, "warmpath_http2_goaways_total", COUNTER, NONE,           \
	  "Connections of HTTP/2 that were ended here, by why.", "reason")     \
	X(ACTIVE_REQUESTS, "warmpath_active_requests", GAUGE, NONE,            \
	  "Requests that have begun and not ended.")                           \
	X(QUEUED_REQUESTS, "warmpath_queued_requests", GAUGE, NONE,            \
	  "Requests that wait at the gateway for room at a worker.")           \
	X(QUEUED_BYTES, "warmpath_queued_bytes", GAUGE, NONE,                  \
	  "Bodies of the requests that wait so.")                              \
	X(MEMORY, "warmpath_memory_bytes", GAUGE, NONE,                        \
	  "Memory held for clients, as of the last second.", "owner")          \
	X(MEMORY_LIMIT, "warmpath_memory_limit_bytes", GAUGE, NONE,            \
	  "Resident memory that is allowed; 0: no bound.")                     \
	X(MEMORY_PRESSURE, "warmpath_memory_pressure", GAUGE, NONE,            \
	  "1 while bodies are refused, 2 while nobody is accepted either.")    \
	X(MAX_CLIENTS, "warmpath_max_connections", GAUGE, NONE,                \
	  "Clients' connections that limits and descriptors allow.")           \
	X(MEMO_BYTES, "warmpath_memo_bytes", GAUGE, NONE,                      \
	  "Memory held by prompts that workers tokenized.")                    \
	X(CONVERSATIONS, "warmpath_conversations", GAUGE, NONE,                \
	  "Conversations whose tokens are remembered.")                        \
	X(CONVERSATION_BYTES, "warmpath_conversation_bytes", GAUGE, NONE,      \
	  "Memory held by remembered conversations.")                          \
	X(WORKER_UP, "warmpath_worker_up", GAUGE, NONE,                        \
	  "1 if the worker passes its health check.", "worker")                \
	X(WORKER_DRAINING, "warmpath_worker_draining", GAUGE, NONE,            \
	  "1 if the worker was told to take no new work.", "worker")           \
	X(WORKER_GATE, "warmpath_worker_gate", GAUGE, NONE,                    \
	  "1 for whether the worker may be chosen now, and why not.",          \
	  "worker", "state")                                                   \
	X(WORKER_BREAKER, "warmpath_worker_breaker", GAUGE, NONE,              \
	  "1 for the state of the worker's circuit breaker.", "worker",        \
	  "state")                                                             \
	X(BREAKER_CHANGES, "warmpath_breaker_transitions_total", COUNTER,      \
	  NONE, "Changes of a breaker's state, by what brought them about.",   \
	  "worker", "to", "reason")                                            \
	X(WORKER_PAUSES, "warmpath_worker_pauses_total", COUNTER, NONE,        \
	  "Times the worker was left alone because of its Retry-After.",       \
	  "worker")                                                            \
	X(FAIL_OPEN, "warmpath_fail_open", GAUGE, NONE,                        \
	  "1 while too many of the model's workers are out for their "         \
	  "breakers to be heeded.",                                            \
	  "model")                                                             \
	X(FAIL_OPENS, "warmpath_fail_open_total", COUNTER, NONE,               \
	  "Times this has begun.", "model")                                    \
	X(WORKER_INFLIGHT, "warmpath_worker_inflight", GAUGE, NONE,            \
	  "Requests sent to the worker and not ended.", "worker")              \
	X(WORKER_INFLIGHT_TOKENS, "warmpath_worker_inflight_tokens", GAUGE,    \
	  NONE, "Tokens sent to the worker whose prefill is not done.",        \
	  "worker")                                                            \
	X(WORKER_RUNNING, "warmpath_worker_running", GAUGE, NONE,              \
	  "Requests the worker says it runs.", "worker")                       \
	X(WORKER_WAITING, "warmpath_worker_waiting", GAUGE, NONE,              \
	  "Requests the worker says wait in its queue.", "worker")             \
	X(WORKER_KV_USAGE, "warmpath_worker_kv_usage_ratio", GAUGE, NONE,      \
	  "Share of the worker's KV blocks that live requests hold.",          \
	  "worker")                                                            \
	X(WORKER_KV_TOKENS, "warmpath_worker_kv_tokens", GAUGE, NONE,          \
	  "Tokens that the worker's KV memory has room for; that sessions "    \
	  "let in hold or will; of these, in prefixes that they share; and "   \
	  "those that others use.",                                            \
	  "worker", "kind")                                                    \
	X(WORKER_SESSIONS, "warmpath_worker_sessions", GAUGE, NONE,            \
	  "Sessions let in at the worker, by whether a turn is under way.",    \
	  "worker", "state")                                                   \
	X(WORKER_KNEE, "warmpath_worker_knee_sessions", GAUGE, NONE,           \
	  "Sessions that fit into the worker's KV memory at a time, by what "  \
	  "they mostly grow to; 0: not known.",                                \
	  "worker")                                                            \
	X(WORKER_BACKLOG, "warmpath_worker_backlog_seconds", GAUGE, NONE,      \
	  "Until the prompts sent to the worker are prefilled, it is "         \
	  "thought.",                                                          \
	  "worker")                                                            \
	X(WORKER_OBSERVED, "warmpath_worker_observations_total", COUNTER,      \
	  NONE,                                                                \
	  "First tokens and steps that the worker's rates were learned from.", \
	  "worker")                                                            \
	X(WORKER_PREFILL, "warmpath_worker_prefill_tokens_per_second", GAUGE,  \
	  NONE,                                                                \
	  "Prompt tokens the worker computes in a second, without the time "   \
	  "of a step and of what they look back on, as learned.",              \
	  "worker")                                                            \
	X(WORKER_STEP, "warmpath_worker_step_seconds", GAUGE, NONE,            \
	  "A step of the worker's batch with nothing in it, as learned.",      \
	  "worker")                                                            \
	X(WORKER_OVERHEAD, "warmpath_worker_request_overhead_seconds", GAUGE,  \
	  NONE, "A request's time before its worker's queue, as learned.",     \
	  "worker")                                                            \
	X(WORKER_LOAD, "warmpath_worker_load_tokens_per_second", GAUGE, NONE,  \
	  "Tokens whose blocks the worker loads from its other tier in a "     \
	  "second, as learned.",                                               \
	  "worker")                                                            \
	X(WORKER_FETCH, "warmpath_worker_fetch_tokens_per_second", GAUGE,      \
	  NONE,                                                                \
	  "Tokens whose blocks the worker fetches from a peer in a second, "   \
	  "as learned.",                                                       \
	  "worker")                                                            \
	X(WORKER_INDEX_BLOCKS, "warmpath_worker_index_blocks", GAUGE, NONE,    \
	  "Blocks the worker is known to hold.", "worker", "tier")             \
	X(WORKER_TRUST, "warmpath_worker_trust", GAUGE, NONE,                  \
	  "1 for how far the worker's events are believed now.", "worker",     \
	  "state")                                                             \
	X(WORKER_PARITY, "warmpath_worker_parity", GAUGE, NONE,                \
	  "1 where the worker does what is computed here, 0 where it "         \
	  "differs, "                                                          \
	  "-1 where that is not known.",                                       \
	  "worker", "check")                                                   \
	X(PROBES, "warmpath_probes_total", COUNTER, NONE,                      \
	  "Health checks and metrics scrapes of workers.", "worker", "kind",   \
	  "result")                                                            \
	X(EVENT_BATCHES, "warmpath_kv_event_batches_total", COUNTER, NONE,     \
	  "Batches of KV events applied.", "worker")                           \
	X(EVENT_BLOCKS, "warmpath_kv_event_blocks_total", COUNTER, NONE,       \
	  "Blocks in KV events, by what was done with them.", "worker",        \
	  "kind")                                                              \
	X(EVENT_GAPS, "warmpath_kv_event_gaps_total", COUNTER, NONE,           \
	  "Holes seen in the sequence of batches.", "worker")                  \
	X(EVENT_REPLAYS, "warmpath_kv_event_replays_total", COUNTER, NONE,     \
	  "Replays asked of the worker.", "worker")                            \
	X(EVENT_RESYNCS, "warmpath_kv_event_resyncs_total", COUNTER, NONE,     \
	  "Times the worker's blocks were forgotten and learned anew.",        \
	  "worker", "reason")                                                  \
	X(EVENT_ERRORS, "warmpath_kv_event_errors_total", COUNTER, NONE,       \
	  "Messages from the worker that are not KV events.", "worker")        \
	X(EVENT_LAG, "warmpath_kv_event_lag_seconds", GAUGE, NONE,             \
	  "Age of the last batch when it was applied.", "worker")              \
	X(INDEX_BYTES, "warmpath_index_bytes", GAUGE, NONE,                    \
	  "Memory held by the index.", "index")                                \
	X(INDEX_ENTRIES, "warmpath_index_entries", GAUGE, NONE,                \
	  "Blocks with at least one holder.", "index")                         \
	X(INDEX_EVICTED, "warmpath_index_evicted_total", COUNTER, NONE,        \
	  "Blocks dropped from the index to stay within its budget.", "index") \
	X(TLS_HANDSHAKES, "warmpath_tls_handshakes_total", COUNTER, NONE,      \
	  "TLS handshakes with clients, workers and the admin port's "         \
	  "visitors, by how they ended.",                                      \
	  "side", "result")                                                    \
	X(TLS_EXPIRY, "warmpath_tls_certificate_expiry_timestamp_seconds",     \
	  GAUGE, NONE,                                                         \
	  "When the first certificate expires that is shown to this side, "    \
	  "Unix time.",                                                        \
	  "side")                                                              \
	X(DISCOVERY_ENDPOINTS, "warmpath_discovery_endpoints", GAUGE, NONE,    \
	  "Workers of the model that were found last.", "model")               \
	X(DISCOVERY_TIME, "warmpath_discovery_last_success_timestamp_seconds", \
	  GAUGE, NONE,                                                         \
	  "When its source was last heard to be right, Unix time.", "model")   \
	X(DISCOVERY_FAILURES, "warmpath_discovery_failures_total", COUNTER,    \
	  NONE, "Times the model's source of workers has failed.", "model")    \
	X(RELOAD_OK, "warmpath_config_last_reload_success", GAUGE, NONE,       \
	  "1 if the last reading of the configuration took effect.")           \
	X(RELOAD_TIME, "warmpath_config_last_reload_timestamp_seconds", GAUGE, \
	  NONE, "When the configuration in force was read, Unix time.")        \
	X(BUILD, "warmpath_build_info", GAUGE, NONE,                           \
	  "1, with the version that runs.", "version", "commit")               \
	X(LOG_DROPPED, "warmpath_log_dropped_total", COUNTER, NONE,            \
	  "Log lines dropped because their writer was slow.")                  \
	X(DECISIONS_DROPPED, "warmpath_decision_log_dropped_total", COUNTER,   \
	  NONE, "Lines of log.decisions dropped for want of room.")            \
	X(TRACE_SPANS, "warmpath_trace_spans_total", COUNTER, NONE,            \
	  "Spans of traced requests, by whether the collector took them, did " \
	  "not, or there was no room for them to wait.",                       \
	  "result")                                                            \
	X(PROCESS_CPU, "process_cpu_seconds_total", COUNTER, NONE,             \
	  "User and system CPU time.")                                         \
	X(PROCESS_RSS, "process_resident_memory_bytes", GAUGE, NONE,           \
	  "Resident memory.")                                                  \
	X(PROCESS_VIRTUAL, "process_virtual_memory_bytes", GAUGE, NONE,        \
	  "Virtual memory.")                                                   \
	X(PROCESS_FDS, "process_open_fds", GAUGE, NONE,                        \
	  "Open file descriptors.")                                            \
	X(PROCESS_MAX_FDS, "process_max_fds", GAUGE, NONE,                     \
	  "Most file descriptors that may be open.")                           \
	X(PROCESS_START, "process_start_time_seconds", GAUGE, NONE,            \
	  "When the process began, Unix time.")

enum metrics_row {
#define X(id, ...) METRICS_##id,
	METRICS_ROWS(X)
#undef X
		METRICS_N
};

extern const struct metric_family metrics_family[METRICS_N];

struct metrics {
	struct metric_set *set;
	/* Series of the rows without labels; NULL for the others. */
	struct metric_cell *cell[METRICS_N];
};

struct metrics *metrics_create(const char *version, const char *commit);
void metrics_destroy(struct metrics **m);

/* The series with these label values, as many as the row has labels. */
#define metrics_cell(m, row, ...)                                              \
	metric_cell((m)->set, (row), (const char *const[]){__VA_ARGS__})

/* The part of it that `owner` counts in, see metric_part(). */
#define metrics_part(m, owner, row, ...)                                       \
	metric_part((m)->set, (row), (const char *const[]){__VA_ARGS__},       \
		    (owner))

/* Brings a counter up to a total that is kept elsewhere. One caller at a
 * time for a cell. */
void metrics_raise(struct metric_cell *c, double total);

/* What is read when somebody asks: process_* and dropped log lines. Main
 * thread. */
void metrics_refresh(struct metrics *m);

#endif
