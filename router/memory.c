#include "router/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define GROUP_BYTES 4096
/* Version 1 writes "no bound" as a number of pages that nobody has. */
#define NO_BOUND ((uint64_t)1 << 62)

/* --- texts ---------------------------------------------------------- */

/* "4:cpu,memory:/path": whether one of those in the middle is "memory". */
static bool has_memory(struct slice controllers)
{
	while (controllers.n > 0)
		if (slice_equal(slice_split(&controllers, ','),
				SLICE("memory")))
			return true;
	return false;
}

bool memory_group(struct slice text, int version, struct slice *path)
{
	while (text.n > 0) {
		struct slice line = slice_split(&text, '\n');
		struct slice number = slice_split(&line, ':');
		struct slice controllers = slice_split(&line, ':');
		bool is_2 = slice_equal(number, SLICE("0")) &&
			    controllers.n == 0;

		if (line.n == 0 || line.p[0] != '/' ||
		    (version == 2 ? !is_2 : !has_memory(controllers)))
			continue;
		*path = line;
		return true;
	}
	return false;
}

uint64_t memory_bound(struct slice text)
{
	uint64_t bytes;

	if (slice_to_u64(slice_split(&text, '\n'), UINT64_MAX, &bytes) != OK)
		return 0;
	return bytes < NO_BOUND ? bytes : 0;
}

/* --- files ---------------------------------------------------------- */

/* Files of the kernel's have no size to go by. */
static struct slice read_small(const char *file, char *room, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, room, size);

	if (fd >= 0)
		close(fd);
	return (struct slice){room, n > 0 ? (size_t)n : 0};
}

static uint64_t bound_at(const char *root, struct slice path, const char *name)
{
	char file[GROUP_BYTES + 128], text[64];

	snprintf(file, sizeof(file), "%s%.*s/%s", root, SLICE_ARG(path), name);
	return memory_bound(read_small(file, text, sizeof(text)));
}

/* "/a/b" becomes "/a", "/a" becomes "". */
static struct slice above(struct slice path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	if (path.n > 0)
		path.n--;
	return path;
}

/* In a container the path may be the host's, which is not there: what is at
 * the top is its own then. */
static uint64_t least(const char *root, struct slice path, const char *name)
{
	uint64_t bound = bound_at(root, (struct slice){"", 0}, name);

	for (; path.n > 0; path = above(path)) {
		uint64_t here = bound_at(root, path, name);

		if (here != 0 && (bound == 0 || here < bound))
			bound = here;
	}
	return bound;
}

uint64_t memory_limit(void)
{
	char room[GROUP_BYTES];
	struct slice all = read_small("/proc/self/cgroup", room, sizeof(room));
	struct slice path;
	uint64_t bound = 0;

	if (memory_group(all, 2, &path))
		bound = least("/sys/fs/cgroup", path, "memory.max");
	if (bound == 0 && memory_group(all, 1, &path))
		bound = least("/sys/fs/cgroup/memory", path,
			      "memory.limit_in_bytes");
	return bound;
}

uint64_t memory_used(void)
{
	char room[128];
	struct slice text = read_small("/proc/self/statm", room, sizeof(room));
	uint64_t pages;

	slice_split(&text, ' ');
	if (slice_to_u64(slice_split(&text, ' '), UINT32_MAX, &pages) != OK)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
