/* The variables that a chat template is given for a request: what the
 * server was started with, under what the request has, under what the API
 * decides. */
#ifndef COMMON_TEMPLATE_CHAT_VARIABLES_H
#define COMMON_TEMPLATE_CHAT_VARIABLES_H

#include "common/template/chat.h"

/* A dict, but for `messages` and those that the template does not use.
 * ERR_INVALID: a value of the wrong type, or a name that is the engine's
 * to give. */
MUST_USE enum status chat_variables(const struct template *t,
				    const struct chat_request *r,
				    struct arena *arena, struct dict **out,
				    struct error *err);
/* All of them, whether used or not, for renderers that are no template:
 * the server's, the request's and "tools". */
MUST_USE enum status chat_kwargs(const struct chat_request *r,
				 struct arena *arena, struct dict **out,
				 struct error *err);
/* Reads a raw value of the body; none where p is NULL. */
MUST_USE enum status chat_read(struct slice json, const char *what,
			       struct arena *arena, struct value *out,
			       struct error *err);

#endif
