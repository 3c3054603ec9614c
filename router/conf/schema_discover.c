/* Rows of where workers are found. */
#include "router/conf/schema.h"

#include <stddef.h>

#define SECOND 1000.0
#define HOUR   (3600 * SECOND)

static const char *const dns_words[] = {"a", "aaaa", "srv", NULL};
static const char *const family_words[] = {"ipv4", "ipv6", NULL};

#define DISCOVER(kind, name, field, lo, hi, def, text)                         \
	{                                                                      \
		.scope = SCHEMA_DISCOVER, .type = SCHEMA_##kind,               \
		.key = (name),                                                 \
		.offset = offsetof(struct conf_discover, field), .min = (lo),  \
		.max = (hi), .preset = (def), .help = (text)                   \
	}
/* What has no default. */
#define DISCOVER_TEXT(kind, name, field, like, text)                           \
	{                                                                      \
		.scope = SCHEMA_DISCOVER, .type = SCHEMA_##kind,               \
		.key = (name),                                                 \
		.offset = offsetof(struct conf_discover, field), .min = 1,     \
		.max = 4096, .example = (like), .help = (text)                 \
	}

const struct schema_row schema_discover_row[] = {
	DISCOVER_TEXT(TEXT, "file", file, "/etc/warmpath/workers.yaml",
		      "A list in the shape of workers, as YAML or JSON, that "
		      "another program writes: to another name first, and "
		      "then renamed. A faulty one changes nothing."),
	DISCOVER_TEXT(TEXT, "dns.name", dns.name, "vllm.llm.svc.cluster.local",
		      "Workers are the addresses of this name, or the targets "
		      "of its SRV records."),
	{
		.scope = SCHEMA_DISCOVER,
		.type = SCHEMA_WORD,
		.key = "dns.type",
		.offset = offsetof(struct conf_discover, dns.type),
		.preset = "a",
		.word = dns_words,
		.help = "Which records are asked for. Of SRV records those of "
			"the first priority count; their weight does not.",
	},
	DISCOVER(COUNT, "dns.port", dns.port, 0, 65535, "0",
		 "Where the workers listen; 0: as SRV records say."),
	DISCOVER(BOOL, "dns.secure", dns.secure, 0, 0, "false",
		 "Whether they speak TLS: https."),
	{
		.scope = SCHEMA_DISCOVER,
		.type = SCHEMA_ADDRS,
		.key = "dns.servers",
		.offset = offsetof(struct conf_discover, dns.server),
		.count_offset = offsetof(struct conf_discover, dns.n_servers),
		.preset = "[]",
		.help = "Servers to ask, three at most, such as 10.96.0.10:53; "
			"none: those of /etc/resolv.conf.",
	},
	DISCOVER(TIME, "dns.min_ttl", dns.min_ttl_ms, 100, HOUR, "1s",
		 "The name is asked for again when its records' time to live "
		 "is over; no sooner than this."),
	DISCOVER(TIME, "dns.max_ttl", dns.max_ttl_ms, 100, 24 * HOUR, "30s",
		 "And no later than this."),
	DISCOVER_TEXT(TEXT, "kubernetes.service", kubernetes.service, "vllm",
		      "Workers are the ready endpoints of this Service, as its "
		      "EndpointSlices tell. The account needs get, list and "
		      "watch on endpointslices."),
	DISCOVER_TEXT(TEXT, "kubernetes.pool", kubernetes.pool, "llama-70b",
		      "Workers are the ready pods of this InferencePool "
		      "(inference.networking.k8s.io/v1), one for each of its "
		      "targetPorts. Needs get, list and watch on pods and "
		      "inferencepools."),
	DISCOVER_TEXT(TEXT, "kubernetes.selector", kubernetes.selector,
		      "app=vllm,model=llama-70b",
		      "Workers are the ready pods with these labels. Needs "
		      "get, list and watch on pods. Of service, pool and "
		      "selector one is written."),
	DISCOVER_TEXT(TEXT, "kubernetes.port", kubernetes.port, "8000",
		      "Which port of theirs: a number or a name. By itself the "
		      "first that there is."),
	DISCOVER_TEXT(TEXT, "kubernetes.namespace", kubernetes.namespace, "llm",
		      "Where they are. By itself the gateway's own namespace."),
	{
		.scope = SCHEMA_DISCOVER,
		.type = SCHEMA_WORD,
		.key = "kubernetes.family",
		.offset = offsetof(struct conf_discover, kubernetes.family),
		.preset = "ipv4",
		.word = family_words,
		.help = "Which address is taken of a pod that has two.",
	},
	DISCOVER_TEXT(TEXT, "kubernetes.api", kubernetes.api,
		      "https://10.96.0.1:443",
		      "The API server. By itself the one that the environment "
		      "of a pod names."),
	DISCOVER_TEXT(TEXT, "kubernetes.token_file", kubernetes.token_file,
		      "/etc/warmpath/kube.token",
		      "Whose token is sent; read again for each question. By "
		      "itself the pod's service account's, if it has one."),
	DISCOVER_TEXT(TEXT, "kubernetes.ca_file", kubernetes.ca_file,
		      "/etc/warmpath/kube.pem",
		      "CAs that may have signed the API server's certificate. "
		      "By itself the service account's."),
	DISCOVER(TIME, "kubernetes.watch_timeout", kubernetes.watch_timeout_ms,
		 SECOND, HOUR, "5m",
		 "How long the API server is asked to keep a watch open. One "
		 "that is silent for a quarter longer is given up."),
	DISCOVER(TIME, "interval", interval_ms, 100, HOUR, "1s",
		 "Between looks at whether the file has changed."),
	DISCOVER_TEXT(FLOW, "worker", worker, "{events: \"tcp://{host}:5557\"}",
		      "Keys of a worker that each one found has if its source "
		      "does not say otherwise; {host} is the host of its url."),
	DISCOVER(BOOL, "allow_empty", allow_empty, 0, 0, "false",
		 "Whether a source that finds none at all is believed; "
		 "otherwise those that it found last stay."),
	DISCOVER(COUNT, "max_workers", max_workers, 1, SCHEMA_MAX_ITEMS, "256",
		 "More than these are not taken: those that were found last "
		 "stay."),
	DISCOVER(TIME, "settle", settle_ms, 0, 60 * SECOND, "200ms",
		 "From a first change until what has been found by then takes "
		 "effect."),
};

const size_t schema_discover_n = ARRAY_LEN(schema_discover_row);
