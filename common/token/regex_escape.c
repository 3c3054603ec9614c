/* What stands behind a backslash, within brackets or not. */
#include "common/token/regex_name.h"
#include "common/token/regex_parser.h"
#include "common/token/unicode.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Up to `most` digits of the base; how many there were. */
static size_t take_digits(struct regex_parser *p, int base, size_t most,
			  uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < most && p->at < p->text.n; n++, p->at++) {
		int digit = digit_of(p->text.p[p->at]);

		if (digit >= base)
			break;
		*out = *out * (uint32_t)base + (uint32_t)digit;
	}
	return n;
}

static bool is_scalar(uint32_t c)
{
	return c <= UNICODE_LAST && (c < 0xd800 || c > 0xdfff);
}

/* x41 or x{4e00}. Bytes from 0x80 on would be parts of characters. */
static uint32_t take_hex(struct regex_parser *p)
{
	size_t start = p->at - 1, n;
	bool braces = regex_take(p, "x{");
	uint32_t c;

	if (!braces)
		(void)regex_take(p, "x");
	n = take_digits(p, 16, braces ? 8 : 2, &c);
	if (n == 0 || (braces && !regex_take(p, "}")))
		regex_fail(p, ERR_INVALID, start,
			   "\\x wants hexadecimal digits");
	else if (!braces && c >= 0x80)
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "\\x%02X is part of a character; write \\x{...}", c);
	else if (!is_scalar(c))
		regex_fail(p, ERR_INVALID, start, "U+%X is no character", c);
	return c;
}

static uint32_t take_four(struct regex_parser *p)
{
	size_t start = p->at - 1;
	uint32_t c;

	(void)regex_take(p, "u");
	if (take_digits(p, 16, 4, &c) != 4)
		regex_fail(p, ERR_INVALID, start,
			   "\\u wants four hexadecimal digits");
	else if (!is_scalar(c))
		regex_fail(p, ERR_INVALID, start, "U+%X is no character", c);
	return c;
}

static bool by_letter(char letter, uint32_t *c)
{
	static const char name[] = "tnrfvae", value[] = "\t\n\r\f\v\a\x1b";
	const char *found = letter ? strchr(name, letter) : NULL;

	if (found == NULL)
		return false;
	*c = (uint32_t)value[found - name];
	return true;
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool regex_take_escape(struct regex_parser *p, uint32_t *c)
{
	char next = regex_peek(p, 0);

	if (next == 'x') {
		*c = take_hex(p);
		return true;
	}
	if (next == 'u') {
		*c = take_four(p);
		return true;
	}
	if (next == '0') {
		(void)take_digits(p, 8, 3, c);
		return true;
	}
	if (by_letter(next, c)) {
		p->at++;
		return true;
	}
	if (p->at == p->text.n || is_letter_or_digit(next))
		return false;
	*c = regex_take_char(p);
	return true;
}

/* p{Name}, p{^Name}, P{Name} */
static void take_property(struct regex_parser *p, bool negated,
			  struct regex_set *out)
{
	size_t start = p->at - 1, end;
	struct slice name;

	p->at += 2;
	negated ^= regex_take(p, "^");
	name = slice_from(p->text, p->at);
	end = slice_find(name, '}');
	if (end == name.n) {
		regex_fail(p, ERR_INVALID, start, "\\p{ is not closed");
		return;
	}
	name.n = end;
	p->at += end + 1;
	if (!regex_name_property(name, out))
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "the property %.60s is not known",
			   arena_copy(&p->tree->arena, name).p);
	regex_set_sort(out);
	if (negated)
		regex_set_negate(out);
}

bool regex_take_named(struct regex_parser *p, bool in_brackets,
		      struct regex_set *out)
{
	char letter = regex_peek(p, 0);
	bool negated = letter >= 'A' && letter <= 'Z';

	if ((letter == 'p' || letter == 'P') && regex_peek(p, 1) == '{') {
		take_property(p, negated, out);
		return true;
	}
	if (!regex_name_letter((char)(letter | 0x20), in_brackets, out))
		return false;
	p->at++;
	regex_set_sort(out);
	if (negated)
		regex_set_negate(out);
	return true;
}
