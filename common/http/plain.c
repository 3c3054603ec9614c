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
static inline __m128i load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Shifted up until `last` is the greatest byte there is. */
static inline __m128i between(__m128i v, char first, char last)
{
	__m128i up = _mm_add_epi8(v, _mm_set1_epi8((char)(0x7f - last)));
	return _mm_cmpgt_epi8(up,
			      _mm_set1_epi8((char)(0x7f - last + first - 1)));
}

/* A bit for each of 16 bytes that is no letter, no digit and does not stand
 * from '-' to `last`, which is '.' or '/'. */
static inline unsigned no_word(const char *p, char last)
{
	__m128i v = load(p);
	__m128i letter = between(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a',
				 'z');
	__m128i other = between(v, '-', '9');
	if (last != '/')
		other = _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('/')),
					 other);
	return 0xffff ^
	       (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, other));
}

/* The same for what is no visible ASCII nor a blank: as signed bytes, 0x80
 * and above are below 0x20, too. */
static inline unsigned no_text(const char *p)
{
	__m128i v = load(p);
	return (unsigned)_mm_movemask_epi8(
		_mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
			     _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f))));
}
#endif

/* Everything here ends at a zero, of which enough stand behind the bytes for
 * nobody to look further. */
static inline const char *skip(const char *p, unsigned char what)
{
#if defined(__SSE2__)
	unsigned stop;
	while ((stop = no_word(p, what == TARGET ? '/' : '.')) == 0)
		p += 16;
	p += __builtin_ctz(stop);
#endif
	while (kind[(unsigned char)*p] & what)
		p++;
	return p;
}

/* To the first byte that is no visible ASCII nor a blank. */
static inline const char *skip_text(const char *p)
{
#if defined(__SSE2__)
	unsigned stop;
	while ((stop = no_text(p)) == 0)
		p += 16;
	return p + __builtin_ctz(stop);
#else
	while (*p >= 0x20 && *p < 0x7f)
		p++;
	return p;
#endif
}

/* Behind the line's end at `p`; NULL if there is none. */
static inline const char *end_line(const char *p)
{
	return memcmp(p, "\r\n", 2) == 0 ? p + 2 : NULL;
}

static inline struct slice span(const char *from, const char *to)
{
	return (struct slice){from, (size_t)(to - from)};
}

static const char *read_request_line(const char *p, struct http_head *out)
{
	static const char version[] = " HTTP/1.1\r\n";
	const char *at = skip(p, TOKEN);
	out->method_text = span(p, at);
	if (at == p || memcmp(at, " /", 2) != 0)
		return NULL;
	out->method = http_method_of(out->method_text);
	if (out->method == HTTP_METHOD_OTHER)
		return NULL;
	p = at + 1;
	at = skip(p, TARGET);
	out->target = span(p, at);
	if (memcmp(at, version, sizeof(version) - 1) != 0)
		return NULL;
	return at + sizeof(version) - 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *read_status_line(const char *p, struct http_head *out)
{
	static const char version[] = "HTTP/1.1 ";
	if (memcmp(p, version, sizeof(version) - 1) != 0)
		return NULL;
	p += sizeof(version) - 1;
	if (p[0] < '2' || p[0] > '5' || !is_digit(p[1]) || !is_digit(p[2]) ||
	    p[3] != ' ')
		return NULL;
	out->status = (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 +
				 (p[2] - '0'));
	const char *at = skip_text(p + 4);
	out->reason = span(p + 4, at);
	return out->reason.n > 0 ? end_line(at) : NULL;
}

/* Headers that llhttp looks into pass only in their plainest form. */
static bool is_plain(const struct http_seen *seen)
{
	if (seen->coding &&
	    (seen->length || seen->coding_again ||
	     !slice_equal_nocase(seen->coding->value, SLICE("chunked"))))
		return false;
	return !seen->others && !seen->length_again && !seen->length_bad;
}

/* False if there is one that is not plain. */
static bool name_headers(struct http_head *head, struct http_seen *seen)
{
	for (size_t i = 0; i < head->n_headers; i++) {
		struct http_header *h = &head->header[i];
		h->id = http_name_of(h->name);
		if (h->id < HTTP_NAME_CONTENT_LENGTH)
			continue;
		if (h->id == HTTP_NAME_PROXY_CONNECTION ||
		    h->id == HTTP_NAME_UPGRADE)
			return false;
		http_see(seen, h);
	}
	return is_plain(seen);
}

/* Behind the header; NULL if it is not plain. */
static inline const char *read_header(const char *p, struct http_header *h)
{
	const char *at = skip(p, TOKEN);
	if (at == p || *at != ':')
		return NULL;
	h->name = span(p, at);
	do
		at++;
	while (*at == ' ');
	p = at;
	at = skip_text(p);
	if (at == p || at[-1] == ' ')
		return NULL;
	h->value = span(p, at);
	return end_line(at);
}

/* Calls nobody, so that what the bytes are compared with stays where it
 * is. */
static const char *read_headers(const char *p, size_t room,
				struct http_head *out)
{
	struct http_header *h = out->header, *last = h + room;
	while (*p != '\r') {
		if (h == last)
			return NULL;
		p = read_header(p, h++);
		if (!p)
			return NULL;
	}
	out->n_headers = (size_t)(h - out->header);
	return end_line(p);
}

size_t http_plain_read(enum http_side side, const char *text,
		       struct http_header *header, size_t room,
		       struct http_head *out, struct http_seen *seen)
{
	const char *p;
	*seen = (struct http_seen){0};
	*out = (struct http_head){
		.minor = 1,
		.header = header,
		.content_length = -1,
		.lines_are_plain = true,
	};
	p = side == HTTP_SERVER ? read_request_line(text, out)
				: read_status_line(text, out);
	if (p)
		p = read_headers(p, room, out);
	return p && name_headers(out, seen) ? (size_t)(p - text) : 0;
}
