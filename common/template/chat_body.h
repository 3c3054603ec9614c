/* The members of a /v1/chat/completions body on which its prompt depends.
 * Pure; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_BODY_H
#define COMMON_TEMPLATE_CHAT_BODY_H

#include "common/template/chat.h"

/* The fields of `r` that a body decides, as the API has them by default. */
void chat_body_clear(struct chat_request *r);
/* Fills those fields of `r` that a body decides with spans of `body`, or
 * with the API's defaults; the last of repeated members counts, as in
 * Python. ERR_INVALID: not an object, or a member of another type;
 * ERR_UNSUPPORTED: it brings its own template; ERR_LIMIT: nested too
 * deep. */
MUST_USE enum status chat_body_parse(struct slice body, struct chat_request *r,
				     struct error *err);

#endif
