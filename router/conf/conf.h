/* The configuration: one YAML file, one immutable counted value.
 *
 * Keys, defaults, bounds and help are rows of a table (schema.c); parsing,
 * checks, --print-config and the reference come from the rows. */
#ifndef ROUTER_CONF_CONF_H
#define ROUTER_CONF_CONF_H

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/ref.h"
#include "common/hash/scheme.h"
#include "common/template/chat_options.h"
#include "router/policy/policy.h"

enum conf_key_mode {
	CONF_KEY_AUTO,   /* engine hashes where events prove them */
	CONF_KEY_ENGINE, /* engine hashes; a worker that differs falls back */
	CONF_KEY_TOKENS, /* our own chain over the events' token ids */
};

/* Files in PEM form, and what goes with them; NULL: not set. */
struct conf_tls {
	char *certificate, *key;
	char **other; /* of clients': certificates with their keys */
	size_t n_others;
	char *ca;          /* whom we trust */
	char *server_name; /* a worker's, that its certificate must be for */
	bool insecure;     /* a worker's: any certificate will do */
	enum { CONF_TLS_1_2, CONF_TLS_1_3 } min_version;
};

/* Which part of a request a worker is for. */
enum conf_role {
	CONF_ROLE_BOTH,
	CONF_ROLE_PREFILL, /* computes prompts for others to go on with */
	CONF_ROLE_DECODE,
};

/* How keys and values get from a prefill worker to a decode worker; what
 * each wants is in connector.h. */
enum conf_connector {
	CONF_CONNECTOR_NONE,
	CONF_CONNECTOR_NIXL,      /* vLLM's NixlConnector: decode reads */
	CONF_CONNECTOR_NIXL_PUSH, /* NixlPushConnector: prefill writes */
	CONF_CONNECTOR_MOONCAKE,
	CONF_CONNECTOR_P2P_NCCL, /* vLLM before 0.24 */
	CONF_CONNECTOR_LMCACHE,
	CONF_CONNECTOR_SGLANG,
	CONF_CONNECTORS_N,
};

/* Where the other end of a transfer finds this one. */
struct conf_transfer {
	char *host; /* by itself the url's, where there is a connector */
	/* 0: the connector's own. Of rank 0 and tensor-parallel rank 0. */
	size_t port, alloc_port;
	char *engine_id; /* or NULL */
	size_t tp_size, pp_size;
	uint64_t lease_ms; /* that a prefilled prompt is kept for decode */
	/* Of Mooncake's bootstrap server, where the engine_id is to be asked
	 * for; else n = 0. */
	struct addr addr;
};

/* What workers run on, as a first guess of their pace. */
enum conf_gpu {
	CONF_GPU_USUAL,
	CONF_GPU_L4,
	CONF_GPU_L40S,
	CONF_GPU_A100,
	CONF_GPU_H100,
	CONF_GPU_H200,
	CONF_GPU_B200,
	CONF_GPU_MI300X,
	CONF_GPU_N,
};

#define CONF_MAX_PLACE 64 /* bytes of a zone's or a rack's name */

struct conf_worker {
	char *name; /* "worker-3", unique in the file; host:port if not set */
	char *url;  /* "http://host:port", or "https://…" */
	char *host; /* "host:port": what the Host header says */
	struct addr addr;
	bool secure; /* https */
	struct conf_tls tls;
	char *events;         /* "tcp://host:5557", or NULL */
	char *replay;         /* or NULL */
	char *peer;           /* "host:port" of its peer tier, or NULL */
	char *topic;          /* prefix to subscribe to; "" */
	size_t data_parallel; /* ranks behind this url; ports count up */
	size_t max_inflight;  /* 0: unbounded */
	char *api_key;        /* sent as Bearer; or NULL */
	enum conf_role role;
	enum conf_connector connector;
	struct conf_transfer transfer;
	bool uses_store;   /* its model's, if that has one */
	unsigned own_gpu;  /* 0: its model's; else enum conf_gpu and 1 */
	char *zone, *rack; /* or NULL */
	size_t line;       /* in the file */
};

/* Workers that the Kubernetes API tells of; texts are NULL if not set. */
struct conf_kubernetes {
	char *namespace;
	/* One of these, or none: EndpointSlices of a service, pods of an
	 * InferencePool, pods by their labels. */
	char *service, *pool, *selector;
	char *port; /* a name or a number */
	enum { CONF_FAMILY_IPV4, CONF_FAMILY_IPV6 } family;
	char *api, *token_file, *ca_file;
	uint64_t watch_timeout_ms;
};

/* Workers that DNS tells of. */
struct conf_dns {
	char *name; /* NULL: not by DNS */
	enum { CONF_DNS_A, CONF_DNS_AAAA, CONF_DNS_SRV } type;
	size_t port;         /* 0: by SRV */
	bool secure;         /* https */
	struct addr *server; /* IPv4; none: as /etc/resolv.conf says */
	size_t n_servers;
	uint64_t min_ttl_ms, max_ttl_ms;
};

/* Where workers are found besides those that are written: one of file, dns
 * and kubernetes. */
struct conf_discover {
	char *file; /* a list of workers; NULL: not from one */
	struct conf_dns dns;
	struct conf_kubernetes kubernetes;
	uint64_t interval_ms;
	/* Keys that all found workers have, as YAML of one line in which
	 * {host} stands for a worker's host; or NULL. */
	char *worker;
	bool allow_empty;
	size_t max_workers;
	uint64_t settle_ms;
	size_t line; /* in the file; 0: nothing is written of it */
};

/* How the engines make prompts of chats, as they were started. */
struct conf_chat {
	enum chat_engine engine;
	char *template_file; /* or NULL: the tokenizer's own */
	enum chat_format format;
	char *default_kwargs; /* a JSON object, or NULL */
	bool exclude_tools;   /* where tool_choice is "none" */
};

/* A store of blocks that a model's workers have in common. */
struct conf_store {
	char *name;    /* NULL: there is none */
	char **medium; /* what events call it; none: see store.h */
	size_t n_media;
	double load_ms, token_ms; /* a first guess of its pace */
	bool optional;            /* a request may say that it is left alone */
};

struct conf_model {
	char *name;
	char **alias; /* other names clients may use */
	size_t n_aliases;
	char **lora; /* adapter names clients may use as model */
	size_t n_loras;
	char *tokenizer; /* directory, or NULL */
	struct conf_chat chat;
	size_t block_size; /* 0: learned from events and /metrics */
	enum conf_key_mode key_mode;
	enum hash_algorithm algorithm;
	char *seed;          /* PYTHONHASHSEED, or NULL: unknown */
	bool send_token_ids; /* in place of what they were made of */
	enum conf_gpu gpu;
	struct conf_store store;
	const struct policy *policy;
	struct policy_options policy_options;
	struct conf_discover discover;
	const struct policy *shadow; /* decides without effect; or NULL */
	struct policy_options shadow_options;
	struct conf_worker *worker;
	size_t n_workers; /* 0 only where others are found */
	size_t line;      /* in the file */
};

struct conf_limits {
	size_t max_connections;
	size_t max_head_bytes;
	size_t max_uri_bytes;
	size_t max_headers;
	size_t max_header_bytes; /* one's name and value */
	size_t max_body_bytes;
	size_t min_body_rate; /* bytes a second; 0: any */
	/* Of a chunked body, over all its chunks. */
	size_t max_extension_bytes, max_trailer_bytes;
	size_t max_json_depth;
	size_t max_json_members; /* of the outermost object */
	size_t max_number_bytes;
	size_t max_messages;
	size_t max_prompts; /* in one completion */
	size_t max_prompt_tokens;
	size_t max_n;               /* answers to one prompt */
	size_t max_tokens;          /* of an answer; 0: no bound */
	size_t stream_buffer_bytes; /* per stream, before the worker waits */
	size_t queue;               /* requests waiting for a worker */
};

struct conf_http2 { /* towards clients */
	bool enabled;
	size_t max_streams;  /* of a connection */
	size_t window_bytes; /* of a stream */
	size_t table_bytes;  /* of headers, for the client to fill */
};

struct conf_timeouts { /* all in ms */
	uint64_t header, body, connect, first_byte, between_bytes;
	uint64_t write_stall, idle, queue, drain, drain_delay, upgrade;
	uint64_t pool_idle; /* before the workers' own 5 s */
	uint64_t tokenize;
	uint64_t request; /* the whole of it; 0: any time */
};

/* Which answers of 5xx, besides 503, are tried at another worker. */
enum conf_retry_5xx {
	CONF_RETRY_5XX_NONE,
	CONF_RETRY_5XX_GATEWAY, /* 502 and 504 */
	CONF_RETRY_5XX_ALL,     /* and 500 */
};

struct conf_retries {
	size_t max_tries; /* workers tried for one request */
	double budget;    /* retries for each request of late */
	uint32_t min_per_second;
	enum conf_retry_5xx on_5xx;
};

struct conf_breaker {
	size_t failures; /* in a row that open it; 0: any number */
	double share;    /* of a window's requests; 0: any share */
	uint64_t window_ms;
	size_t min_requests; /* for the share to count */
	uint64_t open_for_ms, open_max_ms;
	uint32_t half_open_requests;
	double max_ejected;    /* share of a model's workers */
	uint64_t max_pause_ms; /* a worker's Retry-After */
};

/* In ms, for how long requests of each class may wait for room at a worker;
 * 0: timeouts.queue. */
struct conf_wait {
	uint64_t interactive, by_default, background;
};

struct conf_probe {
	uint64_t health_interval_ms, health_timeout_ms;
	size_t down_after, up_after; /* in a row */
	uint64_t metrics_interval_ms;
	uint64_t parity_interval_ms; /* 0: never */
};

enum conf_admission { CONF_ADMISSION_AUTO, CONF_ADMISSION_OFF };

/* Whether prefixes are copied ahead of demand. */
enum conf_placement {
	CONF_PLACEMENT_OFF,
	CONF_PLACEMENT_ADVISE, /* plans are made, and shown */
	CONF_PLACEMENT_ON
};

/* Whose cache a tenant's blocks are in. */
enum conf_cache_salt { CONF_SALT_OFF, CONF_SALT_TENANT, CONF_SALT_COMBINE };

struct conf_tenants;

struct conf_tenancy {
	char *file; /* NULL: everybody is served */
	uint64_t check_interval_ms;
	enum conf_cache_salt cache_salt;
	char *salt_secret_file;
	bool forward_priority;
	/* What is in the files: set by conf_load() alone. */
	struct conf_tenants *list; /* or NULL */
	struct buf salt_secret;
};

/* Where traces are told of, and of which requests. */
struct conf_tracing {
	char *endpoint; /* as tracing.h reads it; NULL: nowhere */
	double sample;  /* share of requests whose caller says nothing */
	char *service_name;
	char **header; /* "name: value" */
	size_t n_headers;
	char *ca; /* or NULL */
};

struct conf {
	struct ref ref;
	char *file;
	size_t threads; /* lanes; 0: one a core */
	size_t helpers; /* threads for long work; 0: one a core */
	struct addr *listen;
	size_t n_listen;
	struct addr *tls_listen;
	size_t n_tls_listen;
	struct conf_tls tls;
	struct addr admin;
	char *admin_token;         /* NULL: none is set */
	struct conf_tls admin_tls; /* no certificate: it speaks plain HTTP */
	struct conf_limits limits;
	struct conf_http2 http2;
	struct conf_timeouts timeouts;
	struct conf_probe probe;
	struct conf_breaker breaker;
	enum conf_admission admission; /* by the workers' KV memory */
	struct conf_wait wait;
	enum conf_placement placement;
	uint64_t placement_max_ms; /* that a request may cost more for it */
	uint64_t slow_start_ms;    /* 0: off */
	size_t index_max_bytes;
	size_t approx_max_bytes; /* what was routed where */
	size_t memo_max_bytes;   /* a lane: ids told by workers, and chains */
	size_t conversations_max_bytes;
	struct conf_retries retries;
	char *zone; /* the gateway's own, or NULL */
	uint64_t zone_cost_ms;
	char *session_header;    /* names the session; lower case */
	size_t max_memory_bytes; /* resident; 0: as the kernel says */
	bool core_dumps;
	enum log_level log_level;
	enum log_format log_format;
	bool access_log;
	char *decision_log;        /* a file; or NULL */
	size_t explain_keep_bytes; /* a lane, for its last decisions */
	struct conf_tracing tracing;
	struct conf_tenancy tenants;
	/* Of the models that do not say otherwise. */
	const struct policy *policy;
	struct policy_options policy_options;
	struct conf_model *model;
	size_t n_models;
};

/* Some policy of the model's looks at what is held of a prompt. */
static inline bool conf_needs_blocks(const struct conf_model *m)
{
	return m->policy->needs_blocks ||
	       (m->shadow != NULL && m->shadow->needs_blocks);
}

/* Every fault of a file, not only the first; the text has one line each:
 * "file:line: key: sentence". */
struct conf_faults {
	struct buf text;
	size_t n;
};

/* A key of the top level that was given elsewhere, and goes over the file's:
 * one item where the key has a list. */
struct conf_setting {
	const char *from; /* "--listen": what faults name */
	const char *key, *text;
};

struct conf_settings {
	const struct conf_setting *setting;
	size_t n;
};

/* NULL if there was any fault; `faults` is zero before the first use, and
 * its text is the caller's to buf_fini. Blocking (names are looked up).
 * What is allowed but doubtful is logged as a warning by conf_load. */
struct conf *conf_load(const char *file, struct conf_settings over,
		       struct conf_faults *faults);
/* Of a text that is in no file: `name` is what faults call it. */
struct conf *conf_load_text(struct slice yaml, const char *name,
			    struct conf_settings over,
			    struct conf_faults *faults);
struct conf *conf_parse(struct slice yaml, const char *file,
			struct conf_faults *faults);
/* Looks no name up: a host that is not an IP address is a fault. */
struct conf *conf_parse_numeric(struct slice yaml, const char *file,
				struct conf_faults *faults);
/* Whether a model's workers may be others than those that are written. */
bool conf_discovers(const struct conf_model *m);
struct conf *conf_ref(struct conf *c);
void conf_unref(struct conf **c);

/* The effective configuration, all defaults written out, as YAML that
 * gives the same again; only keys of workers are hidden, as "***". */
void conf_print(const struct conf *c, struct buf *out);
/* config/reference.yaml: every key, default, bound and help. */
void conf_reference(struct buf *out);

#endif
