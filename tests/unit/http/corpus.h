/* Reads the corpus of messages (tests/corpus/http/README.md says what its
 * files look like), for tests. A file that is not so fails the test. */
#ifndef TESTS_UNIT_HTTP_CORPUS_H
#define TESTS_UNIT_HTTP_CORPUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

#define CORPUS_MAX_LETS 32

struct corpus_case {
	struct slice name;
	size_t line;
	struct buf bytes; /* what is sent */
	struct buf body;  /* the last one that was written as such */
	struct buf want;  /* what a parser makes of it, as run.h tells it */
	bool ends;        /* and then the sender closes */
	bool to_head;     /* an answer to HEAD */
	bool has_why;
};

struct corpus {
	const char *path;
	struct buf text; /* of the file */
	size_t line;
	struct slice let_name[CORPUS_MAX_LETS], let[CORPUS_MAX_LETS];
	size_t n_lets;
	struct corpus_case *it;
	size_t n;
};

static inline void corpus_fail(const struct corpus *c, const char *why)
{
	fail_msg("%s:%zu: %s", c->path, c->line, why);
}

static inline unsigned corpus_hex(const struct corpus *c, struct slice s)
{
	char text[3] = {s.n > 0 ? s.p[0] : 'x', s.n > 1 ? s.p[1] : 'x', '\0'};
	char *end;
	unsigned long value = strtoul(text, &end, 16);
	if (*end != '\0')
		corpus_fail(c, "\\x wants two hex digits");
	return (unsigned)value;
}

/* Cuts what lies between the first `open` and `close` off `*s`. */
static inline struct slice corpus_between(const struct corpus *c,
					  struct slice *s, char open,
					  char close)
{
	if (s->n == 0 || s->p[0] != open || slice_find(*s, close) == s->n)
		corpus_fail(c, "brackets are missing");
	*s = slice_from(*s, 1);
	return slice_split(s, close);
}

static inline struct slice corpus_let(const struct corpus *c, struct slice name)
{
	for (size_t i = 0; i < c->n_lets; i++)
		if (slice_equal(c->let_name[i], name))
			return c->let[i];
	corpus_fail(c, "a name that no `let` has given");
	return name;
}

static inline void corpus_decode(const struct corpus *c, struct slice s,
				 struct buf *out);

/* Behind "\*": a number, and in braces what is to be repeated. */
static inline void corpus_repeat(const struct corpus *c, struct slice *s,
				 struct buf *out)
{
	size_t times = 0;
	while (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9') {
		times = times * 10 + (size_t)(s->p[0] - '0');
		*s = slice_from(*s, 1);
	}
	struct slice what = corpus_between(c, s, '{', '}');
	while (times-- > 0)
		corpus_decode(c, what, out);
}

/* Behind a backslash; `*s` is not empty. */
static inline void corpus_escape(const struct corpus *c, struct slice *s,
				 struct buf *out)
{
	char kind = s->p[0];
	struct slice rest = slice_from(*s, 1);
	switch (kind) {
	case 'r': buf_putc(out, '\r'); break;
	case 'n': buf_putc(out, '\n'); break;
	case 't': buf_putc(out, '\t'); break;
	case '\\': buf_putc(out, '\\'); break;
	case 'x':
		buf_putc(out, (char)corpus_hex(c, rest));
		rest = slice_from(rest, 2);
		break;
	case '*': corpus_repeat(c, &rest, out); break;
	case '(': {
		rest = *s;
		struct slice name = corpus_between(c, &rest, '(', ')');
		corpus_decode(c, corpus_let(c, name), out);
		break;
	}
	default: corpus_fail(c, "an escape that is not known");
	}
	*s = rest;
}

static inline void corpus_decode(const struct corpus *c, struct slice s,
				 struct buf *out)
{
	while (s.n > 0) {
		size_t n = slice_find(s, '\\');
		buf_append(out, (struct slice){s.p, n});
		if (n == s.n)
			return;
		s = slice_from(s, n + 1);
		if (s.n == 0)
			corpus_fail(c, "a backslash at the line's end");
		corpus_escape(c, &s, out);
	}
}

/* A body: with its length before it. */
static inline void corpus_add_body(const struct corpus *c,
				   struct corpus_case *it, struct slice text)
{
	buf_reset(&it->body, 0);
	corpus_decode(c, text, &it->body);
	buf_printf(&it->bytes, "Content-Length: %zu\r\n\r\n",
		   buf_len(&it->body));
	buf_append(&it->bytes, buf_slice(&it->body));
}

/* Behind "accept METHOD PATH STATUS" or "accept STATUS": whether the
 * connection closes, and the body. */
static inline void corpus_want_rest(const struct corpus *c,
				    struct corpus_case *it, struct slice rest)
{
	struct slice word = SLICE("close");
	if (slice_starts(rest, word)) {
		buf_puts(&it->want, " close");
		rest = slice_trim(slice_from(rest, word.n));
	}
	buf_puts(&it->want, " body=");
	word = SLICE("body=");
	if (slice_starts(rest, word))
		corpus_decode(c, slice_from(rest, word.n), &it->want);
	else if (rest.n == 0)
		buf_append(&it->want, buf_slice(&it->body));
	else
		corpus_fail(c, "a verdict that is not known");
	buf_putc(&it->want, '\n');
}

/* What the gateway makes of it (its status) is for other tests. */
static inline void corpus_want(const struct corpus *c, struct corpus_case *it,
			       struct slice text)
{
	struct slice rest = text;
	struct slice verdict = slice_split(&rest, ' ');
	if (!slice_equal(verdict, SLICE("accept"))) {
		buf_append(&it->want, text);
		buf_putc(&it->want, '\n');
		return;
	}
	struct slice first = slice_split(&rest, ' ');
	buf_puts(&it->want, "accept ");
	buf_append(&it->want, first);
	if (first.n > 0 && (first.p[0] < '0' || first.p[0] > '9')) {
		buf_putc(&it->want, ' ');
		corpus_decode(c, slice_split(&rest, ' '), &it->want);
		slice_split(&rest, ' ');
	}
	corpus_want_rest(c, it, rest);
}

static inline void corpus_take_let(struct corpus *c, struct slice rest)
{
	if (c->n_lets == CORPUS_MAX_LETS)
		corpus_fail(c, "too many `let`");
	c->let_name[c->n_lets] = slice_split(&rest, ' ');
	if (!slice_starts(rest, SLICE("= ")))
		corpus_fail(c, "let NAME = TEXT");
	c->let[c->n_lets++] = slice_from(rest, 2);
}

static inline void corpus_begin_case(struct corpus *c, struct slice name)
{
	c->it = realloc(c->it, (c->n + 1) * sizeof(*c->it));
	c->it[c->n++] = (struct corpus_case){.name = name, .line = c->line};
}

static inline void corpus_case_line(const struct corpus *c,
				    struct corpus_case *it, struct slice line)
{
	struct slice rest = slice_from(line, line.n > 1 ? 2 : 1);
	if (slice_starts(line, SLICE("| ")))
		corpus_decode(c, rest, &it->bytes);
	else if (slice_starts(line, SLICE("|= ")))
		corpus_add_body(c, it, slice_from(rest, 1));
	else if (slice_starts(line, SLICE("= ")))
		corpus_want(c, it, rest);
	else if (slice_starts(line, SLICE("? ")))
		it->has_why = true;
	else if (slice_equal(line, SLICE("closes")))
		it->ends = true;
	else if (slice_equal(line, SLICE("to HEAD")))
		it->to_head = true;
	else if (!slice_starts(line, SLICE("> ")))
		corpus_fail(c, "a line that is of no kind");
}

static inline void corpus_line(struct corpus *c, struct slice line)
{
	if (line.n == 0 || line.p[0] == '#')
		return;
	if (slice_starts(line, SLICE("let ")))
		corpus_take_let(c, slice_from(line, 4));
	else if (slice_starts(line, SLICE("--- ")))
		corpus_begin_case(c, slice_from(line, 4));
	else if (c->n > 0)
		corpus_case_line(c, &c->it[c->n - 1], line);
	else
		corpus_fail(c, "a line before the first case");
}

static inline void corpus_load(struct corpus *c, const char *path)
{
	FILE *f = fopen(path, "rb");
	*c = (struct corpus){.path = path};
	if (f == NULL)
		fail_msg("%s cannot be read", path);
	for (size_t n = 1; n > 0; buf_commit(&c->text, n))
		n = fread(buf_reserve(&c->text, 4096), 1, 4096, f);
	fclose(f);
	struct slice rest = buf_slice(&c->text);
	while (rest.n > 0) {
		c->line++;
		corpus_line(c, slice_split(&rest, '\n'));
	}
}

static inline void corpus_free(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++) {
		buf_fini(&c->it[i].bytes);
		buf_fini(&c->it[i].body);
		buf_fini(&c->it[i].want);
	}
	free(c->it);
	buf_fini(&c->text);
}

#endif
