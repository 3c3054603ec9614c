/* Every key of the configuration, as rows of one table: parsing, checks,
 * --print-config and the reference come from them. */
#ifndef ROUTER_CONF_SCHEMA_H
#define ROUTER_CONF_SCHEMA_H

#include "router/conf/conf.h"

enum schema_scope {
	SCHEMA_TOP,      /* offsets into struct conf */
	SCHEMA_MODEL,    /* … struct conf_model */
	SCHEMA_DISCOVER, /* … struct conf_discover */
	SCHEMA_WORKER,   /* … struct conf_worker */
	/* Of the tenants' file. */
	SCHEMA_TENANTS, /* its top level, which has a list alone */
	SCHEMA_TENANT,  /* … struct conf_tenant */
};

enum schema_type {
	SCHEMA_TEXT,   /* char *; bounds are its length */
	SCHEMA_HEADER, /* char *, a header's name, made lower case */
	SCHEMA_TEXTS,  /* char ** and a size_t; bounds are of each length */
	SCHEMA_COUNT,  /* size_t */
	SCHEMA_U32,    /* uint32_t */
	SCHEMA_SIZE,   /* size_t, bytes: "64KiB" */
	SCHEMA_TIME,   /* uint64_t, ms: "10s" */
	SCHEMA_BOOL,   /* bool */
	SCHEMA_NUMBER, /* double */
	SCHEMA_WORD,   /* an enum; `word` has its names in order */
	SCHEMA_POLICY, /* const struct policy * */
	SCHEMA_ADDR,   /* struct addr */
	SCHEMA_ADDRS,  /* struct addr * and a size_t */
	SCHEMA_FLOW,   /* char *, a mapping of a worker's keys: one line */
	SCHEMA_MODELS,
	SCHEMA_DISCOVERY,
	SCHEMA_WORKERS,
	SCHEMA_TENANT_LIST,
};

enum schema_flag {
	SCHEMA_REQUIRED = 1,
	SCHEMA_SECRET = 2,  /* never printed */
	SCHEMA_INHERIT = 4, /* a model's: as in the top level */
};

struct schema_row {
	enum schema_scope scope;
	enum schema_type type;
	const char *key; /* "limits.max_body" */
	size_t offset, count_offset;
	double min, max;
	const char *preset;  /* as it would be written; NULL: not set */
	const char *example; /* for the reference, where preset is NULL */
	const char *const *word;
	unsigned flags;
	const char *help;
};

/* Names of enum conf_gpu, for a model; for a worker, "model" first. */
extern const char *const schema_gpu_word[], *const schema_own_gpu_word[];

/* Those of the tenants' file. */
extern const struct schema_row schema_tenants_row, schema_tenant_row[];
extern const size_t schema_tenant_n;
/* Of a model, of where its workers are found, and of a worker. */
extern const struct schema_row schema_model_row[];
extern const size_t schema_model_n;
extern const struct schema_row schema_discover_row[];
extern const size_t schema_discover_n;
extern const struct schema_row schema_worker_row[];
extern const size_t schema_worker_n;

/* The rows of a scope, `n` of them; those of a section stand together. */
const struct schema_row *schema_rows(enum schema_scope scope, size_t *n);

/* Items of a list. */
#define SCHEMA_MAX_ITEMS 1024

const struct schema_row *schema_find(enum schema_scope scope, struct slice key);
/* Is `key` the name before the dot of some row? */
bool schema_is_section(enum schema_scope scope, struct slice key);
/* What a plain value stands for where a mapping is expected: a worker's
 * url, a policy's name; NULL. */
const struct schema_row *schema_short_form(enum schema_scope scope,
					   struct slice section);

#endif
