#include "router/discover/kinds.h"

#include "common/base/assert.h"

const struct finder_type *kinds_of(const struct conf_discover *d)
{
	ASSERT(d->file != NULL);
	return &kinds_file;
}
