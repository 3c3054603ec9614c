#include "router/command_lines.h"

#include "router/command_options.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define READ_BYTES   (64u << 10)
#define BUFFER_BYTES (1u << 20) /* kept from line to line */

struct run {
	const struct command_lines *c;
	size_t max_bytes;
	int in, out, exit_status;
	struct arena arena;
	struct buf input, answers;
	size_t searched;   /* bytes of input that hold no end of a line */
	bool passing_over; /* the rest of a line that was too long */
};

static void answer(struct run *r, struct slice line, bool too_long)
{
	size_t mark = buf_len(&r->answers);
	struct error err;
	enum status status;

	if (too_long)
		status = error_set(&err, ERR_LIMIT, "a line may have %zu bytes",
				   r->max_bytes);
	else
		status = r->c->answer(r->c->of, line, &r->arena, &r->answers,
				      &err);
	if (status != OK) {
		r->answers.end = r->answers.start + mark;
		buf_puts(&r->answers, "{\"error\":");
		buf_json_string(&r->answers, slice_of(err.text));
		buf_putc(&r->answers, '}');
		r->exit_status = COMMAND_BAD_LINE;
	}
	buf_putc(&r->answers, '\n');
	arena_reset(&r->arena);
}

static bool write_answers(struct run *r)
{
	while (buf_len(&r->answers) > 0) {
		struct slice s = buf_slice(&r->answers);
		ssize_t n = write(r->out, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			buf_consume(&r->answers, (size_t)n);
	}
	buf_reset(&r->answers, BUFFER_BYTES);
	return true;
}

/* The part of a line that is there, without its end. */
static void keep_rest(struct run *r)
{
	size_t n = buf_len(&r->input);

	if (n > r->max_bytes && !r->passing_over) {
		answer(r, buf_slice(&r->input), true);
		r->passing_over = true;
	}
	if (r->passing_over)
		buf_consume(&r->input, n);
	r->searched = buf_len(&r->input);
}

/* Answers the lines that are there whole. */
static bool answer_lines(struct run *r)
{
	struct slice all = buf_slice(&r->input);
	size_t at;

	while ((at = r->searched +
		     slice_find(slice_from(all, r->searched), '\n')) < all.n) {
		if (!r->passing_over)
			answer(r, (struct slice){all.p, at}, at > r->max_bytes);
		r->passing_over = false;
		if (buf_len(&r->answers) > READ_BYTES && !write_answers(r))
			return false;
		buf_consume(&r->input, at + 1);
		all = buf_slice(&r->input);
		r->searched = 0;
	}
	keep_rest(r);
	return write_answers(r);
}

/* 1: more was read, 0: the end, -1: a fault. */
static int read_more(struct run *r)
{
	ssize_t n;

	if (buf_len(&r->input) == 0)
		buf_reset(&r->input, BUFFER_BYTES);
	do
		n = read(r->in, buf_reserve(&r->input, READ_BYTES), READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		buf_commit(&r->input, (size_t)n);
	return n > 0 ? 1 : (int)n;
}

int command_lines_run(const struct command_lines *c, int in, int out)
{
	struct run r = {.c = c, .in = in, .out = out};
	int more;
	bool fine = true;

	r.max_bytes = c->max_line_bytes ? c->max_line_bytes
					: COMMAND_MAX_LINE_BYTES;
	arena_init(&r.arena);
	buf_init(&r.input);
	buf_init(&r.answers);
	while (fine && (more = read_more(&r)) > 0)
		fine = answer_lines(&r);
	/* The last line may lack its end. */
	if (fine && buf_len(&r.input) > 0 && !r.passing_over)
		answer(&r, buf_slice(&r.input), false);
	fine = fine && more == 0 && write_answers(&r);
	if (!fine) {
		fprintf(stderr, "warmpath %s: reading or writing failed\n",
			c->name);
		r.exit_status = COMMAND_BAD_LINE;
	}
	buf_fini(&r.answers);
	buf_fini(&r.input);
	arena_fini(&r.arena);
	return r.exit_status;
}
