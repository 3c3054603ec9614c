#include "router/conf/emit.h"

#define COLUMNS 76

static void blanks(struct emit *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(e->out, ' ');
}

void emit_leave_section(struct emit *e)
{
	if (e->section.n > 0)
		e->indent -= 2;
	e->section = (struct slice){0};
}

struct slice emit_section(struct emit *e, const struct schema_row *r)
{
	struct slice key = slice_of(r->key), section;

	if (slice_find(key, '.') == key.n) {
		emit_leave_section(e);
		return key;
	}
	section = slice_split(&key, '.');
	if (slice_equal(section, e->section))
		return key;
	emit_leave_section(e);
	emit_key(e, section);
	buf_putc(e->out, '\n');
	e->section = section;
	e->indent += 2;
	return key;
}

void emit_key(struct emit *e, struct slice key)
{
	blanks(e, e->indent - (e->dash ? 2 : 0));
	buf_printf(e->out, "%s%.*s:", e->dash ? "- " : "", SLICE_ARG(key));
	e->dash = false;
}

void emit_comment(struct emit *e, const char *text)
{
	struct slice rest = slice_of(text);
	size_t column = 0;

	while (rest.n > 0) {
		struct slice word = slice_split(&rest, ' ');

		if (column > 0 && column + 1 + word.n > COLUMNS) {
			buf_putc(e->out, '\n');
			column = 0;
		}
		if (column == 0) {
			blanks(e, e->indent);
			buf_putc(e->out, '#');
			column = e->indent + 1;
		}
		buf_putc(e->out, ' ');
		buf_append(e->out, word);
		column += 1 + word.n;
	}
	buf_putc(e->out, '\n');
}
