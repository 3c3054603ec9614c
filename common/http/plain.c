#include "common/http/plain.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { TOKEN = 1, TARGET = 2 };

/* Target: of RFC 3986 what neither of us takes for an end or a part. */
static const unsigned char kind[256] = {
	['!'] = 3,         ['#'] = 1,         ['$'] = 3, ['%'] = 3,
	['&'] = 3,         ['\''] = 3,        ['*'] = 3, ['+'] = 3,
	['-'] = 3,         ['.'] = 3,         ['^'] = 1, ['_'] = 3,
	['`'] = 1,         ['|'] = 1,         ['~'] = 3, ['/'] = 2,
	[':'] = 2,         ['@'] = 2,         ['='] = 2, [','] = 2,
	['('] = 2,         [')'] = 2,         ['?'] = 2, ['0' ... '9'] = 3,
	['A' ... 'Z'] = 3, ['a' ... 'z'] = 3,
};

#if defined(__SSE2__)
static inline __m128i between(__m128i v, char first, char last)
{
	return _mm_and_si128(
		_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(first - 1))),
		_mm_cmplt_epi8(v, _mm_set1_epi8((char)(last + 1))));
}
#endif

/* Past letters, digits and what stands from '-' to `last`, which is '.' or
 * '/', sixteen at a time. */
static inline const char *skip_word(const char *p, const char *end, char last)
{
#if defined(__SSE2__)
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i low = _mm_or_si128(v, _mm_set1_epi8(0x20));
		__m128i letter = between(low, 'a', 'z');
		__m128i digit = between(v, '0', '9');
		__m128i dash = between(v, '-', last);
		unsigned mask = (unsigned)_mm_movemask_epi8(
			_mm_or_si128(_mm_or_si128(letter, digit), dash));
		if (mask != 0xffff)
			return p + __builtin_ctz(~mask);
	}
#endif
	return p;
}

static inline const char *skip(const char *p, const char *end,
			       unsigned char what)
{
	p = skip_word(p, end, what == TARGET ? '/' : '.');
	while (p < end && (kind[(unsigned char)*p] & what))
		p++;
	return p;
}

/* To the first byte that is no visible ASCII nor a blank. */
static const char *skip_text(const char *p, const char *end)
{
#if defined(__SSE2__)
	const __m128i least = _mm_set1_epi8(0x20), del = _mm_set1_epi8(0x7f);
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* As signed bytes, 0x80 and above are below 0x20, too. */
		__m128i stop = _mm_or_si128(_mm_cmplt_epi8(v, least),
					    _mm_cmpeq_epi8(v, del));
		unsigned mask = (unsigned)_mm_movemask_epi8(stop);
		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && *p >= 0x20 && *p < 0x7f)
		p++;
	return p;
}

/* Behind the line's end at `p`; NULL if there is none. */
static const char *end_line(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

static struct slice span(const char *from, const char *to)
{
	return (struct slice){from, (size_t)(to - from)};
}

static const char *read_request_line(const char *p, const char *end,
				     struct http_head *out)
{
	static const struct slice version = SLICE(" HTTP/1.1\r\n");
	const char *at = skip(p, end, TOKEN);
	out->method_text = span(p, at);
	out->method = http_method_of(out->method_text);
	if (out->method == HTTP_METHOD_OTHER || end - at < 2 || at[0] != ' ' ||
	    at[1] != '/')
		return NULL;
	p = at + 1;
	at = skip(p, end, TARGET);
	out->target = span(p, at);
	if (!slice_starts(span(at, end), version))
		return NULL;
	return at + version.n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *read_status_line(const char *p, const char *end,
				    struct http_head *out)
{
	static const struct slice version = SLICE("HTTP/1.1 ");
	if (!slice_starts(span(p, end), version) || end - p < 14)
		return NULL;
	p += version.n;
	if (p[0] < '2' || p[0] > '5' || !is_digit(p[1]) || !is_digit(p[2]) ||
	    p[3] != ' ')
		return NULL;
	out->status = (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 +
				 (p[2] - '0'));
	const char *at = skip_text(p + 4, end);
	out->reason = span(p + 4, at);
	return out->reason.n > 0 ? end_line(at, end) : NULL;
}

static bool is_length(struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!is_digit(value.p[i]))
			return false;
	return value.n <= 18;
}

/* Headers that llhttp looks into pass only in their plainest form. */
static bool is_plain(const struct http_header *h, bool *length)
{
	switch (h->id) {
	case HTTP_NAME_CONNECTION:
		return slice_equal_nocase(h->value, SLICE("keep-alive")) ||
		       slice_equal_nocase(h->value, SLICE("close"));
	case HTTP_NAME_CONTENT_LENGTH:
		if (*length)
			return false;
		*length = true;
		return is_length(h->value);
	case HTTP_NAME_PROXY_CONNECTION:
	case HTTP_NAME_TRANSFER_ENCODING:
	case HTTP_NAME_UPGRADE: return false;
	default: return true;
	}
}

/* Behind the header; NULL if it is not plain. */
static const char *read_header(const char *p, const char *end,
			       struct http_header *h, bool *length)
{
	const char *at = skip(p, end, TOKEN);
	h->name = span(p, at);
	if (h->name.n == 0 || at == end || *at != ':')
		return NULL;
	for (at++; at < end && *at == ' ';)
		at++;
	p = at;
	at = skip_text(p, end);
	h->value = span(p, at);
	h->id = http_name_of(h->name);
	if (h->value.n == 0 || at[-1] == ' ' || !is_plain(h, length))
		return NULL;
	return end_line(at, end);
}

size_t http_plain_read(enum http_side side, struct slice bytes,
		       struct http_header *header, size_t room,
		       struct http_head *out)
{
	const char *end = bytes.p + bytes.n;
	bool length = false;
	*out = (struct http_head){
		.minor = 1,
		.header = header,
		.content_length = -1,
		.lines_are_plain = true,
	};
	const char *p = side == HTTP_SERVER
				? read_request_line(bytes.p, end, out)
				: read_status_line(bytes.p, end, out);
	while (p && p < end && *p != '\r') {
		if (out->n_headers == room)
			return 0;
		p = read_header(p, end, &header[out->n_headers++], &length);
	}
	p = p ? end_line(p, end) : NULL;
	return p ? (size_t)(p - bytes.p) : 0;
}
