/* Rows of a model. */
#include "router/conf/schema.h"

#include "router/conf/schema_policy.h"

#include <stddef.h>

static const char *const mode_words[] = {"auto", "engine", "tokens", NULL};
static const char *const algorithm_words[] = {"sha256", "sha256_cbor", "xxhash",
					      "xxhash_cbor", NULL};

#define MODEL(kind, name, field, lo, hi, def, text)                            \
	{                                                                      \
		.scope = SCHEMA_MODEL, .type = SCHEMA_##kind, .key = (name),   \
		.offset = offsetof(struct conf_model, field), .min = (lo),     \
		.max = (hi), .preset = (def), .help = (text)                   \
	}

const struct schema_row schema_model_row[] = {
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "name",
		.offset = offsetof(struct conf_model, name),
		.min = 1,
		.max = 512,
		.example = "llama-70b",
		.flags = SCHEMA_REQUIRED,
		.help = "What clients write as model, and what the workers "
			"call it.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXTS,
		.key = "aliases",
		.offset = offsetof(struct conf_model, alias),
		.count_offset = offsetof(struct conf_model, n_aliases),
		.min = 1,
		.max = 512,
		.preset = "[]",
		.help = "Other names that clients may write.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXTS,
		.key = "loras",
		.offset = offsetof(struct conf_model, lora),
		.count_offset = offsetof(struct conf_model, n_loras),
		.min = 1,
		.max = 512,
		.preset = "[]",
		.help = "Names of the LoRA adapters that the workers have "
			"loaded, which clients may write as model.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "tokenizer",
		.offset = offsetof(struct conf_model, tokenizer),
		.min = 1,
		.max = 4096,
		.example = "/models/llama-70b",
		.help = "Directory with the model's tokenizer.json and chat "
			"template, by which completions and chats are "
			"tokenized here. Chats that cannot be, and those of "
			"workers that make other ids, are put to a worker's "
			"/tokenize. What has no tokens is matched as a text "
			"with what was routed where.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORD,
		.key = "chat.engine",
		.offset = offsetof(struct conf_model, chat.engine),
		.preset = "vllm",
		.word = chat_engine_word,
		.help = "Whose way of making prompts of chats the workers "
			"have, which changes from month to month: vLLM or "
			"SGLang, of today or of about June 2026 (vLLM 0.23).",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "chat.template",
		.offset = offsetof(struct conf_model, chat.template_file),
		.min = 1,
		.max = 4096,
		.example = "/models/llama-70b.jinja",
		.help = "The file of the engines' --chat-template, before the "
			"tokenizer's own templates.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORD,
		.key = "chat.content_format",
		.offset = offsetof(struct conf_model, chat.format),
		.preset = "auto",
		.word = chat_format_word,
		.help = "The engines' --chat-template-content-format.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "chat.default_template_kwargs",
		.offset = offsetof(struct conf_model, chat.default_kwargs),
		.min = 2,
		.max = 65536,
		.example = "'{\"enable_thinking\": false}'",
		.help = "The engines' --default-chat-template-kwargs: JSON, "
			"in quotes.",
	},
	MODEL(BOOL, "chat.exclude_tools_when_tool_choice_none",
	      chat.exclude_tools, 0, 0, "false",
	      "Whether the engines have --exclude-tools-when-tool-choice-none, "
	      "by which a request whose tool_choice is none has no tools."),
	MODEL(BOOL, "send_token_ids", send_token_ids, 0, 0, "false",
	      "Give the engine the token ids that were made here, so that it "
	      "does not tokenize again: in place of a completion's text, and "
	      "beside a chat's messages where the engine takes them (vLLM "
	      "from 0.27 on). Only to workers that were seen to make the same "
	      "ids."),
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORD,
		.key = "gpu",
		.offset = offsetof(struct conf_model, gpu),
		.preset = "usual",
		.word = schema_gpu_word,
		.help = "What the workers run on, as a first guess of their "
			"pace. The pace itself is learned from their answers "
			"within some fifty requests.",
	},
	MODEL(COUNT, "block_size", block_size, 0, HASH_MAX_BLOCK_SIZE, "0",
	      "Tokens in a KV block, a power of two; 0: learned from the "
	      "workers."),
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORD,
		.key = "hash.key",
		.offset = offsetof(struct conf_model, key_mode),
		.preset = "auto",
		.word = mode_words,
		.help = "How blocks are named: by the engines' own hashes, "
			"which needs their seed, by the tokens in their "
			"events, or as their events prove.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORD,
		.key = "hash.algorithm",
		.offset = offsetof(struct conf_model, algorithm),
		.preset = "sha256",
		.word = algorithm_words,
		.help = "The engines' --prefix-caching-hash-algo.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "hash.seed",
		.offset = offsetof(struct conf_model, seed),
		.min = 0,
		.max = HASH_MAX_TEXT_BYTES,
		.example = "\"0\"",
		.help = "The engines' PYTHONHASHSEED, as it was set for them. "
			"Without it blocks are named by their tokens.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXT,
		.key = "shared_store.name",
		.offset = offsetof(struct conf_model, store.name),
		.min = 1,
		.max = 128,
		.example = "nfs",
		.help = "A store that the workers' connectors share: a file "
			"system, an object or Valkey store, Mooncake's, "
			"LMCache's. What one worker puts there counts as a "
			"source for all of them. What logs and metrics call "
			"it; not set: they have none.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_TEXTS,
		.key = "shared_store.media",
		.offset = offsetof(struct conf_model, store.medium),
		.count_offset = offsetof(struct conf_model, store.n_media),
		.min = 1,
		.max = 64,
		.preset = "[]",
		.help = "What the workers' events call that store (medium), "
			"in capitals or not; with a star at its end: all that "
			"begins so. []: FS and OBJ, as vLLM's tiers say, "
			"STORAGE and lmcache-l2-* (LMCache), EXTERNAL "
			"(SGLang). Mooncake's connector says cpu. Other media "
			"are each worker's own.",
	},
	MODEL(NUMBER, "shared_store.load_ms", store.load_ms, 0, 60000, "10",
	      "What a load from it takes before the first block comes, in ms: "
	      "a first guess. The pace itself is learned from the workers' "
	      "answers."),
	MODEL(NUMBER, "shared_store.ms_per_token", store.token_ms, 0.0001, 1000,
	      "0.02",
	      "And what it takes for each token then: a first guess, too. "
	      "Bytes of a token's keys and values / bytes a ms."),
	MODEL(BOOL, "shared_store.optional", store.optional, 0, 0, "false",
	      "Whether a request can have its worker leave the store alone, "
	      "as OffloadingConnector with tiers does from vLLM 0.27 on "
	      "(kv_load_tiers). With policy cost it is said where it takes "
	      "less to compute the blocks than to load them; one time in "
	      "some the store is tried all the same, for its pace."),
	POLICIES(SCHEMA_MODEL, struct conf_model, SCHEMA_INHERIT),
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_POLICY,
		.key = "shadow.name",
		.offset = offsetof(struct conf_model, shadow),
		.example = "cost",
		.help = "A policy that decides beside the model's own about "
			"each request, without any effect: how often it would "
			"choose another worker, and what it expects there, "
			"stands in /metrics, in /explain/ID and in "
			"log.decisions.",
	},
	POLICY_OPTIONS(SCHEMA_MODEL, struct conf_model, 0, "shadow",
		       shadow_options),
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_DISCOVERY,
		.key = "discover",
		.help = "Where more workers are found while the gateway runs. "
			"Who is found joins with a slow start; who is not any "
			"more gets no new work and ends what it has. A source "
			"that fails leaves the workers that it found last.",
	},
	{
		.scope = SCHEMA_MODEL,
		.type = SCHEMA_WORKERS,
		.key = "workers",
		.help = "The engines that serve the model. A url alone is "
			"enough. Must be written where discover is not.",
	},
};

const size_t schema_model_n = ARRAY_LEN(schema_model_row);
