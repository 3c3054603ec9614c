/* GET of a small JSON object from another engine. The loop's thread. */
#ifndef TOOLS_SIM_LOOKUP_H
#define TOOLS_SIM_LOOKUP_H

#include "common/base/slice.h"

#include <jansson.h>

#define LOOKUP_MAX_BYTES (64 * 1024)

struct event_base;
struct lookup;

/* Called once, never before lookup_start has returned. `object` lives until
 * the call returns; NULL: not reached, another status than 200, or another
 * body. May call lookup_end. */
typedef void lookup_done(void *arg, json_t *object);

/* `host` is an address or "localhost". */
struct lookup *lookup_start(struct event_base *base, const char *host,
			    uint16_t port, const char *path, int timeout_s,
			    lookup_done *done, void *arg);
void lookup_end(struct lookup **l);

#endif
