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

static enum status fault_of_gzip(const char *path, gzFile gz, struct error *err)
{
	int problem;
	const char *text = gzerror(gz, &problem);

	if (problem == Z_ERRNO)
		return error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return error_set(err, ERR_INVALID, "%s: not whole gzip: %s", path,
			 text);
}

/* Bytes, 0 at the end, -1 with `status` and `err`. */
static ssize_t read_some(const char *path, int fd, gzFile gz, char *at,
			 enum status *status, struct error *err)
{
	ssize_t n;

	do
		n = gz ? gzread(gz, at, READ_BYTES) : read(fd, at, READ_BYTES);
	while (n < 0 && !gz && errno == EINTR);
	if (n >= 0)
		return n;
	*status = gz ? fault_of_gzip(path, gz, err)
		     : error_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return -1;
}

/* Until the end or past the bound. */
static enum status read_all(const char *path, int fd, gzFile gz,
			    size_t max_bytes, struct buf *out,
			    struct error *err)
{
	enum status status = OK;
	size_t total = 0;

	for (;;) {
		char *at = buf_reserve(out, READ_BYTES);
		ssize_t n = read_some(path, fd, gz, at, &status, err);

		if (n <= 0)
			return status;
		if ((size_t)n > max_bytes - total)
			return error_set(err, ERR_LIMIT, "%s: over %zu bytes",
					 path, max_bytes);
		buf_commit(out, (size_t)n);
		total += (size_t)n;
	}
}

/* A failure leaves the buffer as it was. */
static void forget_from(struct buf *out, size_t held)
{
	out->end = out->start + held;
}

enum status file_read(const char *path, size_t max_bytes, struct buf *out,
		      struct error *err)
{
	size_t held = buf_len(out);
	enum status status;
	int fd;

	status = open_plain(path, &fd, err);
	if (status != OK)
		return status;
	status = read_all(path, fd, NULL, max_bytes, out, err);
	close(fd);
	if (status != OK)
		forget_from(out, held);
	return status;
}

enum status file_read_gzip(const char *path, size_t max_bytes, struct buf *out,
			   struct error *err)
{
	size_t held = buf_len(out);
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
	/* zlib hands on what has no gzip header as it is. */
	if (status == OK && gzdirect(gz))
		status = error_set(err, ERR_INVALID, "%s: not gzip", path);
	if (gzclose(gz) != Z_OK && status == OK)
		status = error_set(err, ERR_INVALID, "%s: not whole gzip",
				   path);
	if (status != OK)
		forget_from(out, held);
	return status;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
