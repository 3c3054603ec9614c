#include "router/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEAST     2
#define SPARED_OF 4 /* one */

size_t descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur < SIZE_MAX ? (size_t)limit.rlim_cur : SIZE_MAX;
}

size_t descriptors_open(void)
{
	/* Opened by open(), which ThreadSanitizer follows; it would take a
	 * number that opendir() got for the one another thread has closed. */
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (d == NULL)
		return 0;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n > 0 ? n - 1 : 0; /* this directory's own */
}

size_t descriptors_shared(size_t limit, size_t besides)
{
	return limit > besides + LEAST ? limit - besides : LEAST;
}

size_t descriptors_spared(size_t shared)
{
	return shared / SPARED_OF > 0 ? shared / SPARED_OF : 1;
}

size_t descriptors_wanted(size_t clients, size_t besides)
{
	/* Rounded up, so that a quarter less is still enough. */
	return clients + clients / (SPARED_OF - 1) + 1 + besides;
}
