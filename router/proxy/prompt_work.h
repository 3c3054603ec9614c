/* Making a prompt's tokens and chains of its messages or its text, from what
 * is known of how it begins: at once where little is new, else at a helper.
 * Private to this folder. */
#ifndef ROUTER_PROXY_PROMPT_WORK_H
#define ROUTER_PROXY_PROMPT_WORK_H

#include "router/proxy/request.h"

/* What the parser of bodies may ask about a chat's beginning; fills
 * r->recalled. `arg` is the request. */
size_t prompt_known_messages(void *request, struct slice rest);

/* Whether the chat can be rendered here. */
bool prompt_is_rendered_here(const struct request *r);
/* On to CHOOSE, now or later; to a worker's /tokenize where the chat has
 * what we cannot render. */
enum flow prompt_of_chat(struct request *r);
enum flow prompt_of_text(struct request *r, struct slice text);

#endif
