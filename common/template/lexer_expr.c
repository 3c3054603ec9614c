#include "common/template/lexer_expr.h"

#include <string.h>

#include "common/template/unicode.h"

static bool name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80 || (!first && c >= '0' && c <= '9');
}

static bool digit(const struct lexer *l, const char *p)
{
	return p < l->end && *p >= '0' && *p <= '9';
}

static const char *skip_digits(const struct lexer *l, const char *p)
{
	while (digit(l, p) || (p < l->end && *p == '_' && digit(l, p + 1)))
		p++;
	return p;
}

static bool after_dot(const struct lexer *l)
{
	const struct tokens *t = l->out;
	const struct token *last = &t->token[t->n - 1];
	return last->type == TOKEN_OPERATOR && last->text.n == 1 &&
	       last->text.p[0] == '.' && last->text.p + 1 == l->p;
}

static enum status number(struct lexer *l)
{
	const char *p = skip_digits(l, l->p);
	enum token_type type = TOKEN_INTEGER;
	if (!after_dot(l) && p < l->end && *p == '.' && digit(l, p + 1)) {
		p = skip_digits(l, p + 1);
		type = TOKEN_FLOAT;
	}
	if (!after_dot(l) && p < l->end && (*p == 'e' || *p == 'E')) {
		const char *e = p + 1;
		if (e < l->end && (*e == '+' || *e == '-'))
			e++;
		if (digit(l, e)) {
			p = skip_digits(l, e);
			type = TOKEN_FLOAT;
		}
	}
	if (type == TOKEN_INTEGER && *l->p == '0' && p - l->p == 1 &&
	    p < l->end && strchr("xXoObB", *p))
		return lexer_fail(l, "only decimal numbers are supported");
	lexer_add(l, type, (struct slice){l->p, (size_t)(p - l->p)});
	l->p = p;
	return OK;
}

/* `\xNN`, `\uNNNN`, `\UNNNNNNNN`: `digits` of them at `p`. */
static bool put_hex(struct buf *out, const char *p, const char *end, int digits)
{
	uint32_t c = 0;
	if (end - p < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		int h = hex_digit(p[i]);
		if (h < 0)
			return false;
		c = c << 4 | (uint32_t)h;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return false;
	text_put(out, c);
	return true;
}

static const char *put_octal(struct buf *out, const char *p, const char *end)
{
	uint32_t c = 0;
	for (int i = 0; i < 3 && p < end && *p >= '0' && *p <= '7'; i++)
		c = c * 8 + (uint32_t)(*p++ - '0');
	text_put(out, c);
	return p;
}

/* `p` is behind the backslash. Returns what follows, NULL if malformed. */
static const char *put_escape(struct buf *out, const char *p, const char *end)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *known = memchr(from, *p, sizeof(from) - 1);
	if (known) {
		buf_putc(out, to[known - from]);
		return p + 1;
	}
	int digits = *p == 'x' ? 2 : *p == 'u' ? 4 : *p == 'U' ? 8 : 0;
	if (digits)
		return put_hex(out, p + 1, end, digits) ? p + 1 + digits : NULL;
	if (*p >= '0' && *p <= '7')
		return put_octal(out, p, end);
	if (*p == '\n')
		return p + 1;
	buf_putc(out, '\\');
	buf_putc(out, *p);
	return p + 1;
}

static enum status unescape(struct lexer *l, struct slice text,
			    struct slice *out)
{
	struct buf b;
	const char *p = text.p, *end = text.p + text.n;
	buf_init(&b);
	while (p && p < end) {
		if (*p != '\\')
			buf_putc(&b, *p++);
		else
			p = p + 1 < end ? put_escape(&b, p + 1, end) : NULL;
	}
	*out = arena_copy(l->arena, buf_slice(&b));
	buf_fini(&b);
	return p ? OK : lexer_fail(l, "a string has a malformed escape");
}

static enum status string(struct lexer *l)
{
	const char *p = l->p + 1;
	while (p < l->end && *p != *l->p)
		p += *p == '\\' && p + 1 < l->end ? 2 : 1;
	if (p >= l->end)
		return lexer_fail(l, "a string is not closed");
	struct slice text = {l->p + 1, (size_t)(p - l->p - 1)}, plain = text;
	if (memchr(text.p, '\\', text.n)) {
		enum status status = unescape(l, text, &plain);
		if (status != OK)
			return status;
	}
	lexer_add(l, TOKEN_STRING, plain);
	for (const char *q = text.p; q < p; q++)
		l->line += *q == '\n';
	l->p = p + 1;
	return OK;
}

static enum status balance(struct lexer *l, char c)
{
	if (c == '(' || c == '[' || c == '{') {
		if (l->n_braces == LEXER_MAX_BRACES)
			return lexer_fail(l, "brackets are nested too deep");
		l->brace[l->n_braces++] = c;
		return OK;
	}
	if (c != ')' && c != ']' && c != '}')
		return OK;
	char open = c == ')' ? '(' : c == ']' ? '[' : '{';
	if (l->n_braces == 0 || l->brace[--l->n_braces] != open)
		return lexer_fail(l, "a bracket closes what was not opened");
	return OK;
}

static enum status operator(struct lexer *l) {
	static const char *const two[] = {"//", "**", "==", "!=", ">=", "<="};
	size_t n = 1;
	for (size_t i = 0; i < ARRAY_LEN(two);
	     i++) if (l->end - l->p >= 2 && memcmp(l->p, two[i], 2) == 0) n = 2;
	if (n == 1 && !strchr("+-*/%~[](){}><=.:|,;", *l->p)) return lexer_fail(
		l, "an unexpected character in a tag");
	enum status status = balance(l, n == 1 ? *l->p : ' ');
	if (status != OK) return status;
	lexer_add(l, TOKEN_OPERATOR, (struct slice){l->p, n});
	l->p += n;
	return OK;
}

static enum status word(struct lexer *l)
{
	const char *p = l->p;
	if (*p == '\0')
		return lexer_fail(l, "a NUL in a tag");
	if (*p >= '0' && *p <= '9')
		return number(l);
	if (*p == '"' || *p == '\'')
		return string(l);
	if (!name_byte(*p, true))
		return operator(l);
	while (p < l->end && name_byte(*p, false))
		p++;
	lexer_add(l, TOKEN_NAME, (struct slice){l->p, (size_t)(p - l->p)});
	l->p = p;
	return OK;
}

/* At the end of the tag: leaves `p` at the closing two bytes. */
static bool ends(struct lexer *l, bool variable, char *sign)
{
	const char *close = variable ? "}}" : "%}", *p = l->p;
	if (l->n_braces > 0)
		return false;
	*sign = 0;
	if (p < l->end && (*p == '-' || (*p == '+' && !variable)))
		*sign = *p++;
	if (l->end - p < 2 || memcmp(p, close, 2) != 0)
		return false;
	l->p = p;
	return true;
}

enum status lexer_tag(struct lexer *l, bool variable)
{
	enum status status = OK;
	char sign;
	l->n_braces = 0;
	for (;;) {
		lexer_skip_space(l);
		if (l->p >= l->end)
			return lexer_fail(l, "a tag is not closed");
		if (ends(l, variable, &sign))
			break;
		status = word(l);
		if (status != OK)
			return status;
	}
	lexer_add(l, variable ? TOKEN_VARIABLE_END : TOKEN_BLOCK_END,
		  (struct slice){"", 0});
	lexer_close(l, sign, variable);
	return OK;
}
