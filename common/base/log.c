#include "common/base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/thread.h"

#define MAX_LINE    4096
#define QUEUE_BYTES (4u << 20)
#define GATHER_US   5000

/* What a pipe that is writable takes without blocking, whatever its mode:
 * the descriptor is shared with others, so its mode is not ours to change. */
#define PIECE_BYTES PIPE_BUF

/* Lines wait in `filling`; the writer swaps it with `writing`, so a slow
 * descriptor holds up nobody but itself. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buf filling, writing;
	bool running, stopping, waiting;
	struct thread thread;
	int fd;
	atomic_int level, format;
	atomic_bool torn;    /* the last line written has no end */
	atomic_bool is_file; /* always ready, so that nothing need be asked */
	_Atomic uint64_t dropped;
	uint64_t told; /* of those; the writer's */
} logger = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.fd = 2,
	.level = LOG_INFO,
	.format = LOG_TEXT,
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

/* Returns what the descriptor did not take within a second. */
static struct slice push(int fd, struct slice s)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	bool is_file = atomic_load(&logger.is_file);
	size_t most = is_file ? SIZE_MAX : PIECE_BYTES;

	while (s.n > 0) {
		int ready = is_file ? 1 : poll(&p, 1, 1000);
		ssize_t n = -1;

		if (ready > 0)
			n = write(fd, s.p, s.n < most ? s.n : most);
		if (n > 0)
			s = slice_from(s, (size_t)n);
		else if (ready == 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	return s;
}

/* What is not taken is lost and counted; true if all was. */
static bool write_out(int fd, struct slice s)
{
	struct slice rest = s;

	if (!atomic_load(&logger.torn) || push(fd, SLICE("\n")).n == 0) {
		rest = push(fd, s);
		atomic_store(&logger.torn,
			     rest.n < s.n && rest.n > 0 && rest.p[-1] != '\n');
	}
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '\n')
			atomic_fetch_add(&logger.dropped, 1);
	return rest.n == 0;
}

static void compose(enum log_level level, struct slice text, struct buf *line);

/* Once lines are taken again, past the queue, which may be full. */
static void tell_of_dropped(int fd)
{
	uint64_t dropped = atomic_load(&logger.dropped);
	struct buf line = {0};
	char text[80];

	if (dropped == logger.told ||
	    LOG_WARN >
		    atomic_load_explicit(&logger.level, memory_order_relaxed))
		return;
	snprintf(text, sizeof(text),
		 "log: %llu lines were dropped: nobody took them",
		 (unsigned long long)(dropped - logger.told));
	compose(LOG_WARN, slice_of(text), &line);
	buf_putc(&line, '\n');
	if (write_out(fd, buf_slice(&line)))
		logger.told = dropped;
	buf_fini(&line);
}

static void drain(void *arg)
{
	bool stopping = false;

	(void)arg;
	while (!stopping) {
		struct buf swap;
		int fd;

		pthread_mutex_lock(&logger.lock);
		logger.waiting = true;
		while (buf_len(&logger.filling) == 0 && !logger.stopping)
			pthread_cond_wait(&logger.wake, &logger.lock);
		logger.waiting = false;
		stopping = logger.stopping;
		fd = logger.fd;
		swap = logger.filling;
		logger.filling = logger.writing;
		logger.writing = swap;
		pthread_mutex_unlock(&logger.lock);
		if (write_out(fd, buf_slice(&logger.writing)))
			tell_of_dropped(fd);
		buf_reset(&logger.writing, 64 * 1024);
		/* Lines gather meanwhile, so that a busy writer of lines
		 * does not pay for a wake-up with each. */
		if (!stopping)
			usleep(GATHER_US);
	}
}

void log_start(const struct log_options *o)
{
	struct stat st;

	ASSERT(!logger.running);
	atomic_store(&logger.level, o->level);
	atomic_store(&logger.format, o->format);
	atomic_store(&logger.is_file,
		     fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode));
	pthread_mutex_lock(&logger.lock);
	logger.fd = o->fd;
	logger.told = atomic_load(&logger.dropped);
	logger.stopping = false;
	logger.running = true;
	pthread_mutex_unlock(&logger.lock);
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
	pthread_mutex_lock(&logger.lock);
	logger.running = false;
	pthread_mutex_unlock(&logger.lock);
	/* Lines that came while the writer wrote its last. */
	write_out(logger.fd, buf_slice(&logger.filling));
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

static void enqueue(struct slice line)
{
	if (buf_len(&logger.filling) + line.n + 1 > QUEUE_BYTES) {
		atomic_fetch_add(&logger.dropped, 1);
	} else {
		buf_append(&logger.filling, line);
		buf_putc(&logger.filling, '\n');
	}
	if (logger.waiting)
		pthread_cond_signal(&logger.wake);
}

/* In one piece, so that lines of several threads do not mix. */
static void write_at_once(int fd, struct slice line)
{
	struct buf whole = {0};

	buf_append(&whole, line);
	buf_putc(&whole, '\n');
	write_out(fd, buf_slice(&whole));
	buf_fini(&whole);
}

void log_line(struct slice line)
{
	bool running;
	int fd;

	pthread_mutex_lock(&logger.lock);
	running = logger.running;
	fd = logger.fd;
	if (running)
		enqueue(line);
	pthread_mutex_unlock(&logger.lock);
	if (!running)
		write_at_once(fd, line);
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

/* Without an end. */
static void compose(enum log_level level, struct slice text, struct buf *line)
{
	char when[CLOCK_TEXT_BYTES];

	clock_text(clock_wall_us(), when);
	if (atomic_load_explicit(&logger.format, memory_order_relaxed) ==
	    LOG_JSON) {
		buf_printf(line,
			   "{\"ts\":\"%s\",\"level\":\"%s\",\"message\":", when,
			   level_name[level]);
		buf_json_string(line, text);
		buf_putc(line, '}');
	} else {
		buf_printf(line, "%s %s ", when, level_name[level]);
		append_visible(line, text);
	}
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char text[MAX_LINE];
	struct buf line = {0};
	va_list args;

	if ((int)level >
	    atomic_load_explicit(&logger.level, memory_order_relaxed))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	compose(level, slice_of(text), &line);
	log_line(buf_slice(&line));
	buf_fini(&line);
}
