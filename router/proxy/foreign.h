/* Requests of other APIs than OpenAI's chats, as the chats that the engine
 * makes of them: what follows sees a chat. What is sent stays as the client
 * wrote it. Private to this folder. */
#ifndef ROUTER_PROXY_FOREIGN_H
#define ROUTER_PROXY_FOREIGN_H

#include "router/proxy/request.h"

/* Nothing for requests that are no such. False: what the engine makes of it
 * is not known here; the log says why. */
bool foreign_becomes_chat(struct request *r);

#endif
