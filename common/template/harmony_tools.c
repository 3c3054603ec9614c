/* Tools of Harmony as declarations of TypeScript. */
#include <stdlib.h>
#include <string.h>

#include "common/template/chat_content.h"
#include "common/template/harmony.h"

static int by_name(const void *a, const void *b)
{
	const struct harmony_namespace *x = *(void *const *)a;
	const struct harmony_namespace *y = *(void *const *)b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = memcmp(x->name.p, y->name.p, n);
	return order ? order
		     : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* Lines as Rust cuts them: the last may lack its end, and a carriage
 * return before an end goes with it. */
static void put_lines(struct buf *to, struct slice text, const char *before)
{
	while (text.n > 0) {
		struct slice line = text;
		line.n = slice_find(text, '\n');
		text = slice_from(text, line.n + (line.n < text.n));
		if (line.n > 0 && line.p[line.n - 1] == '\r' &&
		    line.p + line.n < text.p)
			line.n--;
		buf_putc(to, '\n');
		buf_puts(to, before);
		buf_append(to, line);
	}
}

static struct slice text_member(struct value d, const char *name)
{
	struct value *v = chat_member(d, name);
	return v && v->type == VALUE_STRING ? value_slice(*v)
					    : (struct slice){"", 0};
}

static void put_tool(struct buf *to, struct value tool, struct arena *arena)
{
	struct value *parameters = chat_member(tool, "parameters");
	put_lines(to, text_member(tool, "description"), "// ");
	buf_puts(to, "\ntype ");
	buf_append(to, text_member(tool, "name"));
	if (parameters) {
		buf_puts(to, " = (_: ");
		harmony_put_type(to, *parameters, 0, arena);
		buf_puts(to, ") => any;\n");
	} else {
		buf_puts(to, " = () => any;\n");
	}
}

static void put_namespace(struct buf *to, const struct harmony_namespace *ns,
			  struct arena *arena)
{
	bool has_tools = ns->tools.type == VALUE_LIST && ns->tools.n > 0;
	buf_puts(to, "## ");
	buf_append(to, ns->name);
	buf_putc(to, '\n');
	put_lines(to, ns->description, has_tools ? "// " : "");
	if (!has_tools)
		return;
	buf_puts(to, "\nnamespace ");
	buf_append(to, ns->name);
	buf_puts(to, " {\n");
	for (uint32_t i = 0; i < ns->tools.n; i++)
		put_tool(to, ns->tools.item[i], arena);
	buf_puts(to, "\n} // namespace ");
	buf_append(to, ns->name);
}

void harmony_put_tools(struct buf *to, const struct harmony_namespace *tools,
		       size_t n, struct arena *arena)
{
	const struct harmony_namespace *sorted[8];
	ASSERT(n <= ARRAY_LEN(sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &tools[i];
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	buf_puts(to, "# Tools");
	for (size_t i = 0; i < n; i++) {
		buf_puts(to, "\n\n");
		put_namespace(to, sorted[i], arena);
	}
}
