#include "tools/sim/option.h"

#include "common/base/assert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct worker_conf, member)
#define TEXT(member, initial, help)                                            \
	{                                                                      \
#member, OPTION_TEXT, AT(member), 0, 0, initial, help          \
	}
#define COUNT(member, min, max, initial, help)                                 \
	{                                                                      \
#member, OPTION_COUNT, AT(member), min, max, initial, help     \
	}
#define REAL(member, min, max, initial, help)                                  \
	{                                                                      \
#member, OPTION_REAL, AT(member), min, max, initial, help      \
	}
#define BOOL(member, initial, help)                                            \
	{                                                                      \
#member, OPTION_BOOL, AT(member), 0, 0, initial, help          \
	}

/* Rows are written with macros since each would repeat its name twice. */
const struct option option_table[] = {
	TEXT(name, "worker", "the worker's name; numbered when several"),
	TEXT(host, "127.0.0.1", "address to listen at"),
	COUNT(port, 0, 65535, "0", "HTTP; several workers count up from it"),
	COUNT(event_port, 0, 65535, "0", "events; each rank counts up"),
	COUNT(replay_port, 0, 65535, "0", "replay; each rank counts up"),
	TEXT(model, "demo", "the model's served name"),
	TEXT(loras, "", "adapters' names, comma-separated"),
	COUNT(max_loras, 1, 1024, "1", "adapters in a batch, as it tells"),
	TEXT(tokenizer, "models/demo",
	     "directory with tokenizer.json; \"bytes\": a token a byte"),
	TEXT(chat_template, "",
	     "file of a template that goes before the directory's own"),
	TEXT(engine, "vllm",
	     "whose way of rendering: vllm, vllm-2026-06, sglang, "
	     "sglang-2026-06"),
	TEXT(chat_template_content_format, "auto", "auto, string or openai"),
	TEXT(default_chat_template_kwargs, "", "JSON; empty: none"),
	BOOL(exclude_tools_when_tool_choice_none, "false",
	     "render no tools where none is to be called"),
	TEXT(bos, "", "a token put before every prompt, asked for or not"),
	TEXT(version, "0.24.0", "vLLM's version, as /version tells it"),
	COUNT(max_model_len, 0, 4194304, "0", "0: as long as the cache holds"),
	COUNT(data_parallel, 1, CONF_MAX_RANKS, "1", "ranks behind the port"),
	TEXT(hash, "sha256", "sha256, sha256_cbor, xxhash, xxhash_cbor"),
	TEXT(told_hash, "", "what /metrics tell instead; empty: the truth"),
	TEXT(seed, "0", "PYTHONHASHSEED; \"random\": as if it were unset"),
	COUNT(block_size, 1, 4096, "16", "tokens in a block"),
	COUNT(num_gpu_blocks, 2, 16777216, "11125", "blocks of the cache"),
	BOOL(prefix_caching, "true", "whether prefixes are found again"),
	COUNT(cpu_blocks, 0, 16777216, "0",
	      "blocks of the tier in host memory; 0: none"),
	COUNT(peer_port, 0, 65535, "0",
	      "peer tier of the host memory, from version 0.27 on; ranks "
	      "count up"),
	REAL(load_t0, -1, 60, "-1",
	     "s to load from it; below 0: the profile's"),
	REAL(load_b, -1, 60, "-1", "s to load a token more"),
	REAL(fetch_t0, -1, 60, "-1", "s to fetch from a peer's host memory"),
	REAL(fetch_b, -1, 60, "-1", "s to fetch a token more"),
	TEXT(store_dir, "",
	     "directory of a store that workers share; empty: none"),
	REAL(store_t0, 0, 60, "0.01", "s to load from it"),
	REAL(store_b, 0, 60, "2e-5", "s to load a token more"),
	BOOL(events, "true", "publish KV events"),
	BOOL(replay, "true", "answer requests for past events"),
	TEXT(generation, "v0.24", "event layout: v0.10.2 … v0.27"),
	BOOL(int_hashes, "true", "hashes as integers, else as bytes"),
	COUNT(buffer_steps, 1, 1000000, "10000", "batches kept for replay"),
	TEXT(topic, "", "first frame of each event message"),
	TEXT(profile, "l4", "l4, qwen30b, h100, h200 or fast"),
	REAL(t0, -1, 60, "-1", "s a step; below 0: the profile's"),
	REAL(b, -1, 60, "-1", "s a prefilled token"),
	REAL(c, -1, 60, "-1", "s a prefilled token and token before it"),
	REAL(d, -1, 60, "-1", "s a decoding sequence"),
	REAL(r, -1, 60, "-1", "s a token held by a decoding sequence"),
	REAL(f, -1, 60, "-1", "s from arrival to the queue"),
	COUNT(budget, 0, 1048576, "0", "tokens a step; 0: the profile's"),
	COUNT(max_num_seqs, 1, 65536, "256", "sequences running at once"),
	REAL(speed, 0.001, 10000, "1", "simulated seconds in a real one"),
	TEXT(role, "both", "both, prefill or decode"),
	TEXT(connector, "none",
	     "none, nixl, nixl_push, mooncake, p2p_nccl, lmcache or sglang"),
	TEXT(engine_id, "", "the connector's name of it; empty: a fresh one"),
	COUNT(transfer_port, 0, 65535, "0", "side channel; ranks count up"),
	REAL(lease, -1, 86400, "-1",
	     "s that finished prefills are held; below 0: the release's"),
	BOOL(bidirectional, "false",
	     "nixl: decode workers hold what they end with for the next turn"),
	TEXT(load_failure, "fail", "fail or recompute what cannot be fetched"),
	COUNT(alloc_port, 0, 65535, "0",
	      "where lmcache's receivers give room; ranks count up"),
	COUNT(bootstrap_port, 0, 65535, "0",
	      "where decode workers find the ranks; mooncake, sglang"),
	REAL(transfer_timeout, 0.001, 86400, "300",
	     "s that the two legs wait for each other"),
	REAL(transfer_t0, -1, 60, "-1",
	     "s to copy from another engine; below 0: the profile's"),
	REAL(transfer_b, -1, 60, "-1", "s to copy a token more"),
	COUNT(output_tokens, 1, 1000000, "64",
	      "length of an answer that no max_tokens ends earlier"),
	BOOL(usage_details, "true", "tell cached_tokens in usage"),
	BOOL(old_metric_names, "false", "vllm:gpu_cache_usage_perc and kin"),
	COUNT(keep_alive_s, 1, 86400, "5", "idle connections are closed"),
	TEXT(tls_certificate, "", "file; HTTP speaks TLS with it"),
	TEXT(tls_key, "", "file of its key"),
	TEXT(tls_client_ca, "", "file; clients must show what it has signed"),
};

const size_t option_count = ARRAY_LEN(option_table);

static bool name_is(const char *name, struct slice asked)
{
	size_t n = strlen(name);

	if (n != asked.n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = asked.p[i] == '-' ? '_' : asked.p[i];

		if (c != name[i])
			return false;
	}
	return true;
}

static bool bool_parse(struct slice text, bool *out)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (slice_equal(text, slice_of(yes[i])))
			*out = true;
		else if (slice_equal(text, slice_of(no[i])))
			*out = false;
		else
			continue;
		return true;
	}
	return false;
}

static enum status set_count(uint64_t *to, const struct option *o,
			     struct slice text, struct error *err)
{
	uint64_t value;

	if (slice_to_u64(text, (uint64_t)o->max, &value) != OK ||
	    value < (uint64_t)o->min)
		return error_set(err, ERR_INVALID,
				 "%s: %.*s is not a number from %.0f to %.0f",
				 o->name, SLICE_ARG(text), o->min, o->max);
	*to = value;
	return OK;
}

static enum status set_real(double *to, const struct option *o,
			    const char *text, struct error *err)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value < o->min ||
	    value > o->max)
		return error_set(err, ERR_INVALID,
				 "%s: %s is not a number from %g to %g",
				 o->name, text, o->min, o->max);
	*to = value;
	return OK;
}

const struct option *option_find(struct slice name)
{
	for (size_t i = 0; i < option_count; i++)
		if (name_is(option_table[i].name, name))
			return &option_table[i];
	return NULL;
}

enum status option_set(struct worker_conf *w, const struct option *o,
		       struct slice text, struct arena *arena,
		       struct error *err)
{
	const char *copy = arena_copy(arena, text).p;
	char *at = (char *)w + o->offset;

	switch (o->kind) {
	case OPTION_TEXT: *(const char **)at = copy; return OK;
	case OPTION_COUNT: return set_count((uint64_t *)at, o, text, err);
	case OPTION_REAL: return set_real((double *)at, o, copy, err);
	case OPTION_BOOL: break;
	}
	if (!bool_parse(text, (bool *)at))
		return error_set(err, ERR_INVALID,
				 "%s: %s is neither true nor false", o->name,
				 copy);
	return OK;
}

void option_defaults(struct worker_conf *w, struct arena *arena)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];

		ASSERT(option_set(w, o, slice_of(o->initial), arena, NULL) ==
		       OK);
	}
}
