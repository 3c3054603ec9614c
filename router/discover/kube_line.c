#include "router/discover/kube_line.h"

#define KEEP_BYTES ((size_t)64 << 10)

/* The piece up to a line's end, with what was held before it. */
static struct slice complete(struct kube_line *l, struct slice piece)
{
	if (buf_len(&l->held) == 0)
		return piece;
	buf_append(&l->held, piece);
	return buf_slice(&l->held);
}

enum status kube_line_feed(struct kube_line *l, struct slice bytes,
			   bool (*take)(void *arg, struct slice line),
			   void *arg)
{
	while (bytes.n > 0) {
		size_t n = slice_find(bytes, '\n');
		struct slice piece = {bytes.p, n};
		bool goes_on;

		if (buf_len(&l->held) + n > KUBE_MAX_LINE)
			return ERR_LIMIT;
		if (n == bytes.n) {
			buf_append(&l->held, piece);
			return OK;
		}
		goes_on = take(arg, complete(l, piece));
		buf_reset(&l->held, KEEP_BYTES);
		if (!goes_on)
			return OK;
		bytes = slice_from(bytes, n + 1);
	}
	return OK;
}

void kube_line_reset(struct kube_line *l)
{
	buf_reset(&l->held, 0);
}
