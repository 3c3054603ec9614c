/* GET /v1/models: the names that clients may use, from the configuration,
 * so that the list is whole while workers are down. */
#ifndef ROUTER_API_MODELS_H
#define ROUTER_API_MODELS_H

#include "common/base/buf.h"
#include "router/fleet/fleet.h"

/* Which names somebody may see. */
struct models_filter {
	bool (*shows)(const void *arg, struct slice name); /* NULL: all */
	const void *arg;
};

/* Those of them that are shown: models, their aliases, their LoRA adapters.
 * `created` is Unix time, the same in every answer. Appended. */
void models_write(const struct fleet *f, struct models_filter filter,
		  int64_t created, struct buf *out);
/* One; false, with nothing written, if clients may not use this name. */
bool models_write_one(const struct fleet *f, struct slice name, int64_t created,
		      struct buf *out);

#endif
