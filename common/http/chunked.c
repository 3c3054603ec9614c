#include "common/http/chunked.h"

#include "common/base/assert.h"
#include "common/http/rules.h"
#include "common/http/writer.h"

enum {
	SIZE_FIRST, /* a digit must come */
	SIZE,
	/* An extension: ";name", ";name=token" or ";name=\"text\"". */
	EXTENSION_FIRST,
	EXTENSION_NAME,
	EXTENSION_VALUE, /* its first byte */
	EXTENSION_TOKEN,
	EXTENSION_QUOTED,
	EXTENSION_ESCAPED,
	EXTENSION_END, /* behind the quote */
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, /* at a line's start */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	DONE,
};

void http_chunked_init(struct http_chunked *c, const struct http_limits *limits)
{
	*c = (struct http_chunked){.state = SIZE_FIRST, .limits = limits};
}

bool http_chunked_done(const struct http_chunked *c)
{
	return c->state == DONE;
}

uint64_t http_chunked_due(const struct http_chunked *c)
{
	return c->state == DATA ? c->left : 0;
}

static enum status fault(struct http_chunked *c, enum status st,
			 const char *why)
{
	c->why = why;
	return st;
}

/* One more than what the digit stands for; 0: it is none. */
static const uint8_t hex_value[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* By a table: chunks are read for every event of a stream. */
static int size_digit(char c)
{
	return hex_value[(unsigned char)c] - 1;
}

static enum status take_size(struct http_chunked *c, char byte)
{
	int digit = size_digit(byte);
	if (digit >= 0) {
		if (c->left >> 59)
			return fault(c, ERR_LIMIT, "a chunk is too large");
		c->left = c->left << 4 | (uint64_t)digit;
		c->state = SIZE;
		return OK;
	}
	if (c->state == SIZE_FIRST)
		return fault(c, ERR_INVALID, "a chunk has no size");
	if (byte == ';')
		c->state = EXTENSION_FIRST;
	else if (byte == '\r')
		c->state = SIZE_LF;
	else
		return fault(c, ERR_INVALID, "a chunk's size is malformed");
	return OK;
}

static bool is_token(char byte)
{
	return http_is_token((struct slice){&byte, 1});
}

/* Behind a name or a value; no blank may stand there. */
static enum status end_extension(struct http_chunked *c, char byte)
{
	if (byte == ';')
		c->state = EXTENSION_FIRST;
	else if (byte == '\r')
		c->state = SIZE_LF;
	else
		return fault(c, ERR_INVALID,
			     "a chunk's extension is malformed");
	return OK;
}

static enum status take_extension(struct http_chunked *c, char byte)
{
	bool token = is_token(byte);
	switch (c->state) {
	case EXTENSION_NAME:
		if (byte == '=') {
			c->state = EXTENSION_VALUE;
			return OK;
		}
		return token ? OK : end_extension(c, byte);
	case EXTENSION_TOKEN: return token ? OK : end_extension(c, byte);
	case EXTENSION_END: return end_extension(c, byte);
	case EXTENSION_VALUE:
		c->state = byte == '"' ? EXTENSION_QUOTED : EXTENSION_TOKEN;
		token |= byte == '"';
		break;
	default: c->state = EXTENSION_NAME; break;
	}
	/* A first byte. */
	return token ? OK
		     : fault(c, ERR_INVALID,
			     "a chunk's extension is malformed");
}

static bool is_text(char byte)
{
	return http_is_field_value((struct slice){&byte, 1});
}

/* A line's end within quotes is one to some readers, and text to others. */
static enum status take_quoted(struct http_chunked *c, char byte)
{
	if (!is_text(byte))
		return fault(c, ERR_INVALID,
			     "a control byte in a chunk's extension");
	if (c->state == EXTENSION_QUOTED && byte == '"')
		c->state = EXTENSION_END;
	else if (c->state == EXTENSION_QUOTED && byte == '\\')
		c->state = EXTENSION_ESCAPED;
	else
		c->state = EXTENSION_QUOTED;
	return OK;
}

static enum status take_value(struct http_chunked *c, char byte)
{
	if (byte == '\r')
		c->state = TRAILER_LF;
	else if (!is_text(byte))
		return fault(c, ERR_INVALID, "a control byte in a trailer");
	return OK;
}

/* Framing, routing and credentials have their say in the head alone (RFC
 * 9110 6.5.1). */
static const char *const header_only[] = {
	"accept-encoding",
	"authorization",
	"connection",
	"content-encoding",
	"content-length",
	"content-type",
	"expect",
	"host",
	"http2-settings",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"x-request-id",
};

/* Names come byte by byte: those that it cannot be any more drop out. */
static void match_name(struct http_chunked *c, char byte)
{
	char lower = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
	if (c->state == TRAILER) {
		c->candidates = (1u << ARRAY_LEN(header_only)) - 1;
		c->name_bytes = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(header_only); i++)
		if ((c->candidates >> i & 1) &&
		    header_only[i][c->name_bytes] != lower)
			c->candidates &= ~(1u << i);
	c->name_bytes += c->candidates != 0;
}

static enum status end_name(struct http_chunked *c)
{
	for (size_t i = 0; i < ARRAY_LEN(header_only); i++)
		if ((c->candidates >> i & 1) &&
		    header_only[i][c->name_bytes] == '\0')
			return fault(c, ERR_INVALID,
				     "a trailer that may only be a header");
	c->state = TRAILER_VALUE;
	return OK;
}

static enum status take_name(struct http_chunked *c, char byte)
{
	if (byte == ':' && c->state == TRAILER_NAME)
		return end_name(c);
	if (!is_token(byte))
		return fault(c, ERR_INVALID, "a trailer is malformed");
	match_name(c, byte);
	c->state = TRAILER_NAME;
	return OK;
}

static enum status take_end_of_line(struct http_chunked *c, char byte,
				    uint8_t then)
{
	if (byte != '\n')
		return fault(c, ERR_INVALID,
			     "a line of the chunked coding has no LF");
	c->state = then;
	return OK;
}

static enum status take_size_lf(struct http_chunked *c, char byte)
{
	c->line_bytes = 0;
	return take_end_of_line(c, byte, c->left > 0 ? DATA : TRAILER);
}

static enum status take_data_cr(struct http_chunked *c, char byte)
{
	if (byte != '\r')
		return fault(c, ERR_INVALID, "a chunk is longer than its size");
	c->state = DATA_LF;
	return OK;
}

/* One byte that is not data. */
static enum status take_byte(struct http_chunked *c, char byte)
{
	switch (c->state) {
	case SIZE_FIRST:
	case SIZE: return take_size(c, byte);
	case EXTENSION_QUOTED:
	case EXTENSION_ESCAPED: return take_quoted(c, byte);
	case SIZE_LF: return take_size_lf(c, byte);
	case DATA_CR: return take_data_cr(c, byte);
	case DATA_LF: c->left = 0; return take_end_of_line(c, byte, SIZE_FIRST);
	case TRAILER:
		if (byte == '\r') {
			c->state = LAST_LF;
			return OK;
		}
		return take_name(c, byte);
	case TRAILER_NAME: return take_name(c, byte);
	case TRAILER_VALUE: return take_value(c, byte);
	case TRAILER_LF: return take_end_of_line(c, byte, TRAILER);
	case LAST_LF: return take_end_of_line(c, byte, DONE);
	default: return take_extension(c, byte);
	}
}

static enum status count_trailer(struct http_chunked *c)
{
	size_t most = c->limits->max_trailer_bytes;
	return ++c->line_bytes > (most ? most : HTTP_MAX_TRAILER_BYTES)
		       ? fault(c, ERR_LIMIT, "the trailers are too long")
		       : OK;
}

static enum status count_byte(struct http_chunked *c)
{
	size_t most = c->limits->max_extension_bytes;
	if (c->state >= TRAILER)
		return count_trailer(c);
	if (c->state >= EXTENSION_FIRST && c->state <= EXTENSION_END &&
	    ++c->extension_bytes > (most ? most : HTTP_MAX_EXTENSION_BYTES))
		return fault(c, ERR_LIMIT,
			     "the chunks' extensions are too long");
	return ++c->line_bytes > HTTP_MAX_CHUNK_LINE
		       ? fault(c, ERR_LIMIT, "a chunk's line is too long")
		       : OK;
}

static bool is_crlf(const char *p)
{
	return p[0] == '\r' && p[1] == '\n';
}

/* The usual line, whole and without an extension, of a chunk with data: as
 * the bytes one by one would be taken. Returns how many it is, or 0 with
 * nothing changed. */
static size_t take_plain_line(struct http_chunked *c, struct slice bytes)
{
	size_t at = 0, digits;
	uint64_t n = 0;
	int digit;
	if (c->state == DATA_CR) {
		if (bytes.n < 2 || !is_crlf(bytes.p))
			return 0;
		at = 2;
	} else if (c->state != SIZE_FIRST) {
		return 0;
	}
	for (digits = 0; digits < 8 && at < bytes.n; digits++, at++) {
		digit = size_digit(bytes.p[at]);
		if (digit < 0)
			break;
		n = n << 4 | (uint64_t)digit;
	}
	if (n == 0 || bytes.n - at < 2 || !is_crlf(bytes.p + at))
		return 0;
	c->left = n;
	c->line_bytes = 0;
	c->state = DATA;
	return at + 2;
}

struct slice http_chunked_whole(const struct http_chunked *c,
				struct slice bytes, size_t *whole)
{
	struct slice none = {NULL, 0};
	size_t at = 0, n = 0;
	if (c->state != SIZE_FIRST)
		return none;
	for (; at < 8 && at < bytes.n; at++) {
		int digit = size_digit(bytes.p[at]);
		if (digit < 0)
			break;
		n = n << 4 | (size_t)digit;
	}
	*whole = at + n + 4;
	if (n == 0 || bytes.n < *whole || !is_crlf(bytes.p + at) ||
	    !is_crlf(bytes.p + at + 2 + n))
		return none;
	return (struct slice){bytes.p + at + 2, n};
}

/* Behind a chunk's data; what is not there yet comes byte by byte. */
static size_t take_data_end(struct http_chunked *c, struct slice bytes)
{
	c->state = DATA_CR;
	if (bytes.n < 2 || !is_crlf(bytes.p))
		return 0;
	c->state = SIZE_FIRST;
	c->line_bytes = 2;
	return 2;
}

enum status http_chunked_step(struct http_chunked *c, struct slice bytes,
			      size_t *consumed, struct slice *data)
{
	size_t at = take_plain_line(c, bytes);
	*data = (struct slice){NULL, 0};
	while (at < bytes.n && c->state != DATA && c->state != DONE) {
		enum status st = count_byte(c);
		if (st == OK)
			st = take_byte(c, bytes.p[at]);
		if (st != OK) {
			*consumed = at;
			return st;
		}
		at++;
	}
	if (c->state == DATA && at < bytes.n) {
		size_t n = bytes.n - at;
		if (n > c->left)
			n = (size_t)c->left;
		*data = (struct slice){bytes.p + at, n};
		at += n;
		c->left -= n;
		if (c->left == 0)
			at += take_data_end(c, slice_from(bytes, at));
	}
	*consumed = at;
	return OK;
}
