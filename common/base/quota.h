/* So many of a thing may be held by all threads together. Any thread. */
#ifndef COMMON_BASE_QUOTA_H
#define COMMON_BASE_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct quota {
	_Atomic size_t taken;
	size_t max;
};

void quota_init(struct quota *q, size_t max);
/* One more, if `spare` are left then for others. NULL: there is no bound. */
MUST_USE bool quota_take(struct quota *q, size_t spare);
void quota_give_back(struct quota *q); /* one that was taken */

#endif
