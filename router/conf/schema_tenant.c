/* Rows of the tenants' file. */
#include "router/conf/schema.h"
#include "router/conf/tenants.h"

#include <stddef.h>

#define TENANT(kind, name, field, lo, hi, def, text)                           \
	{                                                                      \
		.scope = SCHEMA_TENANT, .type = SCHEMA_##kind, .key = (name),  \
		.offset = offsetof(struct conf_tenant, field), .min = (lo),    \
		.max = (hi), .preset = (def), .help = (text)                   \
	}

const struct schema_row schema_tenants_row = {
	.scope = SCHEMA_TENANTS,
	.type = SCHEMA_TENANT_LIST,
	.key = "tenants",
	.flags = SCHEMA_REQUIRED,
	.help = "Who may call, with which keys, and how much.",
};

const struct schema_row schema_tenant_row[] = {
	{
		.scope = SCHEMA_TENANT,
		.type = SCHEMA_TEXT,
		.key = "name",
		.offset = offsetof(struct conf_tenant, name),
		.min = 1,
		.max = 64,
		.example = "acme",
		.flags = SCHEMA_REQUIRED,
		.help = "What logs and metrics call it: letters, digits, - _ "
			"and a dot. Its cache_salt follows from it.",
	},
	{
		.scope = SCHEMA_TENANT,
		.type = SCHEMA_TEXTS,
		.key = "keys",
		.offset = offsetof(struct conf_tenant, key),
		.count_offset = offsetof(struct conf_tenant, n_keys),
		.min = 1,
		.max = 128,
		.example = "[\"sha256:"
			   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"
			   "d15d6c15b0f00a08\"]",
		.flags = SCHEMA_REQUIRED,
		.help = "SHA-256 of each of its API keys, as `warmpath "
			"hash-key` prints them. Several at a time let a key "
			"be changed without a gap.",
	},
	{
		.scope = SCHEMA_TENANT,
		.type = SCHEMA_TEXTS,
		.key = "models",
		.offset = offsetof(struct conf_tenant, model),
		.count_offset = offsetof(struct conf_tenant, n_models),
		.min = 1,
		.max = 512,
		.example = "[\"llama-70b\"]",
		.flags = SCHEMA_REQUIRED,
		.help = "Names, aliases and LoRA adapters that it may write as "
			"model, each by itself; \"*\": all. Others do not "
			"exist for it.",
	},
	TENANT(COUNT, "priority", priority, 0, CONF_PRIORITIES - 1, "5",
	       "Its class. Where requests wait for a worker, higher ones go "
	       "first; each second of waiting counts as a class, so that all "
	       "get their turn."),
	TENANT(NUMBER, "requests_per_second", requests_per_second, 0, 1e6, "0",
	       "Requests that it may send in the long run, such as 0.5; 0: as "
	       "many as it likes. More get 429."),
	TENANT(COUNT, "burst", burst, 0, 1000000, "0",
	       "Requests that it may send at once after a pause; 0: those of "
	       "a second, and one at least."),
	TENANT(COUNT, "tokens_per_minute", tokens_per_minute, 0, 1e12, "0",
	       "Tokens of prompts and answers; 0: as many as it likes. "
	       "Estimated when a request comes, put right by what the engine "
	       "reports."),
	TENANT(COUNT, "max_streams", max_streams, 0, 1000000, "0",
	       "Requests at a time; 0: as many as come."),
	{
		.scope = SCHEMA_TENANT,
		.type = SCHEMA_TEXT,
		.key = "expires",
		.offset = offsetof(struct conf_tenant, expires),
		.min = 1,
		.max = 32,
		.example = "\"2027-01-31T12:00:00Z\"",
		.help = "From then on its keys are refused: a day or a moment, "
			"UTC.",
	},
	TENANT(BOOL, "disabled", disabled, 0, 0, "false",
	       "Its keys are refused."),
};
const size_t schema_tenant_n = ARRAY_LEN(schema_tenant_row);
