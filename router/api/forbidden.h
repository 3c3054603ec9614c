/* Members that a client may not send, taken out of a body at whatever
 * depth engines would look for them. */
#ifndef ROUTER_API_FORBIDDEN_H
#define ROUTER_API_FORBIDDEN_H

#include "common/json/splice.h"

struct api_limits;

/* The member holds further members that an engine copies out of it. */
bool api_member_nests(struct slice name);
/* `value`, the raw value of such a member, without what is forbidden: the
 * same slice if there is nothing, else a copy in the arena. Adds to
 * `n_removed`. ERR_LIMIT past the bounds, or where it asks for more answers
 * or tokens than a request may. */
MUST_USE enum status api_clean_nested(struct slice value,
				      const struct api_limits *limits,
				      struct arena *arena, struct slice *out,
				      size_t *n_removed);

#endif
