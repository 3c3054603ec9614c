/* Rows of a worker. */
#include "router/conf/schema.h"

#include <stddef.h>

static const char *const role_words[] = {"both", "prefill", "decode", NULL};
static const char *const connector_words[] = {
	"none",     "nixl",    "nixl_push", "mooncake",
	"p2p_nccl", "lmcache", "sglang",    NULL,
};

const char *const schema_own_gpu_word[] = {"model",  "usual", "l4",   "l40s",
					   "a100",   "h100",  "h200", "b200",
					   "mi300x", NULL};
const char *const schema_gpu_word[] = {
	"usual", "l4", "l40s", "a100", "h100", "h200", "b200", "mi300x", NULL};

#define WORKER(kind, name, field, lo, hi, def, text)                           \
	{                                                                      \
		.scope = SCHEMA_WORKER, .type = SCHEMA_##kind, .key = (name),  \
		.offset = offsetof(struct conf_worker, field), .min = (lo),    \
		.max = (hi), .preset = (def), .help = (text)                   \
	}
/* A file's path or another text that has no default. */
#define WORKER_TEXT(name, field, like, text)                                   \
	{                                                                      \
		.scope = SCHEMA_WORKER, .type = SCHEMA_TEXT, .key = (name),    \
		.offset = offsetof(struct conf_worker, field), .min = 1,       \
		.max = 4096, .example = (like), .help = (text)                 \
	}

const struct schema_row schema_worker_row[] = {
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "url",
		.offset = offsetof(struct conf_worker, url),
		.min = 1,
		.max = 512,
		.example = "http://127.0.0.1:8000",
		.flags = SCHEMA_REQUIRED,
		.help = "http://host:port of the engine, or https://host:port "
			"if it speaks TLS.",
	},
	WORKER_TEXT("tls.ca", tls.ca, "/etc/warmpath/fleet.pem",
		    "CAs that may have signed the certificate of an https:// "
		    "engine. Not set: those that this system trusts."),
	WORKER_TEXT("tls.server_name", tls.server_name, "engine.internal",
		    "The name that its certificate must be for; by itself the "
		    "url's host."),
	WORKER_TEXT("tls.certificate", tls.certificate, "/etc/warmpath/me.crt",
		    "Our certificate, if the engine asks for one."),
	WORKER_TEXT("tls.key", tls.key, "/etc/warmpath/me.key", "Its key."),
	WORKER(BOOL, "tls.insecure", tls.insecure, 0, 0, "false",
	       "Take any certificate: whoever can redirect the connection can "
	       "read prompts and write answers."),
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "name",
		.offset = offsetof(struct conf_worker, name),
		.min = 1,
		.max = 128,
		.example = "worker-1",
		.help = "What logs and metrics call it; by itself the url's "
			"host:port.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "events",
		.offset = offsetof(struct conf_worker, events),
		.min = 1,
		.max = 512,
		.example = "tcp://127.0.0.1:5557",
		.help = "Where the engine publishes its KV events, as its "
			"--kv-events-config says. Without events the cache is "
			"guessed from what was routed there.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "replay",
		.offset = offsetof(struct conf_worker, replay),
		.min = 1,
		.max = 512,
		.example = "tcp://127.0.0.1:5558",
		.help = "Where the engine gives missed events again.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "peer",
		.offset = offsetof(struct conf_worker, peer),
		.min = 1,
		.max = 512,
		.example = "10.0.0.1:5710",
		.help = "host:port of the engine's peer tier (vLLM 0.27 on: "
			"VLLM_P2P_SIDE_CHANNEL_HOST and _PORT of a secondary "
			"tier p2p), where others fetch the blocks that it "
			"keeps in host memory. One that names it fetches, too.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "zone",
		.offset = offsetof(struct conf_worker, zone),
		.min = 1,
		.max = CONF_MAX_PLACE,
		.example = "eu-west-1a",
		.help = "Where it stands: blocks are fetched and handed over "
			"across zones when even that costs less. Not set: as "
			"near as any.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "rack",
		.offset = offsetof(struct conf_worker, rack),
		.min = 1,
		.max = CONF_MAX_PLACE,
		.example = "r12",
		.help = "Its rack in the zone, or whatever else shares a fast "
			"switch.",
	},
	WORKER(TEXT, "topic", topic, 0, 256, "\"\"",
	       "Events whose topic starts with this are taken."),
	WORKER(COUNT, "data_parallel", data_parallel, 1, 256, "1",
	       "Data-parallel ranks behind the url. Each counts as a worker; "
	       "ports of events, replay and peer count up by rank."),
	WORKER(COUNT, "max_inflight", max_inflight, 0, 1000000, "0",
	       "Requests at a time; 0: as many as come."),
	WORKER(BOOL, "shared_store", uses_store, 0, 0, "true",
	       "Whether it puts blocks into its model's shared_store and loads "
	       "from there."),
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_WORD,
		.key = "gpu",
		.offset = offsetof(struct conf_worker, own_gpu),
		.preset = "model",
		.word = schema_own_gpu_word,
		.help = "What it runs on, where the model's workers differ.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_TEXT,
		.key = "api_key",
		.offset = offsetof(struct conf_worker, api_key),
		.min = 1,
		.max = 4096,
		.example = "secret",
		.flags = SCHEMA_SECRET,
		.help = "Sent to the engine as Bearer, in place of what the "
			"client sent.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_WORD,
		.key = "role",
		.offset = offsetof(struct conf_worker, role),
		.preset = "both",
		.word = role_words,
		.help = "prefill: computes prompts, and others answer them. "
			"decode: goes on from there, or answers alone.",
	},
	{
		.scope = SCHEMA_WORKER,
		.type = SCHEMA_WORD,
		.key = "connector",
		.offset = offsetof(struct conf_worker, connector),
		.preset = "none",
		.word = connector_words,
		.help = "How it gives computed prompts to other workers, as "
			"its --kv-transfer-config says. Workers of the same "
			"connector are paired.",
	},
	WORKER_TEXT("transfer.host", transfer.host, "10.0.0.7",
		    "Where other engines reach its connector; by itself the "
		    "url's host."),
	WORKER(COUNT, "transfer.port", transfer.port, 0, 65535, "0",
	       "Its port there, of rank 0; 0: the connector's own. nixl_push: "
	       "the side channel, 5600. mooncake and sglang: the bootstrap "
	       "server, 8998. p2p_nccl: kv_port. lmcache: "
	       "peer_init_port of a decode worker."),
	WORKER(COUNT, "transfer.alloc_port", transfer.alloc_port, 0, 65535, "0",
	       "lmcache: peer_alloc_port of a decode worker."),
	WORKER_TEXT("transfer.engine_id", transfer.engine_id, "prefill-0",
		    "The engine_id of its --kv-transfer-config: nixl_push "
		    "needs it. mooncake: asked of the bootstrap server if it "
		    "is not set."),
	WORKER(COUNT, "transfer.tp_size", transfer.tp_size, 1, 256, "1",
	       "nixl_push, lmcache: its --tensor-parallel-size."),
	WORKER(COUNT, "transfer.pp_size", transfer.pp_size, 1, 256, "1",
	       "nixl_push: its --pipeline-parallel-size."),
	WORKER(TIME, "transfer.lease", transfer.lease_ms, 100, 3600000, "30s",
	       "For how long a prefill worker keeps what it computed until a "
	       "decode worker has asked for it: kv_lease_duration."),
};

const size_t schema_worker_n = ARRAY_LEN(schema_worker_row);
