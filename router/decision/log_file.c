#include "router/decision/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/decision/write.h"

#define LOOK_MS 1000

struct decision_file {
	char *path;
	int fd;
	dev_t device;
	ino_t inode;
	uint64_t looked_ms;
	bool fails; /* and that was told */
};

static enum status refuse(const char *path, const char *why, struct error *err)
{
	return error_set(err, ERR_IO, "decisions: %s: %s", path, why);
}

/* Returns what was not written. */
static struct slice push(int fd, struct slice s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n > 0)
			s = slice_from(s, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	return s;
}

/* A process that ended in the middle of a line left it so. */
static void begin_lines(int fd, off_t size)
{
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n')
		push(fd, SLICE("\n"));
	push(fd, SLICE(DECISION_LOG_HEAD "\n"));
}

/* Not a pipe, on which a writer would wait for who reads. */
static int open_plain(const char *path, struct stat *st, struct error *err)
{
	int fd = open(path,
		      O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK,
		      0600);

	if (fd < 0) {
		refuse(path, strerror(errno), err);
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	refuse(path, "not a plain file", err);
	close(fd);
	return -1;
}

struct decision_file *decision_file_open(const char *path, struct error *err)
{
	struct decision_file *f;
	struct stat st;
	int fd = open_plain(path, &st, err);

	if (fd < 0)
		return NULL;
	begin_lines(fd, st.st_size);
	f = mem_zalloc(sizeof(*f));
	f->path = mem_strdup(path);
	f->fd = fd;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->looked_ms = clock_ms();
	return f;
}

void decision_file_close(struct decision_file **fp)
{
	struct decision_file *f = *fp;

	*fp = NULL;
	if (f == NULL)
		return;
	close(f->fd);
	mem_free(f->path);
	mem_free(f);
}

static void tell(struct decision_file *f, const char *why)
{
	if (!f->fails)
		log_warn("%s: lines are lost", why);
	f->fails = true;
}

void decision_file_look(struct decision_file *f)
{
	struct error err = {0};
	struct stat st;
	int fd;

	f->looked_ms = clock_ms();
	if (stat(f->path, &st) == 0 && st.st_dev == f->device &&
	    st.st_ino == f->inode)
		return;
	fd = open_plain(f->path, &st, &err);
	if (fd < 0) {
		/* The one that was moved away goes on. */
		tell(f, err.text);
		return;
	}
	begin_lines(fd, st.st_size);
	close(f->fd);
	f->fd = fd;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->fails = false;
	log_info("decisions: %s: begun anew", f->path);
}

size_t decision_file_write(struct decision_file *f, struct slice lines)
{
	struct error err = {0};
	struct slice rest;
	size_t lost = 0;

	if (clock_ms() - f->looked_ms >= LOOK_MS)
		decision_file_look(f);
	rest = push(f->fd, lines);
	if (rest.n == 0) {
		f->fails = false;
		return 0;
	}
	refuse(f->path, strerror(errno), &err);
	tell(f, err.text);
	for (size_t i = 0; i < rest.n; i++)
		lost += rest.p[i] == '\n';
	/* What is half there is to end before the next. */
	if (rest.n < lines.n && rest.p[-1] != '\n')
		push(f->fd, SLICE("\n"));
	return lost;
}
