#include "tools/sim/version.h"

#include "common/base/slice.h"

uint64_t version_minor(const char *version)
{
	struct slice rest = slice_of(version);
	uint64_t minor = 0;

	(void)slice_split(&rest, '.');
	if (slice_to_u64(slice_split(&rest, '.'), 1000, &minor) != OK)
		return 0;
	return minor;
}
