#include "router/tracing/context.h"

#include <string.h>

/* Where its fields begin. */
enum { VERSION = 0, TRACE_ID = 3, SPAN_ID = 36, FLAGS = 53 };

/* Lower case alone: another spelling would be another id to some. */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `n` bytes of two digits each; false if one is none. */
static bool read_hex(const char *from, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = digit_of(from[2 * i]);
		int low = digit_of(from[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static char *put_hex(char *to, const uint8_t *from, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digit[from[i] >> 4];
		*to++ = digit[from[i] & 15];
	}
	return to;
}

static uint64_t number_of(const uint8_t byte[8])
{
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n = n << 8 | byte[i];
	return n;
}

static void bytes_of(uint64_t n, uint8_t byte[8])
{
	for (size_t i = 8; i > 0; i--, n >>= 8)
		byte[i - 1] = (uint8_t)n;
}

/* The dashes are where they belong, and nothing follows that may not. */
static bool has_shape(struct slice s)
{
	if (s.n < TRACE_CONTEXT_CHARS || s.p[TRACE_ID - 1] != '-' ||
	    s.p[SPAN_ID - 1] != '-' || s.p[FLAGS - 1] != '-')
		return false;
	if (s.n == TRACE_CONTEXT_CHARS)
		return true;
	/* Later versions may have more fields; 00 has not. */
	return s.p[TRACE_CONTEXT_CHARS] == '-' &&
	       memcmp(s.p + VERSION, "00", 2) != 0;
}

static bool all_zero(const uint8_t *byte, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= byte[i];
	return any == 0;
}

enum status trace_context_parse(struct slice s, struct trace_context *out)
{
	struct trace_context c;
	uint8_t version, span[8];

	if (!has_shape(s) || !read_hex(s.p + VERSION, &version, 1) ||
	    !read_hex(s.p + TRACE_ID, c.trace_id, TRACE_ID_BYTES) ||
	    !read_hex(s.p + SPAN_ID, span, sizeof(span)) ||
	    !read_hex(s.p + FLAGS, &c.flags, 1))
		return ERR_INVALID;
	c.span_id = number_of(span);
	if (version == 0xff || c.span_id == 0 ||
	    all_zero(c.trace_id, TRACE_ID_BYTES))
		return ERR_INVALID;
	*out = c;
	return OK;
}

struct slice trace_id_hex(const uint8_t id[TRACE_ID_BYTES],
			  char out[2 * TRACE_ID_BYTES])
{
	put_hex(out, id, TRACE_ID_BYTES);
	return (struct slice){out, 2 * TRACE_ID_BYTES};
}

struct slice span_id_hex(uint64_t id, char out[16])
{
	uint8_t byte[8];

	bytes_of(id, byte);
	put_hex(out, byte, sizeof(byte));
	return (struct slice){out, 16};
}

struct slice trace_context_write(const struct trace_context *c,
				 char out[TRACE_CONTEXT_CHARS])
{
	/* Of the flags those that version 00 knows (section 3.2.2.5). */
	uint8_t flags = c->flags & (TRACE_SAMPLED | TRACE_RANDOM);

	memset(out, '-', TRACE_CONTEXT_CHARS);
	memcpy(out + VERSION, "00", 2);
	trace_id_hex(c->trace_id, out + TRACE_ID);
	span_id_hex(c->span_id, out + SPAN_ID);
	put_hex(out + FLAGS, &flags, 1);
	return (struct slice){out, TRACE_CONTEXT_CHARS};
}
