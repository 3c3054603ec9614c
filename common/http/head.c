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

static bool is_fixed(struct slice name)
{
	static const struct slice fixed[] = {
		SLICE("connection"),
		SLICE("keep-alive"),
		SLICE("proxy-connection"),
		SLICE("proxy-authenticate"),
		SLICE("proxy-authorization"),
		SLICE("te"),
		SLICE("trailer"),
		SLICE("transfer-encoding"),
		SLICE("upgrade"),
		SLICE("http2-settings"),
	};
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (fixed[i].n == name.n && slice_equal_nocase(fixed[i], name))
			return true;
	return false;
}

bool http_hop_by_hop(const struct http_head *h, struct slice name)
{
	return is_fixed(name) ||
	       (!h->connection_is_plain &&
		http_header_has_token(h, SLICE("connection"), name));
}
