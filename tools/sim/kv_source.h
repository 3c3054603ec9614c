/* Whom a request says its blocks are to be fetched from: the member
 * `remote_kv_source` of vLLM's kv_transfer_params. Pure. */
#ifndef TOOLS_SIM_KV_SOURCE_H
#define TOOLS_SIM_KV_SOURCE_H

#include "common/base/slice.h"

#include <jansson.h>
#include <stdbool.h>

#define KV_SOURCE_ID_BYTES   128
#define KV_SOURCE_HOST_BYTES 128

struct kv_source {
	char id[KV_SOURCE_ID_BYTES]; /* kv_request_id */
	char host[KV_SOURCE_HOST_BYTES];
	uint16_t port;
};

enum kv_source_found {
	KV_SOURCE_NONE, /* the request names nobody */
	KV_SOURCE_NAMED,
	KV_SOURCE_FAULTY, /* it does so, but not so that anybody is found */
};

/* Whether its `kv_load_tiers` let it load from what others have stored: a
 * list of what may be loaded from, where it is one. */
bool kv_source_has_store(json_t *body);

/* Of the whole request; `out` is untouched unless somebody is named. */
enum kv_source_found kv_source_read(json_t *body, struct kv_source *out);

#endif
