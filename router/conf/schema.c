#include "router/conf/schema.h"

#include "router/conf/schema_policy.h"

#include <float.h>
#include <stddef.h>
#include <string.h>

#define KIB    1024.0
#define MIB    (1024 * KIB)
#define GIB    (1024 * MIB)
#define SECOND 1000.0
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const char *const level_words[] = {"error", "warn", "info", "debug",
					  NULL};
static const char *const format_words[] = {"text", "json", NULL};
static const char *const retry_5xx_words[] = {"none", "gateway", "all", NULL};
static const char *const tls_version_words[] = {"1.2", "1.3", NULL};
static const char *const admission_words[] = {"auto", "off", NULL};
static const char *const placement_words[] = {"off", "advise", "on", NULL};
static const char *const salt_words[] = {"off", "tenant", "combine", NULL};

#define TOP(kind, name, field, lo, hi, def, text)                              \
	{                                                                      \
		.scope = SCHEMA_TOP, .type = SCHEMA_##kind, .key = (name),     \
		.offset = offsetof(struct conf, field), .min = (lo),           \
		.max = (hi), .preset = (def), .help = (text)                   \
	}
/* A file's path or another text that has no default. */
#define TOP_TEXT(name, field, like, text)                                      \
	{                                                                      \
		.scope = SCHEMA_TOP, .type = SCHEMA_TEXT, .key = (name),       \
		.offset = offsetof(struct conf, field), .min = 1, .max = 4096, \
		.example = (like), .help = (text)                              \
	}
static const struct schema_row schema_row[] = {
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_ADDRS,
		.key = "listen",
		.offset = offsetof(struct conf, listen),
		.count_offset = offsetof(struct conf, n_listen),
		.preset = "0.0.0.0:8080",
		.help = "Where clients connect: host:port, [v6]:port, :port or "
			"unix:/path, or a list of them. Port 0 takes a free "
			"one.",
	},
	TOP(ADDR, "admin", admin, 0, 0, "127.0.0.1:9090",
	    "Where /metrics, health and the admin page are served. Keep it "
	    "away from clients."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXT,
		.key = "admin_token",
		.offset = offsetof(struct conf, admin_token),
		.min = 16,
		.max = 4096,
		.example = "a-long-random-text",
		.flags = SCHEMA_SECRET,
		.help = "What whoever drains a worker must send, as "
			"Authorization: Bearer. While it is not set curl needs "
			"none, and the page in a browser changes nothing.",
	},
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_ADDRS,
		.key = "tls.listen",
		.offset = offsetof(struct conf, tls_listen),
		.count_offset = offsetof(struct conf, n_tls_listen),
		.preset = "[]",
		.help = "Where clients connect with TLS, as in listen. With "
			"listen: [] there is no other way.",
	},
	TOP_TEXT("tls.certificate", tls.certificate, "/etc/warmpath/tls.crt",
		 "A file in PEM form: our certificate, and those between it "
		 "and the CA. Read again when it changes, and at SIGHUP."),
	TOP_TEXT("tls.key", tls.key, "/etc/warmpath/tls.key",
		 "Its key, in PEM form, without a pass phrase."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXTS,
		.key = "tls.certificates",
		.offset = offsetof(struct conf, tls.other),
		.count_offset = offsetof(struct conf, tls.n_others),
		.min = 1,
		.max = 4096,
		.preset = "[]",
		.help = "Further certificates, each a file in PEM form with "
			"those between it and the CA, and with its key. "
			"Clients that ask for one of its names (SNI) get the "
			"first that is for it; all others get tls.certificate.",
	},
	TOP_TEXT("tls.client_ca", tls.ca, "/etc/warmpath/clients.pem",
		 "Clients must present a certificate that one of these CAs "
		 "has signed."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "tls.min_version",
		.offset = offsetof(struct conf, tls.min_version),
		.preset = "1.2",
		.word = tls_version_words,
		.help = "The oldest TLS that clients may speak.",
	},
	TOP_TEXT("admin_tls.certificate", admin_tls.certificate,
		 "/etc/warmpath/admin.crt",
		 "As tls.certificate: the admin port speaks TLS, and nothing "
		 "else, if it is set."),
	TOP_TEXT("admin_tls.key", admin_tls.key, "/etc/warmpath/admin.key",
		 "Its key."),
	TOP_TEXT("admin_tls.client_ca", admin_tls.ca,
		 "/etc/warmpath/operators.pem",
		 "Whoever asks must present a certificate that one of these "
		 "CAs has signed."),
	TOP(COUNT, "threads", threads, 0, 256, "0",
	    "Lanes that carry requests; 0: one a core."),
	TOP(COUNT, "helpers", helpers, 0, 256, "0",
	    "Threads for long work such as tokenizing large prompts; 0: one "
	    "a core."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "log.level",
		.offset = offsetof(struct conf, log_level),
		.preset = "info",
		.word = level_words,
		.help = "The least important lines that are written.",
	},
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "log.format",
		.offset = offsetof(struct conf, log_format),
		.preset = "text",
		.word = format_words,
		.help = "Lines for people or for programs.",
	},
	TOP(BOOL, "log.access", access_log, 0, 0, "true",
	    "A line for every request, at its end."),
	TOP_TEXT(
		"log.decisions", decision_log,
		"/var/log/warmpath/decisions.jsonl",
		"A file that gets a line of JSON for each decision and one for "
		"what came of it, as warmpath replay reads them: candidates, "
		"costs, salted keys of blocks, never a prompt. Begun anew when "
		"it was moved away, and at SIGUSR1."),
	TOP(SIZE, "explain.keep", explain_keep_bytes, 0, 64 * GIB, "4MiB",
	    "Memory of a lane for its last decisions, about 500 bytes for each "
	    "candidate: what GET /explain/ID and /decisions on the admin port "
	    "can tell. 0: none. Takes effect at the next start."),
	TOP_TEXT("tracing.endpoint", tracing.endpoint,
		 "http://otel-collector:4318",
		 "A collector of traces that takes OTLP over HTTP, in JSON: "
		 "/v1/traces below this. Each traced request tells what was "
		 "decided, each leg, and the times. Without it none is."),
	TOP(NUMBER, "tracing.sample", tracing.sample, 0, 1, "0.1",
	    "Share of requests that are traced. Where the client sends a "
	    "traceparent, that says whether it is."),
	TOP(TEXT, "tracing.service_name", tracing.service_name, 1, 255,
	    "warmpath", "What the gateway is called in traces."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXTS,
		.key = "tracing.headers",
		.offset = offsetof(struct conf, tracing.header),
		.count_offset = offsetof(struct conf, tracing.n_headers),
		.min = 1,
		.max = 8192,
		.preset = "[]",
		.flags = SCHEMA_SECRET,
		.help = "That the collector gets beside ours, such as "
			"[\"Authorization: Bearer KEY\"].",
	},
	TOP_TEXT("tracing.ca", tracing.ca, "/etc/warmpath/collector.pem",
		 "CAs that may have signed its certificate, where the "
		 "endpoint is https. By itself the system's."),
	TOP(COUNT, "limits.max_connections", limits.max_connections, 1, 1000000,
	    "10000", "Clients' connections at a time."),
	TOP(SIZE, "limits.max_head", limits.max_head_bytes, KIB, MIB, "64KiB",
	    "A request's line and headers."),
	TOP(SIZE, "limits.max_uri", limits.max_uri_bytes, 256, MIB, "8KiB",
	    "A request's target, with its query."),
	TOP(COUNT, "limits.max_headers", limits.max_headers, 8, 1000, "100",
	    "Headers of a request."),
	TOP(SIZE, "limits.max_header", limits.max_header_bytes, 256, MIB,
	    "16KiB", "One header's name and value."),
	TOP(SIZE, "limits.max_body", limits.max_body_bytes, KIB, GIB, "32MiB",
	    "A request's body."),
	TOP(SIZE, "limits.min_body_rate", limits.min_body_rate, 0, GIB, "1KiB",
	    "A second, on the average, after 5 s: a request's body that comes "
	    "in more slowly is refused. 0: none is."),
	TOP(SIZE, "limits.max_chunk_extensions", limits.max_extension_bytes, 64,
	    MIB, "4KiB",
	    "Extensions in all chunks of a body; they are dropped. A chunk's "
	    "line is 256 bytes at most in any case."),
	TOP(SIZE, "limits.max_trailers", limits.max_trailer_bytes, 64, MIB,
	    "8KiB", "Trailers of a chunked body; they are dropped."),
	TOP(COUNT, "limits.max_json_depth", limits.max_json_depth, 8, 1000,
	    "128", "Nesting of a request's JSON."),
	TOP(COUNT, "limits.max_json_members", limits.max_json_members, 16,
	    65536, "512", "Members of a request's outermost JSON object."),
	TOP(COUNT, "limits.max_json_number", limits.max_number_bytes, 32, 65536,
	    "256", "Characters of a number in a request's JSON."),
	TOP(COUNT, "limits.max_messages", limits.max_messages, 8, 1000000,
	    "16384",
	    "Messages of a chat. Those of an earlier turn that is remembered "
	    "do not count."),
	TOP(COUNT, "limits.max_prompts", limits.max_prompts, 1, 65536, "256",
	    "Prompts in one completion request."),
	TOP(COUNT, "limits.max_prompt_tokens", limits.max_prompt_tokens, 1,
	    16 * MIB, "1048576",
	    "Token ids in a prompt. More are refused; a text that would "
	    "become more is matched as a text."),
	TOP(COUNT, "limits.max_n", limits.max_n, 1, 65536, "128",
	    "Answers to one prompt: n and best_of. Those to all prompts of a "
	    "request may be as many as this or max_prompts, the larger."),
	TOP(COUNT, "limits.max_tokens", limits.max_tokens, 0, 16 * MIB, "0",
	    "Tokens of an answer that a request may ask for; 0: as many as "
	    "the engine gives."),
	TOP(SIZE, "limits.stream_buffer", limits.stream_buffer_bytes, 4 * KIB,
	    64 * MIB, "256KiB",
	    "Held of a stream for a slow client before the worker must wait."),
	TOP(COUNT, "limits.queue", limits.queue, 0, 1000000, "1024",
	    "Requests of a lane that may wait for a worker with room; further "
	    "ones get 503."),
	TOP(BOOL, "http2.enabled", http2.enabled, 0, 0, "true",
	    "Whether clients may speak HTTP/2: by prior knowledge, and over "
	    "TLS by ALPN. Workers are always asked in HTTP/1.1."),
	TOP(COUNT, "http2.max_streams", http2.max_streams, 1, 10000, "100",
	    "Requests at a time on one connection."),
	TOP(SIZE, "http2.window", http2.window_bytes, 64 * KIB, 16 * MIB,
	    "256KiB",
	    "Of a request's body that may be under way; of all bodies of a "
	    "connection, four times this."),
	TOP(SIZE, "http2.header_table", http2.table_bytes, 0, 64 * KIB, "4KiB",
	    "Headers of a connection that are remembered, so that they need "
	    "not be sent again."),
	TOP(SIZE, "overload.max_memory", max_memory_bytes, 0, 1024 * GIB, "0",
	    "Resident memory: from 90 % of it on requests with a body get "
	    "503, from 95 % on idle connections close and none are accepted. "
	    "0: what the control group (container) allows, if it says."),
	TOP(BOOL, "core_dumps", core_dumps, 0, 0, "false",
	    "Whether a crash may leave a core file, in which prompts and keys "
	    "would be, and a debugger of the same user may attach."),
	TOP(TIME, "timeouts.header", timeouts.header, 100, HOUR, "10s",
	    "For a request's head to come in."),
	TOP(TIME, "timeouts.body", timeouts.body, 100, HOUR, "5m",
	    "For a request's body to come in, at limits.min_body_rate or "
	    "faster."),
	TOP(TIME, "timeouts.connect", timeouts.connect, 10, 10 * MINUTE, "3s",
	    "For a connection to a worker."),
	TOP(TIME, "timeouts.first_byte", timeouts.first_byte, 100, 24 * HOUR,
	    "10m", "For a worker's first byte; queue and prefill are in it."),
	TOP(TIME, "timeouts.between_bytes", timeouts.between_bytes, 100,
	    24 * HOUR, "2m", "Between a worker's bytes."),
	TOP(TIME, "timeouts.request", timeouts.request, 0, 7 * 24 * HOUR, "24h",
	    "For a whole request, from its first byte to its answer's last. "
	    "The others find out what stands still; this ends what never "
	    "would. 0s: nothing does."),
	TOP(TIME, "timeouts.write_stall", timeouts.write_stall, 100, HOUR,
	    "60s", "For a client to take a byte while some wait for it."),
	TOP(TIME, "timeouts.idle", timeouts.idle, 100, HOUR, "75s",
	    "Between a client's requests on one connection."),
	TOP(TIME, "timeouts.queue", timeouts.queue, 10, HOUR, "30s",
	    "For a request to wait for a worker with room."),
	TOP(TIME, "timeouts.drain_delay", timeouts.drain_delay, 0, HOUR, "0s",
	    "From SIGTERM, when /readyz fails, until no more connections are "
	    "taken. Behind what learns of the one by the other set it to how "
	    "long that may take; in Kubernetes: 5s."),
	TOP(TIME, "timeouts.drain", timeouts.drain, 0, 24 * HOUR, "30s",
	    "For running requests to end after that. In Kubernetes: "
	    "terminationGracePeriodSeconds less 15."),
	TOP(TIME, "timeouts.upgrade", timeouts.upgrade, SECOND, HOUR, "60s",
	    "For the process that SIGUSR2 starts to be ready. If it is not it "
	    "is ended, and this one goes on."),
	TOP(TIME, "timeouts.pool_idle", timeouts.pool_idle, 0, HOUR, "4s",
	    "Before an idle connection to a worker is closed. vLLM closes its "
	    "own after 5s, so stay below that."),
	TOP(TIME, "timeouts.tokenize", timeouts.tokenize, 10, 10 * MINUTE, "5s",
	    "For a worker to tell a chat's tokens; then it is matched as a "
	    "text."),
	TOP(TIME, "probe.health_interval", probe.health_interval_ms, 100, HOUR,
	    "2s", "Between health checks of a worker."),
	TOP(TIME, "probe.health_timeout", probe.health_timeout_ms, 10, HOUR,
	    "2s", "For a health check's answer."),
	TOP(COUNT, "probe.down_after", probe.down_after, 1, 100, "3",
	    "Health checks in a row that must fail."),
	TOP(COUNT, "probe.up_after", probe.up_after, 1, 100, "2",
	    "Health checks in a row that must pass."),
	TOP(TIME, "probe.metrics_interval", probe.metrics_interval_ms, 100,
	    HOUR, "1s", "Between readings of a worker's /metrics."),
	TOP(TIME, "probe.parity_interval", probe.parity_interval_ms, 0,
	    24 * HOUR, "5m",
	    "Between comparisons of our token ids with a worker's, besides "
	    "the one when it joins; a tenth of it while they differ. 0s: "
	    "never."),
	TOP(SIZE, "index.max_size", index_max_bytes, MIB, 1024 * GIB, "256MiB",
	    "Memory for which worker holds which block."),
	TOP(SIZE, "index.approx_max_size", approx_max_bytes, MIB, 1024 * GIB,
	    "64MiB",
	    "Memory for what was routed where, which stands in where a "
	    "worker sends no events."),
	TOP(SIZE, "index.conversations_max_size", conversations_max_bytes, 0,
	    1024 * GIB, "256MiB",
	    "Memory for conversations that were rendered lately, so that of a "
	    "next turn only what is new is tokenized: about 15 bytes a token."),
	TOP(SIZE, "index.memo_max_size", memo_max_bytes, 0, 1024 * GIB, "16MiB",
	    "Memory of a lane for prompts that workers tokenized, and for the "
	    "chains of prompts that came as token ids."),
	TOP(COUNT, "retries.max_tries", retries.max_tries, 1, 16, "3",
	    "Workers tried for one request before the client sees an error. "
	    "None is tried once a byte of an answer is on its way."),
	TOP(NUMBER, "retries.budget", retries.budget, 0, 1, "0.2",
	    "Retries for each request of the last 10 s, over all lanes; "
	    "beyond it the client gets the error at once."),
	TOP(U32, "retries.min_per_second", retries.min_per_second, 0, 1000000,
	    "10", "Retries that few requests may have in any case."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "retries.on_5xx",
		.offset = offsetof(struct conf, retries.on_5xx),
		.preset = "gateway",
		.word = retry_5xx_words,
		.help = "Answers that are tried elsewhere beside 429 and 503: "
			"no others, those of gateways (502, 504), or all (500 "
			"too, which a prompt may bring about anywhere).",
	},
	TOP(COUNT, "breaker.failures", breaker.failures, 0, 100000, "5",
	    "Requests of a worker that must fail in a row for its circuit "
	    "breaker to open: no connection, a reset, a time-out, an answer "
	    "that is not HTTP, 5xx, 429. 0: any number may."),
	TOP(NUMBER, "breaker.share", breaker.share, 0, 1, "0.5",
	    "Share of its requests within breaker.window that does so, too. 0: "
	    "any share may fail."),
	TOP(TIME, "breaker.window", breaker.window_ms, 100, HOUR, "10s",
	    "What the share is of."),
	TOP(COUNT, "breaker.min_requests", breaker.min_requests, 1, 1000000,
	    "20", "Fewer requests in a window have no share."),
	TOP(TIME, "breaker.open_for", breaker.open_for_ms, 10, HOUR, "5s",
	    "How long an open breaker keeps requests away. Twice that if it "
	    "opens again soon, and so on."),
	TOP(TIME, "breaker.open_max", breaker.open_max_ms, 10, 24 * HOUR, "1m",
	    "The longest of these times."),
	TOP(U32, "breaker.half_open_requests", breaker.half_open_requests, 1,
	    1000, "1",
	    "Requests at a time that a worker is then tried with; as many "
	    "must do well for the breaker to close."),
	TOP(NUMBER, "breaker.max_ejected", breaker.max_ejected, 0, 1, "0.5",
	    "Share of a model's workers that may be out, health checks "
	    "counted, before its breakers are not heeded any more: all are "
	    "tried then but those that are down."),
	TOP(TIME, "breaker.max_pause", breaker.max_pause_ms, 0, HOUR, "30s",
	    "The longest Retry-After of a worker's 429 or 503 for which it is "
	    "left alone. 0s: none is heeded."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "admission.mode",
		.offset = offsetof(struct conf, admission),
		.preset = "auto",
		.word = admission_words,
		.help = "Whether sessions wait at the gateway while their "
			"contexts would not fit into a worker's KV memory "
			"beside those that are active. auto: at workers that "
			"tell how much they have; off: none waits for that.",
	},
	TOP(TIME, "admission.wait_interactive", wait.interactive, 0, HOUR, "0s",
	    "For how long a request of a tenant of priority 7 to 9 may wait "
	    "for room at a worker. 0s: timeouts.queue."),
	TOP(TIME, "admission.wait_default", wait.by_default, 0, HOUR, "0s",
	    "The same with priority 3 to 6, or without tenants."),
	TOP(TIME, "admission.wait_background", wait.background, 0, HOUR, "2m",
	    "The same with priority 0 to 2. These give way: between its turns "
	    "such a session keeps its room from nobody of a higher class."),
	TOP(TIME, "slow_start.time", slow_start_ms, 0, HOUR, "30s",
	    "In which a worker that comes back, or joins others, comes up to "
	    "its full share. 0s: it has it at once."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXT,
		.key = "zone",
		.offset = offsetof(struct conf, zone),
		.min = 1,
		.max = CONF_MAX_PLACE,
		.example = "eu-west-1a",
		.help = "Where the gateway stands, by the names of the "
			"workers' zones.",
	},
	TOP(TIME, "zone_cost", zone_cost_ms, 0, MINUTE, "2ms",
	    "What it is worth to stay in that zone: the policy cost adds it to "
	    "the price of workers in others. 0s: nothing."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "placement.mode",
		.offset = offsetof(struct conf, placement),
		.preset = "advise",
		.word = placement_words,
		.help = "Whether hot prefixes are to be copied to workers that "
			"are about to be asked for them, where workers can "
			"fetch from each other (peer:) and the policy is "
			"cost. advise: /placement shows what would be copied, "
			"and nothing is done about it. on: the next request "
			"that begins with such a prefix is to go there, and "
			"has it fetched.",
	},
	TOP(TIME, "placement.max_cost", placement_max_ms, 0, MINUTE, "250ms",
	    "The most that such a request may cost more than another way to "
	    "serve it, and never more than what it is thought to save others."),
	TOP(HEADER, "session_header", session_header, 1, 128, "x-session-id",
	    "The header that names a client's session."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXT,
		.key = "tenants.file",
		.offset = offsetof(struct conf, tenants.file),
		.min = 1,
		.max = 4096,
		.example = "/etc/warmpath/tenants.yaml",
		.help = "Who may call, by API key: see config/tenants.yaml. "
			"Without it whoever reaches the gateway is served.",
	},
	TOP(TIME, "tenants.check_interval", tenants.check_interval_ms, 100,
	    HOUR, "5s",
	    "Between looks at whether the tenants' file has changed. A faulty "
	    "one leaves the tenants in force."),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_WORD,
		.key = "tenants.cache_salt",
		.offset = offsetof(struct conf, tenants.cache_salt),
		.preset = "off",
		.word = salt_words,
		.help = "Whether tenants share the engines' prefix caches. "
			"off: "
			"they do; tenant: each has its own; combine: the same, "
			"and a client's own cache_salt splits that further. "
			"Paths whose engines take no cache_salt, /v1/messages "
			"among them, are refused unless it is off.",
	},
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_TEXT,
		.key = "tenants.salt_secret_file",
		.offset = offsetof(struct conf, tenants.salt_secret_file),
		.min = 1,
		.max = 4096,
		.example = "/etc/warmpath/salt.secret",
		.help = "A file of 16 bytes or more that nobody can guess, "
			"from "
			"which the salts are derived. Replicas share it.",
	},
	TOP(BOOL, "tenants.forward_priority", tenants.forward_priority, 0, 0,
	    "false",
	    "Tell the engines a tenant's priority, too. vLLM needs "
	    "--scheduling-policy priority for it."),
	POLICIES(SCHEMA_TOP, struct conf, 0),
	{
		.scope = SCHEMA_TOP,
		.type = SCHEMA_MODELS,
		.key = "models",
		.flags = SCHEMA_REQUIRED,
		.help = "The models that are served, and by whom.",
	},
};

const struct schema_row *schema_rows(enum schema_scope scope, size_t *n)
{
	switch (scope) {
	case SCHEMA_MODEL: *n = schema_model_n; return schema_model_row;
	case SCHEMA_DISCOVER:
		*n = schema_discover_n;
		return schema_discover_row;
	case SCHEMA_WORKER: *n = schema_worker_n; return schema_worker_row;
	case SCHEMA_TENANTS: *n = 1; return &schema_tenants_row;
	case SCHEMA_TENANT: *n = schema_tenant_n; return schema_tenant_row;
	default: *n = ARRAY_LEN(schema_row); return schema_row;
	}
}

const struct schema_row *schema_find(enum schema_scope scope, struct slice key)
{
	size_t n;
	const struct schema_row *row = schema_rows(scope, &n);

	for (size_t i = 0; i < n; i++)
		if (slice_equal(slice_of(row[i].key), key))
			return &row[i];
	return NULL;
}

bool schema_is_section(enum schema_scope scope, struct slice key)
{
	size_t n;
	const struct schema_row *row = schema_rows(scope, &n);

	for (size_t i = 0; i < n; i++) {
		struct slice k = slice_of(row[i].key);

		if (key.n < k.n && k.p[key.n] == '.' && slice_starts(k, key))
			return true;
	}
	return false;
}

const struct schema_row *schema_short_form(enum schema_scope scope,
					   struct slice section)
{
	if (scope == SCHEMA_WORKER && section.n == 0)
		return schema_find(scope, SLICE("url"));
	if (slice_equal(section, SLICE("policy")))
		return schema_find(scope, SLICE("policy.name"));
	if (slice_equal(section, SLICE("shadow")))
		return schema_find(scope, SLICE("shadow.name"));
	return NULL;
}
