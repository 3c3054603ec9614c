#include "common/http/uri.h"

#include <string.h>

static const bool allowed[256] = {
	['-'] = 1,         ['.'] = 1,         ['_'] = 1,         ['~'] = 1,
	['!'] = 1,         ['$'] = 1,         ['&'] = 1,         ['\''] = 1,
	['('] = 1,         [')'] = 1,         ['*'] = 1,         ['+'] = 1,
	[','] = 1,         ['='] = 1,         [':'] = 1,         ['@'] = 1,
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

static bool is_allowed(char c)
{
	return allowed[(unsigned char)c];
}

/* In its one spelling already: no escape, no empty segment and none that
 * begins with a dot. */
static bool is_normal(struct slice path)
{
	for (size_t i = 0; i + 1 < path.n; i++) {
		char next = path.p[i + 1];
		if (path.p[i] == '/' ? !is_allowed(next) || next == '.'
				     : !is_allowed(next) && next != '/')
			return false;
	}
	return path.n > 1 && path.p[path.n - 1] != '/';
}

/* One character of a segment, decoded; the length it took, 0 if it may not
 * stand there. */
static size_t take_char(struct slice s, char *out)
{
	size_t n = 1;
	*out = s.p[0];
	if (s.p[0] == '%') {
		int high = s.n < 3 ? -1 : hex_digit(s.p[1]);
		int low = s.n < 3 ? -1 : hex_digit(s.p[2]);
		if (high < 0 || low < 0)
			return 0;
		*out = (char)(high << 4 | low);
		n = 3;
	}
	return is_allowed(*out) ? n : 0;
}

static bool decode(struct slice in, char *to, size_t *n)
{
	*n = 0;
	while (in.n > 0) {
		size_t took = take_char(in, &to[*n]);
		if (took == 0)
			return false;
		in = slice_from(in, took);
		++*n;
	}
	return true;
}

static bool is_dots(const char *p, size_t n, size_t dots)
{
	return n == dots && memcmp(p, "..", dots) == 0;
}

enum status uri_normalise(struct slice path, struct arena *arena,
			  struct slice *out)
{
	if (path.n == 0 || path.p[0] != '/')
		return ERR_INVALID;
	if (is_normal(path)) {
		*out = path;
		return OK;
	}
	char *to = arena_alloc(arena, path.n + 1);
	size_t at = 0; /* of segments, each with its slash before it */
	while (path.n > 0) {
		struct slice segment = slice_split(&path, '/');
		size_t n;
		if (!decode(segment, to + at + 1, &n))
			return ERR_INVALID;
		if (n == 0 || is_dots(to + at + 1, n, 1))
			continue;
		if (!is_dots(to + at + 1, n, 2)) {
			to[at] = '/';
			at += n + 1;
			continue;
		}
		if (at == 0)
			return ERR_INVALID;
		while (to[--at] != '/')
			;
	}
	if (at == 0)
		to[at++] = '/';
	*out = (struct slice){to, at};
	return OK;
}
