#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#define READ_BYTES (256 * 1024)

static enum status open_plain(const char *path, int *out, struct error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
				 "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, ERR_INVALID, "%s: not a plain file",
				 path);
	}
	*out = fd;
	return OK;
}

/* read() or gzread(), until the end or past the bound. */
static enum status read_all(const char *path, int fd, gzFile gz,
			    size_t max_bytes, struct buf *out,
			    struct error *err)
{
	size_t held = buf_len(out), total = 0;

	for (;;) {
		char *at = buf_reserve(out, READ_BYTES);
		ssize_t n = gz ? gzread(gz, at, READ_BYTES)
			       : read(fd, at, READ_BYTES);

		if (n < 0 && !gz && errno == EINTR)
			continue;
		if (n < 0 || total + (size_t)n > max_bytes) {
			out->end = out->start + held;
			return n < 0 ? error_set(err, ERR_IO,
						 "%s: cannot be read", path)
				     : error_set(err, ERR_LIMIT,
						 "%s: over %zu bytes", path,
						 max_bytes);
		}
		if (n == 0)
			return OK;
		buf_commit(out, (size_t)n);
		total += (size_t)n;
	}
}

enum status file_read(const char *path, size_t max_bytes, struct buf *out,
		      struct error *err)
{
	enum status status;
	int fd;

	status = open_plain(path, &fd, err);
	if (status != OK)
		return status;
	status = read_all(path, fd, NULL, max_bytes, out, err);
	close(fd);
	return status;
}

enum status file_read_gzip(const char *path, size_t max_bytes, struct buf *out,
			   struct error *err)
{
	enum status status;
	gzFile gz;
	int fd;

	status = open_plain(path, &fd, err);
	if (status != OK)
		return status;
	gz = gzdopen(fd, "rb");
	if (gz == NULL) {
		close(fd);
		return error_set(err, ERR_IO, "%s: gzip: no memory", path);
	}
	status = read_all(path, -1, gz, max_bytes, out, err);
	if (gzclose(gz) != Z_OK && status == OK)
		status = error_set(err, ERR_INVALID, "%s: not whole gzip",
				   path);
	return status;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
