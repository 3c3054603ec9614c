#include "common/http/writer.h"

#include <string.h>

#include "common/base/assert.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{424, "Failed Dependency"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{499, "Client Closed Request"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
	{529, "Overloaded"},
};

/* Letters, digits and !#$%&'*+-.^_`|~ */
static const bool token_char[256] = {
	['!'] = 1,         ['#'] = 1,         ['$'] = 1, ['%'] = 1,
	['&'] = 1,         ['\''] = 1,        ['*'] = 1, ['+'] = 1,
	['-'] = 1,         ['.'] = 1,         ['^'] = 1, ['_'] = 1,
	['`'] = 1,         ['|'] = 1,         ['~'] = 1, ['0' ... '9'] = 1,
	['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

const char *http_reason(unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

bool http_is_token(struct slice s)
{
	bool all = true;
	for (size_t i = 0; i < s.n; i++)
		all &= token_char[(unsigned char)s.p[i]];
	return all && s.n > 0;
}

static bool is_text_byte(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* Sixteen bytes with no control byte but tab? Those are below 0x20 when
 * 0x80 and above count as negative. */
static bool are_text(const char *p)
{
#if defined(__SSE2__)
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i low = _mm_andnot_si128(_mm_cmplt_epi8(v, _mm_setzero_si128()),
				       _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)));
	__m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'));
	__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
	return _mm_movemask_epi8(
		       _mm_or_si128(_mm_andnot_si128(tab, low), del)) == 0;
#else
	(void)p;
	return false;
#endif
}

static bool is_short_text(struct slice s)
{
	char whole[17] = "                ";
	bool all = true;
	if (s.n > 0)
		memcpy(whole, s.p, s.n);
	if (are_text(whole))
		return true;
	for (size_t i = 0; i < s.n; i++)
		all &= is_text_byte((unsigned char)s.p[i]);
	return all;
}

bool http_is_field_value(struct slice s)
{
	size_t i = 0;
	if (s.n < 16)
		return is_short_text(s);
	while (s.n - i >= 16 && are_text(s.p + i))
		i += 16;
	if (s.n - i < 16 && are_text(s.p + s.n - 16))
		return true;
	for (; i < s.n; i++) {
		if (!is_text_byte((unsigned char)s.p[i]))
			return false;
	}
	return true;
}

static bool is_visible_byte(char c)
{
	return c > 0x20 && c != 0x7f;
}

/* Sixteen bytes of ASCII with no blank and no control byte? */
static bool are_visible(const char *p)
{
#if defined(__SSE2__)
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i above = _mm_cmpgt_epi8(v, _mm_set1_epi8(0x20));
	__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
	return _mm_movemask_epi8(_mm_andnot_si128(del, above)) == 0xffff;
#else
	(void)p;
	return false;
#endif
}

static bool is_visible(struct slice s)
{
	size_t i = 0;
	while (s.n - i >= 16 && are_visible(s.p + i))
		i += 16;
	for (; i < s.n; i++) {
		if (!is_visible_byte(s.p[i]))
			return false;
	}
	return s.n > 0;
}

void http_write_status(struct buf *b, unsigned status)
{
	if (LIKELY(status == 200)) {
		buf_append(b, SLICE("HTTP/1.1 200 OK\r\n"));
		return;
	}
	ASSERT(status >= 100 && status <= 999);
	buf_puts(b, "HTTP/1.1 ");
	char digit[4] = {(char)('0' + status / 100),
			 (char)('0' + status / 10 % 10),
			 (char)('0' + status % 10), ' '};
	buf_append(b, (struct slice){digit, 4});
	buf_puts(b, http_reason(status));
	buf_append(b, SLICE("\r\n"));
}

static char *put(char *to, struct slice s)
{
	memcpy(to, s.p, s.n);
	return to + s.n;
}

enum status http_write_request(struct buf *b, struct slice method,
			       struct slice target)
{
	static const struct slice end = SLICE(" HTTP/1.1\r\n");
	size_t n = method.n + 1 + target.n + end.n;
	char *p;
	if (!http_is_token(method) || !is_visible(target))
		return ERR_INVALID;
	p = buf_reserve(b, n);
	p = put(p, method);
	*p++ = ' ';
	p = put(p, target);
	put(p, end);
	buf_commit(b, n);
	return OK;
}

enum status http_write_header(struct buf *b, struct slice name,
			      struct slice value)
{
	if (!http_is_token(name) || !http_is_field_value(value))
		return ERR_INVALID;
	http_write_line(b, name, value);
	return OK;
}

/* Lines that stand behind one another are copied as one. */
static void pass_lines(struct buf *b, const struct http_head *h,
		       bool (*passes)(const struct http_head *h,
				      const struct http_header *header))
{
	struct slice run = {NULL, 0};
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *it = &h->header[i];
		if (!passes(h, it))
			continue;
		const char *end = it->value.p + it->value.n + 2;
		if (run.p + run.n != it->name.p) {
			buf_append(b, run);
			run.p = it->name.p;
		}
		run.n = (size_t)(end - run.p);
	}
	buf_append(b, run);
}

void http_write_passing(struct buf *b, const struct http_head *h,
			bool (*passes)(const struct http_head *h,
				       const struct http_header *header))
{
	if (h->lines_are_plain) {
		pass_lines(b, h, passes);
		return;
	}
	for (size_t i = 0; i < h->n_headers; i++)
		if (passes(h, &h->header[i]) &&
		    http_is_field_value(h->header[i].value))
			http_write_line(b, h->header[i].name,
					h->header[i].value);
}

struct slice http_digits(uint64_t value, char text[HTTP_NUMBER_BYTES])
{
	char *end = text + HTTP_NUMBER_BYTES;
	char *first = digits_before(end, value);

	return (struct slice){first, (size_t)(end - first)};
}

size_t http_chunk_head(char out[HTTP_CHUNK_HEAD_BYTES], size_t n)
{
	ASSERT(n > 0);
	int digits = (67 - __builtin_clzll((unsigned long long)n)) / 4;
	for (int i = digits; i > 0; i--, n >>= 4)
		out[i - 1] = "0123456789abcdef"[n & 15];
	out[digits] = '\r';
	out[digits + 1] = '\n';
	return (size_t)digits + 2;
}
