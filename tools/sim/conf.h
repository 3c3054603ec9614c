/* What the simulated workers are like: flags and a YAML file, one table.
 *
 * Every option may be given as `--name-of-option VALUE`, as a top-level
 * key `name_of_option` of the file, or inside one entry of the file's
 * `workers` list. Later wins: file, flags, entry. */
#ifndef TOOLS_SIM_CONF_H
#define TOOLS_SIM_CONF_H

#include "common/base/arena.h"
#include "common/base/buf.h"

#define CONF_MAX_WORKERS 256
#define CONF_MAX_RANKS   32

struct worker_conf {
	const char *name;
	const char *host;
	uint64_t port, event_port, replay_port; /* 0: from the kernel */
	const char *model;
	const char *loras;         /* names of adapters, comma-separated */
	uint64_t max_loras;        /* in a batch, as it tells */
	const char *tokenizer;     /* directory, or "bytes" */
	const char *chat_template; /* file; "": the directory's */
	const char *engine, *chat_template_content_format; /* words */
	const char *default_chat_template_kwargs;          /* JSON, or "" */
	bool exclude_tools_when_tool_choice_none;
	const char *bos;        /* a token before every prompt, or "" */
	const char *version;    /* of vLLM, as /version tells it */
	uint64_t max_model_len; /* 0: what the cache can hold */
	uint64_t data_parallel;

	const char *hash, *seed;
	const char *told_hash; /* by /metrics; "": the true one */
	uint64_t block_size, num_gpu_blocks;
	bool prefix_caching;
	uint64_t peer_port;  /* of the peer tier; 0: from the kernel */
	uint64_t cpu_blocks; /* of the host tier; 0: none */
	double load_t0, load_b, fetch_t0, fetch_b; /* below 0: the profile's */
	const char *store_dir; /* of what workers share; "": nothing */
	double store_t0, store_b;

	bool events, replay;
	const char *generation; /* "v0.10.2" … "v0.27" */
	bool int_hashes;
	uint64_t buffer_steps;
	const char *topic;

	const char *profile;
	double t0, b, c, d, r, f; /* seconds; below 0: the profile's */
	uint64_t budget;          /* 0: the profile's */
	uint64_t max_num_seqs;
	double speed; /* simulated seconds in a real one */

	const char *role, *connector;       /* words */
	const char *engine_id;              /* "": one that nobody else has */
	uint64_t transfer_port, alloc_port; /* 0: from the kernel */
	double lease;                       /* s; below 0: the release's */
	bool bidirectional;
	const char *load_failure; /* "fail" or "recompute" */
	double transfer_t0, transfer_b, transfer_timeout; /* s */
	uint64_t bootstrap_port;                          /* 0: kernel's */

	uint64_t output_tokens;
	bool usage_details;
	bool old_metric_names;
	uint64_t keep_alive_s;
	const char *tls_certificate, *tls_key, *tls_client_ca; /* "": none */
};

struct conf {
	struct arena arena; /* owns all texts */
	struct worker_conf *worker;
	size_t n;
	const char *announce; /* file for the real addresses, or NULL */
	bool help;
};

/* argv[1…]. On failure `out` needs no conf_fini. */
MUST_USE enum status conf_load(int argc, char **argv, struct conf *out,
			       struct error *err);
void conf_fini(struct conf *c);
/* The text of --help. */
void conf_help(struct buf *out);

#endif
