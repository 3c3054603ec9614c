#include "common/http/head.h"

const struct http_header *http_header_find(const struct http_head *h,
					   struct slice name)
{
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->header[i].name.n == name.n &&
		    slice_equal_nocase(h->header[i].name, name))
			return &h->header[i];
	return NULL;
}

static bool list_has(struct slice list, struct slice token)
{
	while (list.n > 0) {
		struct slice item = slice_trim(slice_split(&list, ','));
		if (slice_equal_nocase(item, token))
			return true;
	}
	return false;
}

bool http_header_has_token(const struct http_head *h, struct slice name,
			   struct slice token)
{
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->header[i].name.n == name.n &&
		    slice_equal_nocase(h->header[i].name, name) &&
		    list_has(h->header[i].value, token))
			return true;
	return false;
}

#define is(name, word) slice_equal_nocase(name, SLICE(word))

/* By length: few names are compared with more than one. */
static bool is_fixed(struct slice name)
{
	switch (name.n) {
	case 2: return is(name, "te");
	case 7: return is(name, "trailer") || is(name, "upgrade");
	case 10: return is(name, "connection") || is(name, "keep-alive");
	case 14: return is(name, "http2-settings");
	case 16: return is(name, "proxy-connection");
	case 17: return is(name, "transfer-encoding");
	case 18: return is(name, "proxy-authenticate");
	case 19: return is(name, "proxy-authorization");
	default: return false;
	}
}

bool http_hop_by_hop(const struct http_head *h, struct slice name)
{
	return is_fixed(name) ||
	       (!h->connection_is_plain &&
		http_header_has_token(h, SLICE("connection"), name));
}
