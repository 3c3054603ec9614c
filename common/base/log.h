/* Log lines for the person on call.
 *
 * Any thread writes; lines go into a bounded queue that one writer drains,
 * so that a blocked pipe or a full disk never blocks a loop: then lines
 * are dropped and counted. Never a prompt, a key or a token in them. */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
	enum log_level level;
	enum log_format format;
	int fd; /* where lines go; 2 is standard error */
};

/* Before log_start lines go straight to standard error, after log_stop to
 * where they went. One thread starts and stops. */
void log_start(const struct log_options *o);
/* Writes what is left, or gives up on a descriptor that takes nothing for
 * a second. */
void log_stop(void);
void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *out);

/* "upstream: connect: worker-3: connection refused". Control characters
 * are escaped. */
void log_write(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A finished line (the access log's), written as it is plus a newline. */
void log_line(struct slice line);
uint64_t log_dropped(void);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
