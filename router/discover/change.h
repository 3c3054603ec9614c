/* What the log tells of a set of workers that takes another's place. */
#ifndef ROUTER_DISCOVER_CHANGE_H
#define ROUTER_DISCOVER_CHANGE_H

#include "router/conf/workers.h"

/* "3 workers: vllm-2 joins, vllm-0 leaves"; names of a few, then their
 * number. `old` may be NULL. */
void change_print(const struct conf_workers *old,
		  const struct conf_workers *now, struct buf *out);
void change_tell(const char *model, const struct conf_workers *old,
		 const struct conf_workers *now);

#endif
