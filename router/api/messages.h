/* The messages of a chat as spans, the known ones at their start passed
 * over. Private to this folder. */
#ifndef ROUTER_API_MESSAGES_H
#define ROUTER_API_MESSAGES_H

#include "router/api/request.h"

struct api_messages {
	struct arena *arena;
	size_t max; /* behind the known ones */
	struct slice *turn;
	size_t n, room;
	size_t known_bytes;
};

/* The scan is before an array; `out` is all of it. False: a fault. */
bool api_messages_read(struct api_messages *m, const struct api_known *known,
		       struct json_scan *s, struct json_value *out);

#endif
