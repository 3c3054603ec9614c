#include "router/tracing/head.h"

static bool is_parent(const struct http_header *h)
{
	return h->name.n == 11 &&
	       slice_equal_nocase(h->name, SLICE("traceparent"));
}

static bool is_state(const struct http_header *h)
{
	return h->name.n == 10 &&
	       slice_equal_nocase(h->name, SLICE("tracestate"));
}

enum status trace_head_parent(const struct http_head *h,
			      struct trace_context *out)
{
	const struct http_header *found = NULL;

	for (size_t i = 0; i < h->n_headers; i++) {
		if (!is_parent(&h->header[i]))
			continue;
		if (found != NULL)
			return ERR_INVALID;
		found = &h->header[i];
	}
	return found != NULL ? trace_context_parse(found->value, out)
			     : ERR_INVALID;
}

const struct http_head *trace_head_cut(const struct http_head *h, bool goes_on,
				       struct arena *arena)
{
	struct http_head *cut = arena_alloc(arena, sizeof(*cut));

	*cut = *h;
	cut->header = arena_array(arena, h->n_headers + 1,
				  sizeof(*cut->header));
	cut->n_headers = 0;
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *it = &h->header[i];

		if (!is_parent(it) && (goes_on || !is_state(it)))
			cut->header[cut->n_headers++] = *it;
	}
	return cut;
}
