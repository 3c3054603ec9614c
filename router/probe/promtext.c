#include "router/probe/promtext.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER_BYTES 64

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == ':';
}

static struct slice take_name(struct slice *s)
{
	size_t n = 0;
	struct slice name;

	while (n < s->n && is_name(s->p[n]))
		n++;
	name = (struct slice){s->p, n};
	*s = slice_from(*s, n);
	return name;
}

static void skip_blanks(struct slice *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = slice_from(*s, 1);
}

/* Behind the opening quote; leaves what follows the closing one. */
static bool take_quoted(struct slice *s, struct slice *out)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '\\') {
			i++;
		} else if (s->p[i] == '"') {
			*out = (struct slice){s->p, i};
			*s = slice_from(*s, i + 1);
			return true;
		}
	}
	return false;
}

/* One `name="value"` and the comma behind it. */
static bool take_label(struct slice *s, struct slice *name, struct slice *value)
{
	skip_blanks(s);
	*name = take_name(s);
	skip_blanks(s);
	if (name->n == 0 || s->n < 2 || s->p[0] != '=')
		return false;
	*s = slice_from(*s, 1);
	skip_blanks(s);
	if (s->n == 0 || s->p[0] != '"')
		return false;
	*s = slice_from(*s, 1);
	if (!take_quoted(s, value))
		return false;
	skip_blanks(s);
	if (s->n > 0 && s->p[0] == ',')
		*s = slice_from(*s, 1);
	return true;
}

/* Behind the opening brace; leaves what follows the closing one. */
static bool take_labels(struct slice *s, struct slice *out)
{
	const char *start = s->p;
	struct slice name, value;

	skip_blanks(s);
	while (s->n > 0 && s->p[0] != '}') {
		if (!take_label(s, &name, &value))
			return false;
		skip_blanks(s);
	}
	if (s->n == 0)
		return false;
	*out = (struct slice){start, (size_t)(s->p - start)};
	*s = slice_from(*s, 1);
	return true;
}

static bool take_value(struct slice *s, double *out)
{
	char text[MAX_NUMBER_BYTES];
	char *end;
	size_t n = 0;

	skip_blanks(s);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s->p, n);
	text[n] = '\0';
	*out = strtod(text, &end);
	return end == text + n;
}

static bool parse_line(struct slice line, struct promtext_sample *out)
{
	struct promtext_sample s = {.name = take_name(&line)};

	if (s.name.n == 0)
		return false;
	skip_blanks(&line);
	if (line.n > 0 && line.p[0] == '{') {
		line = slice_from(line, 1);
		if (!take_labels(&line, &s.labels))
			return false;
	}
	if (!take_value(&line, &s.value))
		return false;
	*out = s;
	return true;
}

void promtext_init(struct promtext *p, struct slice text)
{
	*p = (struct promtext){.rest = text};
}

bool promtext_next(struct promtext *p, struct promtext_sample *out)
{
	while (p->rest.n > 0) {
		struct slice line = slice_split(&p->rest, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		line = slice_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (parse_line(line, out))
			return true;
		p->bad++;
	}
	return false;
}

bool promtext_label(const struct promtext_sample *s, struct slice name,
		    struct slice *out)
{
	struct slice rest = s->labels;
	struct slice at, value;

	while (rest.n > 0 && take_label(&rest, &at, &value)) {
		if (!slice_equal(at, name))
			continue;
		*out = value;
		return true;
	}
	return false;
}
