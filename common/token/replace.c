#include "common/token/replace.h"

enum status replace_all(const struct replace *r, struct slice text,
			size_t max_bytes, struct buf *out, struct slice *made)
{
	struct regex_walk walk = {r->re, r->room, text};
	struct regex_span span;
	enum status status;
	size_t done = 0;

	while ((status = regex_next(&walk, &span)) == OK) {
		buf_append(out,
			   (struct slice){text.p + done, span.start - done});
		buf_append(out, r->to);
		done = span.end;
		if (buf_len(out) > max_bytes)
			return ERR_LIMIT;
	}
	if (status != ERR_NOT_FOUND)
		return status;
	*made = text;
	if (!walk.has_last)
		return OK;
	buf_append(out, slice_from(text, done));
	*made = buf_slice(out);
	return buf_len(out) > max_bytes ? ERR_LIMIT : OK;
}

size_t replace_front(const struct replace *r, struct slice text, size_t front)
{
	struct regex_walk walk = {r->re, r->room, text};
	struct regex_span span = {front, front};
	size_t done = 0, made = 0;

	while (regex_next(&walk, &span) == OK && span.end <= front) {
		made += span.start - done + r->to.n;
		done = span.end;
		span.start = front;
	}
	/* What a match takes that goes beyond the front is gone. */
	return made + (span.start < front ? span.start : front) - done;
}
