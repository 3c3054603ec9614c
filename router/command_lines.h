/* Lines of JSON in, lines of JSON out: what `warmpath hash` and its like
 * have in common. Answers go out before the next line is waited for, so a
 * program may hold a conversation with the command. */
#ifndef ROUTER_COMMAND_LINES_H
#define ROUTER_COMMAND_LINES_H

#include "common/base/arena.h"
#include "common/base/buf.h"

#define COMMAND_MAX_LINE_BYTES (64u << 20)

struct command_lines {
	const char *name; /* "hash", for a fault of the streams */
	/* Appends one JSON object; where it fails, what it has appended
	 * goes and {"error":"..."} stands in its place. The arena is
	 * emptied after each line. */
	enum status (*answer)(const void *of, struct slice line,
			      struct arena *arena, struct buf *out,
			      struct error *err);
	const void *of;
	size_t max_line_bytes; /* 0: COMMAND_MAX_LINE_BYTES */
};

/* From descriptor `in` to descriptor `out`, to the end of the input. A
 * line past the maximum is answered with an error and passed over.
 * Returns the exit status: 0, or 1 if a line was answered with an error or
 * a stream failed. */
int command_lines_run(const struct command_lines *c, int in, int out);

#endif
