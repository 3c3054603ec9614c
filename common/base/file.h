/* Whole files. Blocking: main thread and helpers only. */
#ifndef COMMON_BASE_FILE_H
#define COMMON_BASE_FILE_H

#include "common/base/buf.h"

/* Appends the file's bytes to `out`. ERR_NOT_FOUND, ERR_LIMIT past
 * `max_bytes`, ERR_IO; each with a sentence. Plain files only. */
MUST_USE enum status file_read(const char *path, size_t max_bytes,
			       struct buf *out, struct error *err);
/* The same for a gzip file. */
MUST_USE enum status file_read_gzip(const char *path, size_t max_bytes,
				    struct buf *out, struct error *err);
bool file_exists(const char *path);

#endif
