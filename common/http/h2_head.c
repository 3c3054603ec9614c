#include "common/http/h2_head.h"

#include "common/http/writer.h"

#define KEEP_BYTES 4096

void h2_head_begin(struct h2_head *h, const struct http_limits *limits)
{
	struct buf text = h->text, cookie = h->cookie, pseudo = h->pseudo;

	buf_reset(&text, KEEP_BYTES);
	buf_reset(&cookie, 0);
	buf_reset(&pseudo, KEEP_BYTES);
	*h = (struct h2_head){
		.limits = limits,
		.text = text,
		.cookie = cookie,
		.pseudo = pseudo,
	};
}

void h2_head_fini(struct h2_head *h)
{
	buf_fini(&h->text);
	buf_fini(&h->cookie);
	buf_fini(&h->pseudo);
}

static enum status refuse(struct h2_head *h, enum status st, unsigned status,
			  const char *why)
{
	return http_fault_set(&h->fault, st, status, why);
}

static enum status malformed(struct h2_head *h, const char *why)
{
	return refuse(h, ERR_INVALID, 400, why);
}

/* A value with a blank at its end is malformed (RFC 9113 8.2.1), and one
 * with a line's end in it would be two headers. */
static bool is_value(struct slice s)
{
	return http_is_field_value(s) && slice_trim(s).n == s.n;
}

static bool is_lower_token(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= 'A' && name.p[i] <= 'Z')
			return false;
	return http_is_token(name);
}

static struct slice pseudo_of(const struct h2_head *h, enum h2_pseudo which)
{
	struct slice all = buf_slice(&h->pseudo);

	if (h->of[which].n == 0)
		return (struct slice){NULL, 0};
	return (struct slice){all.p + h->of[which].at, h->of[which].n};
}

static enum h2_pseudo pseudo_named(struct slice name)
{
	static const struct slice known[H2_PSEUDO_N] = {
		[H2_METHOD] = SLICE(":method"),
		[H2_SCHEME] = SLICE(":scheme"),
		[H2_AUTHORITY] = SLICE(":authority"),
		[H2_PATH] = SLICE(":path"),
	};
	int which = 0;

	while (which < H2_PSEUDO_N && !slice_equal(known[which], name))
		which++;
	return (enum h2_pseudo)which;
}

static enum status add_pseudo(struct h2_head *h, struct slice name,
			      struct slice value)
{
	enum h2_pseudo which = pseudo_named(name);

	if (h->begun)
		return malformed(h, "a pseudo-header behind a header");
	if (which == H2_PSEUDO_N)
		return malformed(h, "a pseudo-header that is not known");
	if (h->of[which].seen)
		return malformed(h, "a pseudo-header is repeated");
	if (!is_value(value))
		return malformed(h, "a pseudo-header's value is malformed");
	h->of[which].seen = true;
	h->of[which].at = (uint32_t)buf_len(&h->pseudo);
	h->of[which].n = (uint32_t)value.n;
	buf_append(&h->pseudo, value);
	return OK;
}

static enum status judge_pseudo(struct h2_head *h)
{
	struct slice scheme = pseudo_of(h, H2_SCHEME);
	struct slice path = pseudo_of(h, H2_PATH);

	if (slice_equal(pseudo_of(h, H2_METHOD), SLICE("CONNECT")))
		return refuse(h, ERR_UNSUPPORTED, 501,
			      "CONNECT and TRACE are not served");
	if (!h->of[H2_METHOD].seen || !h->of[H2_SCHEME].seen ||
	    !h->of[H2_PATH].seen)
		return malformed(h, "a pseudo-header is missing");
	if (!slice_equal(scheme, SLICE("http")) &&
	    !slice_equal(scheme, SLICE("https")))
		return malformed(h, ":scheme is not http or https");
	if (path.n == 0 || (path.p[0] != '/' && !slice_equal(path, SLICE("*"))))
		return malformed(h, ":path is no path");
	return OK;
}

/* The first header ends the pseudo-headers. */
static enum status begin_lines(struct h2_head *h)
{
	struct slice host = pseudo_of(h, H2_AUTHORITY);
	enum status st = OK;

	if (h->begun)
		return OK;
	h->begun = true;
	st = judge_pseudo(h);
	if (st != OK)
		return st;
	st = http_write_request(&h->text, pseudo_of(h, H2_METHOD),
				pseudo_of(h, H2_PATH));
	if (st != OK)
		return malformed(h, "the method or the path is malformed");
	/* An empty one is there, and malformed. */
	if (h->of[H2_AUTHORITY].seen)
		http_write_line(&h->text, SLICE("host"), host);
	return OK;
}

/* Beside :authority it must say the same (RFC 9113 8.3.1). */
static enum status add_host(struct h2_head *h, struct slice value)
{
	bool again = h->has_host;

	h->has_host = true;
	if (again)
		return malformed(h, "Host is repeated");
	if (!h->of[H2_AUTHORITY].seen) {
		http_write_line(&h->text, SLICE("host"), value);
		return OK;
	}
	if (!slice_equal_nocase(value, pseudo_of(h, H2_AUTHORITY)))
		return malformed(h, "Host is not what :authority says");
	return OK;
}

/* Clients may send a cookie in crumbs (RFC 9113 8.2.3). */
static void add_crumb(struct h2_head *h, struct slice value)
{
	if (buf_len(&h->cookie) > 0)
		buf_puts(&h->cookie, "; ");
	buf_append(&h->cookie, value);
}

static bool is_of_connection(enum http_name id)
{
	return id == HTTP_NAME_CONNECTION || id == HTTP_NAME_KEEP_ALIVE ||
	       id == HTTP_NAME_PROXY_CONNECTION ||
	       id == HTTP_NAME_TRANSFER_ENCODING || id == HTTP_NAME_UPGRADE;
}

static enum status add_header(struct h2_head *h, struct slice name,
			      struct slice value)
{
	enum http_name id = http_name_of(name);
	enum status st;

	if (!is_lower_token(name))
		return malformed(h, "a header's name is malformed");
	if (!is_value(value))
		return malformed(h, "a header's value is malformed");
	if (is_of_connection(id))
		return malformed(h, "a header that is of HTTP/1 connections");
	if (id == HTTP_NAME_TE && !slice_equal_nocase(value, SLICE("trailers")))
		return malformed(h, "TE says more than \"trailers\"");
	st = begin_lines(h);
	if (st != OK)
		return st;
	if (id == HTTP_NAME_HOST)
		return add_host(h, value);
	h->has_length |= id == HTTP_NAME_CONTENT_LENGTH;
	if (slice_equal(name, SLICE("cookie")))
		add_crumb(h, value);
	else
		http_write_line(&h->text, name, value);
	return OK;
}

static enum status charge(struct h2_head *h, struct slice name,
			  struct slice value)
{
	const struct http_limits *l = h->limits;

	if (l->max_header_bytes > 0 && name.n + value.n > l->max_header_bytes)
		return refuse(h, ERR_LIMIT, 431, "a header is too long");
	/* A line's colon, blank and end count as in HTTP/1. */
	h->bytes += name.n + value.n + 4;
	if (h->bytes > l->max_head_bytes)
		return refuse(h, ERR_LIMIT, 431, "the head is too long");
	if (++h->n_fields > l->max_headers + H2_PSEUDO_N)
		return refuse(h, ERR_LIMIT, 431, "there are too many headers");
	return OK;
}

enum status h2_head_add(struct h2_head *h, struct slice name,
			struct slice value)
{
	bool is_pseudo = name.n > 0 && name.p[0] == ':';
	bool is_path = slice_equal(name, SLICE(":path"));
	enum status st = OK;

	if (h->fault.status != 0)
		return ERR_INVALID;
	/* Of its own length, which has its own answer. */
	if (is_path && h->limits->max_target_bytes > 0 &&
	    value.n > h->limits->max_target_bytes)
		return refuse(h, ERR_LIMIT, 414, "the target is too long");
	st = charge(h, name, value);
	if (st != OK)
		return st;
	return is_pseudo ? add_pseudo(h, name, value)
			 : add_header(h, name, value);
}

enum status h2_head_end(struct h2_head *h, bool body, struct slice *text)
{
	enum status st = h->fault.status != 0 ? ERR_INVALID : begin_lines(h);

	if (st != OK)
		return st;
	if (buf_len(&h->cookie) > 0)
		http_write_line(&h->text, SLICE("cookie"),
				buf_slice(&h->cookie));
	if (body && !h->has_length)
		http_write_own(&h->text, "transfer-encoding", "chunked");
	http_write_end(&h->text);
	*text = buf_slice(&h->text);
	return OK;
}

bool h2_trailer_ok(struct slice name, struct slice value)
{
	return is_lower_token(name) && is_value(value) &&
	       !is_of_connection(http_name_of(name));
}
