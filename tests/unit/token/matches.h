/* Shows what a pattern matches. */
#ifndef TESTS_UNIT_TOKEN_MATCHES_H
#define TESTS_UNIT_TOKEN_MATCHES_H

#include "tests/unit/token/fixture.h"

#include "common/token/regex.h"

/* Puts < > round each match. */
static inline const char *matches_of(const struct regex *re, const char *text)
{
	static char out[8192];
	struct regex_room room = {0};
	struct regex_walk walk = {re, &room, slice_of(text)};
	struct regex_span span;
	enum status status;
	struct buf made;
	size_t at = 0;

	buf_init(&made);
	while ((status = regex_next(&walk, &span)) == OK) {
		buf_append(&made, (struct slice){text + at, span.start - at});
		buf_putc(&made, '<');
		buf_append(&made, (struct slice){text + span.start,
						 span.end - span.start});
		buf_putc(&made, '>');
		at = span.end;
	}
	assert_int_equal(status, ERR_NOT_FOUND);
	buf_puts(&made, text + at);
	assert_true(buf_len(&made) < sizeof(out));
	memcpy(out, buf_slice(&made).p ? buf_slice(&made).p : "",
	       buf_len(&made));
	out[buf_len(&made)] = '\0';
	buf_fini(&made);
	regex_room_fini(&room);
	return out;
}

static inline struct regex *regex_of(const char *pattern)
{
	struct regex *re = NULL;
	struct error err = {0};

	if (regex_parse(slice_of(pattern), &re, &err) != OK)
		fail_msg("%s: %s", pattern, err.text);
	return re;
}

static inline void expect(const char *pattern, const char *text,
			  const char *want)
{
	struct regex *re = regex_of(pattern);

	assert_string_equal(matches_of(re, text), want);
	regex_destroy(&re);
}

/* Expects a sentence with `part` in it. */
static inline void refuse(const char *pattern, enum status status,
			  const char *part)
{
	struct regex *re = NULL;
	struct error err = {0};

	assert_int_equal(regex_parse(slice_of(pattern), &re, &err), status);
	assert_null(re);
	if (strstr(err.text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

#endif
