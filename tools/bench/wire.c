#include "tools/bench/wire.h"

#include <string.h>

#define MAX_HEAD  (64 * 1024)
#define MAX_CHUNK (1u << 30)

static void read_header(struct slice line, struct wire_head *out,
			enum status *status)
{
	struct slice name = slice_split(&line, ':');
	struct slice value = slice_trim(line);

	if (slice_equal_nocase(name, SLICE("content-length"))) {
		if (slice_to_u64(value, MAX_CHUNK, &out->content_length) != OK)
			*status = ERR_INVALID;
		out->has_length = true;
	} else if (slice_equal_nocase(name, SLICE("transfer-encoding"))) {
		if (!slice_equal_nocase(value, SLICE("chunked")))
			*status = ERR_INVALID;
		out->chunked = true;
	} else if (slice_equal_nocase(name, SLICE("connection"))) {
		out->close = slice_equal_nocase(value, SLICE("close"));
	}
}

static struct slice next_line(struct slice *rest)
{
	struct slice line = slice_split(rest, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum status wire_head_parse(struct slice bytes, struct wire_head *out)
{
	const char *end = bytes.n ? memmem(bytes.p, bytes.n, "\r\n\r\n", 4)
				  : NULL;
	enum status status = OK;
	struct wire_head made = {0};

	if (!end)
		return bytes.n > MAX_HEAD ? ERR_LIMIT : ERR_AGAIN;
	made.head_bytes = (size_t)(end - bytes.p) + 4;
	struct slice rest = {bytes.p, made.head_bytes - 2};

	made.first = next_line(&rest);
	while (rest.n > 0)
		read_header(next_line(&rest), &made, &status);
	if (made.has_length && made.chunked)
		return ERR_INVALID;
	if (status == OK)
		*out = made;
	return status;
}

enum { SIZE, SIZE_LF, DATA, DATA_CR, DATA_LF, END_CR, END_LF };

static enum status size_byte(struct wire_chunks *c, char byte)
{
	int digit = hex_digit(byte);

	if (byte == '\r') {
		c->state = SIZE_LF;
		return OK;
	}
	if (digit < 0 || c->left > MAX_CHUNK)
		return ERR_INVALID;
	c->left = c->left * 16 + (uint64_t)digit;
	return OK;
}

static enum status expect(struct wire_chunks *c, char byte, char wanted,
			  int then)
{
	if (byte != wanted)
		return ERR_INVALID;
	c->state = then;
	return OK;
}

static enum status framing_byte(struct wire_chunks *c, char byte)
{
	switch (c->state) {
	case SIZE: return size_byte(c, byte);
	case SIZE_LF: return expect(c, byte, '\n', c->left ? DATA : END_CR);
	case DATA_CR: return expect(c, byte, '\r', DATA_LF);
	case DATA_LF: return expect(c, byte, '\n', SIZE);
	case END_CR: return expect(c, byte, '\r', END_LF);
	}
	c->done = byte == '\n';
	return expect(c, byte, '\n', SIZE);
}

enum status wire_chunks_next(struct wire_chunks *c, struct slice *bytes,
			     struct slice *out)
{
	size_t used = 0;

	*out = (struct slice){0};
	while (used < bytes->n && c->state != DATA && !c->done) {
		enum status status = framing_byte(c, bytes->p[used++]);

		if (status != OK)
			return status;
	}
	*bytes = slice_from(*bytes, used);
	if (c->state != DATA)
		return OK;
	size_t n = c->left < bytes->n ? (size_t)c->left : bytes->n;

	*out = (struct slice){bytes->p, n};
	*bytes = slice_from(*bytes, n);
	c->left -= n;
	if (c->left == 0)
		c->state = DATA_CR;
	return OK;
}
