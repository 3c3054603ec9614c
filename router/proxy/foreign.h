/* Requests of other APIs than OpenAI's chats, as the chats that the engine
 * makes of them: what follows sees a chat. What is sent stays as the client
 * wrote it. Private to this folder. */
#ifndef ROUTER_PROXY_FOREIGN_H
#define ROUTER_PROXY_FOREIGN_H

#include "router/proxy/request.h"

/* Whether the request is such, and so has to be mapped first. */
bool foreign_is_to_map(const struct request *r);
/* Maps it, now or, if it is long, at a helper, and goes on with the chat; to
 * CHOOSE without ids where it is not known what the engine makes of it: the
 * log says why. */
enum flow foreign_map(struct request *r);

#endif
