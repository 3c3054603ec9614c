#include "common/http/head.h"

#include <string.h>

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

/* As many bytes of a token as both have, up to eight, in lower case: what
 * stands for a letter or '-' there is that letter or '-'. */
static inline uint64_t lower(const char *token, size_t n)
{
	uint64_t v = 0;
	memcpy(&v, token, n < 8 ? n : 8);
	return v | 0x2020202020202020;
}

/* Of `n` bytes each. */
static inline bool same_token(const char *token, const char *known, size_t n)
{
	for (; n > 8; token += 8, known += 8, n -= 8)
		if (lower(token, 8) != lower(known, 8))
			return false;
	return lower(token, n) == lower(known, n);
}

#define is(word, id) (same_token(name.p, word, sizeof(word) - 1) ? id : 0)

/* By length: few names are compared with more than one, and at most one of
 * those is the name. */
enum http_name http_name_of(struct slice name)
{
	switch (name.n) {
	case 2: return is("te", HTTP_NAME_TE);
	case 4: return is("host", HTTP_NAME_HOST);
	case 6:
		return is("expect", HTTP_NAME_EXPECT) |
		       is("server", HTTP_NAME_SERVER);
	case 7:
		return is("trailer", HTTP_NAME_TRAILER) |
		       is("upgrade", HTTP_NAME_UPGRADE);
	case 10:
		return is("connection", HTTP_NAME_CONNECTION) |
		       is("keep-alive", HTTP_NAME_KEEP_ALIVE);
	case 12:
		return is("content-type", HTTP_NAME_CONTENT_TYPE) |
		       is("x-request-id", HTTP_NAME_X_REQUEST_ID);
	case 13: return is("authorization", HTTP_NAME_AUTHORIZATION);
	case 14:
		return is("content-length", HTTP_NAME_CONTENT_LENGTH) |
		       is("http2-settings", HTTP_NAME_HTTP2_SETTINGS);
	case 15: return is("accept-encoding", HTTP_NAME_ACCEPT_ENCODING);
	case 16:
		return is("content-encoding", HTTP_NAME_CONTENT_ENCODING) |
		       is("proxy-connection", HTTP_NAME_PROXY_CONNECTION);
	case 17: return is("transfer-encoding", HTTP_NAME_TRANSFER_ENCODING);
	case 18: return is("proxy-authenticate", HTTP_NAME_PROXY_AUTHENTICATE);
	case 19:
		return is("proxy-authorization", HTTP_NAME_PROXY_AUTHORIZATION);
	default: return HTTP_NAME_OTHER;
	}
}

struct http_header http_header_make(struct slice name, struct slice value)
{
	return (struct http_header){name, value, http_name_of(name)};
}

const struct http_header *http_header_get(const struct http_head *h,
					  enum http_name id)
{
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->header[i].id == id)
			return &h->header[i];
	return NULL;
}

bool http_hop_by_hop(const struct http_head *h, const struct http_header *of)
{
	return of->id >= HTTP_NAME_CONNECTION ||
	       (!h->connection_is_plain &&
		http_header_has_token(h, SLICE("connection"), of->name));
}
