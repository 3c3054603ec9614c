#include "tests/scenario/script.h"

#include <ctype.h>

static bool take_value(struct slice *s, uint64_t i, struct rng *r,
		       uint64_t *out)
{
	struct slice digits = *s;

	if (s->n == 0)
		return false;
	if (s->p[0] == 'i' || s->p[0] == 'r') {
		*out = s->p[0] == 'i' ? i : rng_next(r) >> 16;
		*s = slice_from(*s, 1);
		return true;
	}
	digits.n = 0;
	while (digits.n < s->n && isdigit((unsigned char)s->p[digits.n]))
		digits.n++;
	*s = slice_from(*s, digits.n);
	return slice_to_u64(digits, UINT32_MAX, out) == OK;
}

static bool apply(char op, uint64_t b, uint64_t *a)
{
	if ((op == '/' || op == '%') && b == 0)
		return false;
	switch (op) {
	case '+': *a += b; return true;
	case '-': *a -= b; return true;
	case '*': *a *= b; return true;
	case '/': *a /= b; return true;
	case '%': *a %= b; return true;
	default: return false;
	}
}

static bool evaluate(struct slice s, uint64_t i, struct rng *r, uint64_t *out)
{
	uint64_t b;

	if (!take_value(&s, i, r, out))
		return false;
	while (s.n > 0) {
		char op = s.p[0];

		s = slice_from(s, 1);
		if (!take_value(&s, i, r, &b) || !apply(op, b, out))
			return false;
	}
	return true;
}

bool script_expand(struct slice line, uint64_t i, struct rng *r,
		   struct buf *out)
{
	uint64_t value;

	while (line.n > 0) {
		size_t open = slice_find(line, '{'), close;

		buf_append(out, (struct slice){line.p, open});
		line = slice_from(line, open);
		if (line.n == 0)
			return true;
		close = slice_find(line, '}');
		if (close == line.n ||
		    !evaluate((struct slice){line.p + 1, close - 1}, i, r,
			      &value))
			return false;
		buf_printf(out, "%llu", (unsigned long long)value);
		line = slice_from(line, close + 1);
	}
	return true;
}
