#include "common/json/scan.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/json/escape.h"
#include "common/json/span.h"
#include "common/json/string.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static bool fail(struct json_scan *s, const char *why)
{
	return json_fail(s, ERR_INVALID, why);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool skip_some_blanks(struct json_scan *s)
{
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
	if (LIKELY(s->p < s->end))
		return true;
	return fail(s, "the text ends too soon");
}

/* False, a fault, if nothing but blanks is left. */
static inline bool skip_blanks(struct json_scan *s)
{
	if (LIKELY(s->p < s->end && (unsigned char)*s->p > ' '))
		return true;
	return skip_some_blanks(s);
}

/* Behind the UTF-8 sequences at `p`; NULL if one is malformed. */
static const char *skip_utf8(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p >= 0x80) {
		size_t n = json_utf8_length(p, end);
		if (n == 0)
			return NULL;
		p += n;
	}
	return p;
}

/* One step over what is not plain, at s->p < s->end. */
static bool skip_special(struct json_scan *s)
{
	unsigned char c = (unsigned char)*s->p;
	if (c == '\\') {
		char ignored[4];
		const char *why;
		return json_escape(&s->p, s->end, ignored, &why) > 0 ||
		       fail(s, why);
	}
	if (c < 0x20)
		return fail(s, "a control character in a string");
	const char *next = skip_utf8(s->p, s->end);
	if (!next)
		return fail(s, "a string that is not UTF-8");
	s->p = next;
	return true;
}

/* Bytes in which something usual ends, with what stands behind it. */
#define NEAR 20

static inline bool is_near_end(const struct json_scan *s, const char *p)
{
	return s->end - p < NEAR;
}

#if defined(__SSE2__)
/* A bit for each of 16 bytes that ends what is plain in a string. */
static inline unsigned not_plain(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* As signed bytes, 0x80 and above are below 0x20, too. */
	__m128i stop = _mm_or_si128(
		_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
			     _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
		_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)));
	return (unsigned)_mm_movemask_epi8(stop);
}
#endif

/* The quote at the end of a string that is plain and short, as names are and
 * most values, of which `p` is the first of 16 bytes; else NULL. */
static inline const char *near_quote(const char *p, const char *end)
{
#if defined(__SSE2__)
	unsigned mask = not_plain(p);
	if (mask == 0 && end - p >= 34) {
		p += 16;
		mask = not_plain(p);
	}
	if (mask == 0 || p[__builtin_ctz(mask)] != '"')
		return NULL;
	return p + __builtin_ctz(mask);
#else
	(void)p;
	(void)end;
	return NULL;
#endif
}

/* s->p is at the opening quote. */
static bool take_string(struct json_scan *s)
{
	s->p++;
	for (;;) {
		s->p = json_skip_plain(s->p, s->end);
		if (s->p == s->end)
			return fail(s, "the text ends inside a string");
		if (*s->p == '"')
			break;
		if (!skip_special(s))
			return false;
	}
	s->p++;
	return true;
}

static inline bool is_digit(const struct json_scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool take_digits(struct json_scan *s)
{
	const char *p = s->p, *end = s->end;
	if (!is_digit(s))
		return fail(s, "a malformed number");
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	s->p = p;
	return true;
}

static inline bool take_char(struct json_scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool take_number_text(struct json_scan *s)
{
	take_char(s, '-');
	if (take_char(s, '0')) {
		if (is_digit(s))
			return fail(s, "a number with a leading zero");
	} else if (!take_digits(s)) {
		return false;
	}
	if (take_char(s, '.') && !take_digits(s))
		return false;
	if (take_char(s, 'e') || take_char(s, 'E')) {
		if (!take_char(s, '+'))
			take_char(s, '-');
		return take_digits(s);
	}
	return true;
}

/* Converting one may take the square of its length. */
static bool take_number(struct json_scan *s)
{
	const char *start = s->p;
	if (!take_number_text(s))
		return false;
	if (s->max_number_bytes > 0 &&
	    (size_t)(s->p - start) > s->max_number_bytes)
		return json_fail(s, ERR_LIMIT, "a number is too long");
	return true;
}

static bool take_word(struct json_scan *s, struct slice word)
{
	struct slice left = {s->p, (size_t)(s->end - s->p)};
	if (!slice_starts(left, word))
		return fail(s, "something that is no JSON value");
	s->p += word.n;
	return true;
}

/* By a value's first byte, one more than its type; 0: none begins so. */
static const uint8_t type_of[256] = {
	['{'] = JSON_TYPE_OBJECT + 1,         ['['] = JSON_TYPE_ARRAY + 1,
	['"'] = JSON_TYPE_STRING + 1,         ['t'] = JSON_TYPE_TRUE + 1,
	['f'] = JSON_TYPE_FALSE + 1,          ['n'] = JSON_TYPE_NULL + 1,
	['0' ... '9'] = JSON_TYPE_NUMBER + 1, ['-'] = JSON_TYPE_NUMBER + 1,
};

static inline bool type_at(struct json_scan *s, enum json_type *out)
{
	uint8_t type = type_of[(unsigned char)*s->p];
	if (UNLIKELY(type == 0))
		return fail(s, "something that is no JSON value");
	*out = (enum json_type)(type - 1);
	return true;
}

static inline bool take_scalar(struct json_scan *s, enum json_type type)
{
	if (LIKELY(type == JSON_TYPE_STRING))
		return take_string(s);
	switch (type) {
	case JSON_TYPE_NULL: return take_word(s, SLICE("null"));
	case JSON_TYPE_FALSE: return take_word(s, SLICE("false"));
	case JSON_TYPE_TRUE: return take_word(s, SLICE("true"));
	default: return take_number(s);
	}
}

static bool enter(struct json_scan *s)
{
	if (s->depth == s->max_depth)
		return json_fail(s, ERR_LIMIT, "nested too deeply");
	s->depth++;
	s->first = true;
	s->p++;
	return true;
}

/* Before the next thing in a container: true if there is one. */
static inline bool next_in(struct json_scan *s, char close)
{
	if (s->status != OK || !skip_blanks(s))
		return false;
	bool first = s->first;
	s->first = false;
	if (take_char(s, close)) {
		s->depth--;
		return false;
	}
	if (first)
		return true;
	if (!take_char(s, ','))
		return fail(s, "a comma or a closing bracket is missing");
	return skip_blanks(s);
}

/* A member's name as machines write it: short, behind its comma, with its
 * colon, and one blank between at most. Takes that, or nothing. */
static inline bool take_usual_name(struct json_scan *s, struct slice *key)
{
	const char *p = s->p, *quote;
	if (is_near_end(s, p))
		return false;
	if (!s->first && *p++ != ',')
		return false;
	if (*p == ' ')
		p++;
	if (*p != '"')
		return false;
	quote = near_quote(p + 1, s->end);
	if (!quote || quote[1] != ':')
		return false;
	*key = (struct slice){p, (size_t)(quote + 1 - p)};
	s->p = quote + 2;
	s->first = false;
	return true;
}

static inline bool ends_value(char c)
{
	return c == ',' || c == '}' || c == ']';
}

/* Behind a whole number of fewer digits than are near; NULL if there is
 * none. */
static inline const char *skip_usual_number(const char *p)
{
	const char *at = p;
	while (*at >= '0' && *at <= '9' && at < p + NEAR - 2)
		at++;
	if (at == p || !ends_value(*at) || (*p == '0' && at != p + 1))
		return NULL;
	return at;
}

/* A value as machines write most: a short string or a whole number, with one
 * blank before it at most. Takes that, or nothing. */
static inline bool take_usual_value(struct json_scan *s, struct json_value *out)
{
	const char *p = s->p, *at;
	bool text;
	if (is_near_end(s, p))
		return false;
	if (*p == ' ')
		p++;
	text = *p == '"';
	at = text ? near_quote(p + 1, s->end) : skip_usual_number(p);
	if (!at)
		return false;
	at += text;
	out->type = text ? JSON_TYPE_STRING : JSON_TYPE_NUMBER;
	out->raw = (struct slice){p, (size_t)(at - p)};
	s->p = at;
	return true;
}

/* Which of the open containers are objects, a bit a level. */
struct nest {
	uint64_t object[JSON_MAX_DEPTH / 64 + 1];
};

static void nest_set(struct nest *n, unsigned depth, bool object)
{
	uint64_t bit = 1ull << depth % 64;
	uint64_t *word = &n->object[depth / 64];
	*word = object ? *word | bit : *word & ~bit;
}

static bool nest_get(const struct nest *n, unsigned depth)
{
	return n->object[depth / 64] >> depth % 64 & 1;
}

/* Leaves what is at its end. True if a value comes then, at a level deeper
 * than `outside`. */
static bool next_inside(struct json_scan *s, const struct nest *n,
			unsigned outside)
{
	struct slice key;
	while (s->status == OK && s->depth > outside) {
		bool object = nest_get(n, s->depth);
		if (object ? json_member(s, &key) : json_element(s))
			return true;
	}
	return false;
}

/* Passes what is usual, up to a value that is not: false if there is none. */
static bool next_unusual(struct json_scan *s, const struct nest *n,
			 unsigned outside, enum json_type *type)
{
	struct json_value passed;
	while (next_inside(s, n, outside))
		if (!take_usual_value(s, &passed))
			return json_peek(s, type);
	return false;
}

/* The whole container at s->p, without recursion. */
static bool take_container(struct json_scan *s, enum json_type type)
{
	struct nest n;
	unsigned outside = s->depth;
	do {
		if (type < JSON_TYPE_ARRAY) {
			if (!take_scalar(s, type))
				return false;
			continue;
		}
		if (!enter(s))
			return false;
		nest_set(&n, s->depth, type == JSON_TYPE_OBJECT);
	} while (next_unusual(s, &n, outside, &type));
	return s->status == OK;
}

void json_begin(struct json_scan *s, struct slice text, unsigned max_depth)
{
	ASSERT(max_depth <= JSON_MAX_DEPTH);
	const char *p = text.n > 0 ? text.p : "";
	*s = (struct json_scan){
		.start = p,
		.p = p,
		.end = p + text.n,
		.max_depth = max_depth,
	};
}

bool json_fail(struct json_scan *s, enum status status, const char *why)
{
	if (s->status == OK) {
		s->status = status;
		s->why = why;
		/* Nothing usual comes any more. */
		s->end = s->p;
	}
	return false;
}

static inline bool peek(struct json_scan *s, enum json_type *out)
{
	return s->status == OK && skip_blanks(s) && type_at(s, out);
}

bool json_peek(struct json_scan *s, enum json_type *out)
{
	return peek(s, out);
}

/* Apart, so that what is usual need not make room for it. */
static NOINLINE bool take_any_value(struct json_scan *s, struct json_value *out)
{
	enum json_type type = JSON_TYPE_NULL;
	if (!peek(s, &type))
		return false;
	const char *start = s->p;
	bool container = type >= JSON_TYPE_ARRAY;
	if (!(container ? take_container(s, type) : take_scalar(s, type)))
		return false;
	out->type = type;
	out->raw = (struct slice){start, (size_t)(s->p - start)};
	return true;
}

bool json_value(struct json_scan *s, struct json_value *out)
{
	return take_usual_value(s, out) || take_any_value(s, out);
}

bool json_enter_object(struct json_scan *s)
{
	enum json_type type;
	if (!json_peek(s, &type))
		return false;
	if (type != JSON_TYPE_OBJECT)
		return fail(s, "an object is wanted here");
	return enter(s);
}

static NOINLINE bool take_any_name(struct json_scan *s, struct slice *key)
{
	if (!next_in(s, '}'))
		return false;
	if (*s->p != '"')
		return fail(s, "a member's name is missing");
	const char *start = s->p;
	if (!take_string(s))
		return false;
	*key = (struct slice){start, (size_t)(s->p - start)};
	if (!skip_blanks(s))
		return false;
	return take_char(s, ':') || fail(s, "a colon is missing");
}

bool json_member(struct json_scan *s, struct slice *key)
{
	return take_usual_name(s, key) || take_any_name(s, key);
}

bool json_enter_array(struct json_scan *s)
{
	enum json_type type;
	if (!json_peek(s, &type))
		return false;
	if (type != JSON_TYPE_ARRAY)
		return fail(s, "an array is wanted here");
	return enter(s);
}

bool json_element(struct json_scan *s)
{
	return next_in(s, ']');
}

void json_skip_elements(struct json_scan *s, size_t n)
{
	ASSERT(s->first && n > 0 && n <= (size_t)(s->end - s->p));
	s->p += n;
	s->first = false;
}

enum status json_end(struct json_scan *s)
{
	if (s->status != OK)
		return s->status;
	ASSERT(s->depth == 0);
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
	if (s->p < s->end)
		fail(s, "something follows the JSON value");
	return s->status;
}

size_t json_offset(const struct json_scan *s)
{
	return (size_t)(s->p - s->start);
}

enum status json_check(struct slice text, unsigned max_depth,
		       struct json_value *out)
{
	struct json_scan s;
	struct json_value value;
	json_begin(&s, text, max_depth);
	if (json_value(&s, &value) && json_end(&s) == OK)
		*out = value;
	return s.status;
}

enum status json_find(struct slice object, const char *name,
		      struct json_value *out)
{
	struct json_scan s;
	struct json_value value;
	struct slice key;
	json_begin(&s, object, JSON_MAX_DEPTH);
	if (!json_enter_object(&s))
		return ERR_INVALID;
	while (json_member(&s, &key)) {
		if (!json_value(&s, &value))
			break;
		if (!json_string_equal(key, slice_of(name)))
			continue;
		*out = value;
		return OK;
	}
	return s.status == OK ? ERR_NOT_FOUND : s.status;
}
