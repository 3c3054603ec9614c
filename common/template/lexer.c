#include "common/template/lexer.h"

#include <string.h>

#include "common/template/lexer_expr.h"
#include "common/template/unicode.h"

struct slice lexer_normalise(struct slice source, struct arena *arena)
{
	char *to = arena_alloc(arena, source.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < source.n; i++) {
		if (source.p[i] != '\r') {
			to[n++] = source.p[i];
			continue;
		}
		to[n++] = '\n';
		if (i + 1 < source.n && source.p[i + 1] == '\n')
			i++;
	}
	if (n > 0 && to[n - 1] == '\n')
		n--;
	to[n] = '\0';
	return (struct slice){to, n};
}

void lexer_add(struct lexer *l, enum token_type type, struct slice text)
{
	struct tokens *t = l->out;
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct token *token = arena_array(l->arena, room,
						  sizeof(*token));
		if (t->n > 0)
			memcpy(token, t->token, t->n * sizeof(*token));
		t->token = token;
		t->room = room;
	}
	t->token[t->n++] = (struct token){type, l->line, text};
}

enum status lexer_fail(struct lexer *l, const char *what)
{
	return error_set(l->err, ERR_INVALID, "template:%u: %s", l->line, what);
}

void lexer_skip_space(struct lexer *l)
{
	while (l->p < l->end) {
		const char *p = l->p;
		if (!text_is_space(text_next(&p, l->end)))
			return;
		if (*l->p == '\n')
			l->line++;
		l->p = p;
	}
}

static void count_lines(struct lexer *l, const char *from, const char *to)
{
	for (; from < to; from++)
		l->line += *from == '\n';
}

static bool at(const struct lexer *l, const char *p, const char *text)
{
	size_t n = strlen(text);
	return (size_t)(l->end - p) >= n && memcmp(p, text, n) == 0;
}

/* The next "{{", "{%" or "{#", or the end. */
static const char *find_open(const struct lexer *l)
{
	for (const char *p = l->p; p < l->end; p++) {
		p = memchr(p, '{', (size_t)(l->end - p));
		if (!p)
			break;
		if (at(l, p, "{{") || at(l, p, "{%") || at(l, p, "{#"))
			return p;
	}
	return l->end;
}

static bool all_space(const char *p, const char *end)
{
	while (p < end)
		if (!text_is_space(text_next(&p, end)))
			return false;
	return true;
}

/* The text before a tag, less what the tag's sign and lstrip_blocks take
 * away. */
static struct slice cut_before(const struct lexer *l, struct slice text,
			       char sign, bool variable)
{
	if (sign == '-')
		return text_strip(text, NULL, false, true);
	if (sign == '+' || variable)
		return text;
	size_t line = text.n;
	while (line > 0 && text.p[line - 1] != '\n')
		line--;
	if (line == 0 && !l->line_starting)
		return text;
	if (line < text.n && all_space(text.p + line, text.p + text.n))
		text.n = line;
	return text;
}

static char sign_at(const struct lexer *l, const char *p)
{
	return p < l->end && (*p == '-' || *p == '+') ? *p : 0;
}

/* Behind "%}" or "#}" (with a sign before it, perhaps): what it eats.
 * `p` is at the closing two bytes. */
void lexer_close(struct lexer *l, char sign, bool variable)
{
	const char *from = l->p;
	l->p += 2;
	if (sign == '-')
		lexer_skip_space(l);
	else if (!variable && sign != '+' && l->p < l->end && *l->p == '\n')
		l->p++, l->line++;
	l->line_starting = l->p > from && l->p[-1] == '\n';
}

static enum status comment(struct lexer *l)
{
	l->p += 2;
	const char *close = memmem(l->p, (size_t)(l->end - l->p), "#}", 2);
	if (!close)
		return lexer_fail(l, "a comment is not closed with #}");
	char sign = close > l->p ? sign_at(l, close - 1) : 0;
	count_lines(l, l->p, close);
	l->p = close;
	lexer_close(l, sign, false);
	return OK;
}

/* At "{%": is this tag the one word `name`? Moves `*p` to its "%}" and
 * says the closing sign. */
static bool word_tag(struct lexer *l, const char **p, const char *name,
		     char *sign)
{
	struct lexer try = *l;
	try.p = *p + 2;
	if (sign_at(l, try.p))
		try.p++;
	lexer_skip_space(&try);
	if (!at(l, try.p, name))
		return false;
	try.p += strlen(name);
	lexer_skip_space(&try);
	*sign = sign_at(l, try.p);
	if (*sign)
		try.p++;
	if (!at(l, try.p, "%}"))
		return false;
	*p = try.p;
	return true;
}

/* Behind `{% raw %}`: all up to `{% endraw %}` is text. */
static enum status raw(struct lexer *l)
{
	const char *from = l->p, *p = l->p;
	while ((p = memmem(p, (size_t)(l->end - p), "{%", 2)) != NULL) {
		const char *close = p;
		char sign, before = sign_at(l, p + 2);
		if (!word_tag(l, &close, "endraw", &sign)) {
			p += 2;
			continue;
		}
		struct slice text = {from, (size_t)(p - from)};
		lexer_add(l, TOKEN_DATA, cut_before(l, text, before, false));
		count_lines(l, from, close);
		l->p = close;
		lexer_close(l, sign, false);
		return OK;
	}
	return lexer_fail(l, "raw is not closed with endraw");
}

static enum status tag(struct lexer *l)
{
	const char *close = l->p;
	char sign;
	if (l->p[1] == '#')
		return comment(l);
	bool variable = l->p[1] == '{';
	if (!variable && word_tag(l, &close, "raw", &sign)) {
		count_lines(l, l->p, close);
		l->p = close;
		/* trim_blocks does not reach behind this one tag. */
		lexer_close(l, sign ? sign : '+', false);
		return raw(l);
	}
	l->p += 2;
	l->p += sign_at(l, l->p) != 0;
	lexer_add(l, variable ? TOKEN_VARIABLE_BEGIN : TOKEN_BLOCK_BEGIN,
		  (struct slice){"", 0});
	return lexer_tag(l, variable);
}

enum status lexer_run(struct slice source, struct arena *arena,
		      struct tokens *out, struct error *err)
{
	struct lexer l = {
		.p = source.p,
		.end = source.p + source.n,
		.line = 1,
		.line_starting = true,
		.arena = arena,
		.out = out,
		.err = err,
	};
	*out = (struct tokens){0};
	enum status status = OK;
	while (status == OK && l.p < l.end) {
		const char *open = find_open(&l);
		struct slice text = {l.p, (size_t)(open - l.p)};
		if (open < l.end)
			text = cut_before(&l, text, sign_at(&l, open + 2),
					  open[1] == '{');
		if (text.n > 0)
			lexer_add(&l, TOKEN_DATA, text);
		count_lines(&l, l.p, open);
		l.p = open;
		if (open < l.end)
			status = tag(&l);
	}
	if (status == OK)
		lexer_add(&l, TOKEN_END, (struct slice){"", 0});
	return status;
}
