#include "router/prompt/pieces.h"

#include "common/base/mem.h"

void pieces_fini(struct pieces *p)
{
	mem_free(p->item);
	*p = (struct pieces){0};
}

size_t pieces_bytes(const struct pieces *p)
{
	return p->room * sizeof(*p->item);
}

/* The same text may be cut in another way: what a client writes looks like
 * a special token, and is none. */
static size_t count_same(const struct pieces *p, const struct segments *s,
			 size_t same)
{
	size_t n = 0;

	while (n < p->n && n < s->n && s->item[n].end <= same &&
	       p->item[n].segment.end == s->item[n].end &&
	       p->item[n].segment.special == s->item[n].special)
		n++;
	return n;
}

static void push(struct pieces *p, struct segment s, size_t n_tokens)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->item = mem_realloc(p->item, p->room * sizeof(*p->item));
	}
	p->item[p->n++] = (struct piece){s, n_tokens};
}

enum status pieces_encode(struct pieces *p, const struct tokenizer *t,
			  struct slice text, size_t same,
			  const struct segments *s, size_t max_tokens,
			  struct token_list *out, size_t *kept)
{
	size_t at = 0;

	p->n = count_same(p, s, same);
	out->n = p->n ? p->item[p->n - 1].n_tokens : 0;
	*kept = out->n;
	if (p->n > 0)
		at = p->item[p->n - 1].segment.end;
	for (size_t i = p->n; i < s->n; i++) {
		const struct segment *one = &s->item[i];
		struct slice piece = {text.p + at, one->end - at};
		size_t left = max_tokens > out->n ? max_tokens - out->n : 0;
		enum status status =
			one->special
				? tokenizer_encode(t, piece, false, left, out)
				: tokenizer_encode_plain(t, piece, left, out);

		if (status != OK)
			return status;
		push(p, *one, out->n);
		at = one->end;
	}
	return OK;
}
