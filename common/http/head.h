/* The head of an HTTP/1 message, as the parser hands it out.
 *
 * All slices point into the parser's own copy of the head: they live until
 * http_parser_next() or http_parser_fini(). */
#ifndef COMMON_HTTP_HEAD_H
#define COMMON_HTTP_HEAD_H

#include "common/base/slice.h"

enum http_method {
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_POST,
	HTTP_METHOD_PUT,
	HTTP_METHOD_DELETE,
	HTTP_METHOD_OPTIONS,
	HTTP_METHOD_PATCH,
	HTTP_METHOD_OTHER, /* known to HTTP, of no use to us */
};

/* How the message's end is known. */
enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,      /* content_length bytes */
	HTTP_CHUNKED,     /* Transfer-Encoding: chunked */
	HTTP_UNTIL_CLOSE, /* a response that ends with its connection */
};

/* Names that are asked for with each message: compared once. */
enum http_name {
	HTTP_NAME_OTHER,
	HTTP_NAME_ACCEPT_ENCODING,
	HTTP_NAME_AUTHORIZATION,
	HTTP_NAME_CONTENT_ENCODING,
	HTTP_NAME_CONTENT_TYPE,
	HTTP_NAME_SERVER,
	HTTP_NAME_X_REQUEST_ID,
	/* From here on: of a say in framing or routing. */
	HTTP_NAME_CONTENT_LENGTH,
	HTTP_NAME_EXPECT,
	HTTP_NAME_HOST,
	/* From here on: of this connection only (RFC 9110 7.6.1). */
	HTTP_NAME_CONNECTION,
	HTTP_NAME_HTTP2_SETTINGS,
	HTTP_NAME_KEEP_ALIVE,
	HTTP_NAME_PROXY_AUTHENTICATE,
	HTTP_NAME_PROXY_AUTHORIZATION,
	HTTP_NAME_PROXY_CONNECTION,
	HTTP_NAME_TE,
	HTTP_NAME_TRAILER,
	HTTP_NAME_TRANSFER_ENCODING,
	HTTP_NAME_UPGRADE,
};

struct http_header {
	struct slice name;  /* as sent; compare without case */
	struct slice value; /* without blanks around it; may be empty */
	enum http_name id;  /* of `name` */
};

struct http_head {
	/* Requests. */
	enum http_method method;
	struct slice method_text;
	struct slice target; /* as sent */
	struct slice path;   /* of origin-form and absolute-form; else "*" */
	struct slice query;  /* behind '?', without it */
	struct slice host;   /* the Host header; empty if HTTP/1.0 has none */
	/* Responses. */
	unsigned status;
	struct slice reason;
	/* Both. */
	unsigned minor; /* HTTP/1.minor: 0 or 1 */
	struct http_header *header;
	size_t n_headers;
	enum http_framing framing;
	int64_t content_length; /* as stated, also on a 304; -1: not stated */
	bool keep_alive;        /* the connection may serve another message */
	/* Connection says no more than "close" or "keep-alive". */
	bool connection_is_plain;
	/* Each header is a line of its name, a colon, blanks, visible ASCII
	 * and CRLF, and the next is right behind it. */
	bool lines_are_plain;
	bool expect_continue; /* waits for a 100 before it sends its body */
};

/* `name` is a token (RFC 9110 5.6.2). */
enum http_name http_name_of(struct slice name);
struct http_header http_header_make(struct slice name, struct slice value);
/* First header of this name; NULL. */
const struct http_header *http_header_get(const struct http_head *h,
					  enum http_name id);
/* The same for any name, case ignored. */
const struct http_header *http_header_find(const struct http_head *h,
					   struct slice name);
/* The comma-separated list in all headers `name` has `token`. */
bool http_header_has_token(const struct http_head *h, struct slice name,
			   struct slice token);
/* The header speaks only of this connection and is not forwarded: the
 * fixed list of RFC 9110 7.6.1 and whatever Connection names. */
bool http_hop_by_hop(const struct http_head *h, const struct http_header *of);

#endif
