#include "common/base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/thread.h"

#define MAX_LINE    4096
#define QUEUE_BYTES (4u << 20)
#define GATHER_US   5000

/* Lines wait in `filling`; the writer swaps it with `writing`, so a slow
 * descriptor holds up nobody but itself. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buf filling, writing;
	bool running, stopping, waiting;
	struct thread thread;
	struct log_options options;
	atomic_int level;
	_Atomic uint64_t dropped;
} logger = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.options = {.level = LOG_INFO, .format = LOG_TEXT, .fd = 2},
	.level = LOG_INFO,
};

static const char *const level_name[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

bool log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < ARRAY_LEN(level_name); i++) {
		if (strcmp(name, level_name[i]) != 0)
			continue;
		*out = (enum log_level)i;
		return true;
	}
	return false;
}

/* What a descriptor does not take within a second is lost and counted. */
static void write_out(int fd, struct slice s)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n > 0) {
			s = slice_from(s, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && poll(&p, 1, 1000) > 0)
			continue;
		break;
	}
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n')
			atomic_fetch_add(&logger.dropped, 1);
}

static void drain(void *arg)
{
	bool stopping = false;

	(void)arg;
	while (!stopping) {
		struct buf swap;

		pthread_mutex_lock(&logger.lock);
		logger.waiting = true;
		while (buf_len(&logger.filling) == 0 && !logger.stopping)
			pthread_cond_wait(&logger.wake, &logger.lock);
		logger.waiting = false;
		stopping = logger.stopping;
		swap = logger.filling;
		logger.filling = logger.writing;
		logger.writing = swap;
		pthread_mutex_unlock(&logger.lock);
		write_out(logger.options.fd, buf_slice(&logger.writing));
		buf_reset(&logger.writing, 64 * 1024);
		/* Lines gather meanwhile, so that a busy writer of lines
		 * does not pay for a wake-up with each. */
		if (!stopping)
			usleep(GATHER_US);
	}
}

void log_start(const struct log_options *o)
{
	ASSERT(!logger.running);
	logger.options = *o;
	atomic_store(&logger.level, o->level);
	logger.stopping = false;
	logger.running = true;
	thread_start(&logger.thread, "log", drain, NULL);
}

void log_stop(void)
{
	if (!logger.running)
		return;
	pthread_mutex_lock(&logger.lock);
	logger.stopping = true;
	pthread_cond_signal(&logger.wake);
	pthread_mutex_unlock(&logger.lock);
	thread_join(&logger.thread);
	logger.running = false;
	buf_fini(&logger.filling);
	buf_fini(&logger.writing);
}

void log_set_level(enum log_level level)
{
	atomic_store(&logger.level, level);
}

uint64_t log_dropped(void)
{
	return atomic_load(&logger.dropped);
}

void log_line(struct slice line)
{
	pthread_mutex_lock(&logger.lock);
	if (!logger.running) {
		pthread_mutex_unlock(&logger.lock);
		write_out(logger.options.fd, line);
		write_out(logger.options.fd, SLICE("\n"));
		return;
	}
	if (buf_len(&logger.filling) + line.n + 1 > QUEUE_BYTES) {
		atomic_fetch_add(&logger.dropped, 1);
	} else {
		buf_append(&logger.filling, line);
		buf_putc(&logger.filling, '\n');
	}
	if (logger.waiting)
		pthread_cond_signal(&logger.wake);
	pthread_mutex_unlock(&logger.lock);
}

/* Control characters would let a peer forge lines. */
static void append_visible(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_putc(out, (char)c);
	}
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char text[MAX_LINE], when[CLOCK_TEXT_BYTES];
	struct buf line = {0};
	va_list args;

	if ((int)level >
	    atomic_load_explicit(&logger.level, memory_order_relaxed))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	clock_text(clock_wall_us(), when);
	if (logger.options.format == LOG_JSON) {
		buf_printf(&line,
			   "{\"ts\":\"%s\",\"level\":\"%s\",\"message\":", when,
			   level_name[level]);
		buf_json_string(&line, slice_of(text));
		buf_putc(&line, '}');
	} else {
		buf_printf(&line, "%s %s ", when, level_name[level]);
		append_visible(&line, slice_of(text));
	}
	log_line(buf_slice(&line));
	buf_fini(&line);
}
