#include "router/conf/stamp.h"

#include <sys/stat.h>

struct conf_stamp conf_stamp_of(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return (struct conf_stamp){0};
	return (struct conf_stamp){
		.device = st.st_dev,
		.inode = st.st_ino,
		.bytes = (uint64_t)st.st_size,
		.changed_ns = st.st_mtim.tv_sec * 1000000000 +
			      st.st_mtim.tv_nsec,
	};
}

bool conf_stamp_equal(const struct conf_stamp *a, const struct conf_stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->bytes == b->bytes && a->changed_ns == b->changed_ns;
}
