#include "router/conf/emit.h"
#include "router/conf/value.h"

static const char head[] =
	"Every key of warmpath's configuration, with its default. Generated "
	"from the program's own table: do not "
	"edit. Durations are whole numbers of ms, s, m or h; sizes of bytes, "
	"KiB, MiB, GiB or TiB. Keys that are commented out have no default. A "
	"key that is not here is refused.";

/* "1KiB to 1GiB; default 32MiB." */
static void comment_bounds(struct emit *e, const struct schema_row *r)
{
	struct buf text;
	size_t bounds;

	buf_init(&text);
	value_print_bounds(r, &text);
	bounds = buf_len(&text);
	if (r->flags & SCHEMA_REQUIRED)
		buf_puts(&text, "Must be written.");
	else if (r->preset == NULL)
		buf_puts(&text, "Not set by default.");
	else
		buf_printf(&text, "%s %s.", bounds ? "; default" : "Default",
			   r->preset);
	buf_putc(&text, '\0');
	emit_comment(e, buf_slice(&text).p);
	buf_fini(&text);
}

static void write_rows(struct emit *e, enum schema_scope scope);

static void write_list(struct emit *e, struct slice key,
		       enum schema_scope scope)
{
	emit_key(e, key);
	buf_putc(e->out, '\n');
	e->indent += 4;
	e->dash = true;
	write_rows(e, scope);
	e->indent -= 4;
}

static void write_row(struct emit *e, const struct schema_row *r)
{
	struct slice key;

	if (!e->dash)
		buf_putc(e->out, '\n');
	key = emit_section(e, r);
	emit_comment(e, r->help);
	comment_bounds(e, r);
	if (r->type == SCHEMA_MODELS) {
		write_list(e, key, SCHEMA_MODEL);
	} else if (r->type == SCHEMA_WORKERS) {
		write_list(e, key, SCHEMA_WORKER);
	} else if (r->preset == NULL && !(r->flags & SCHEMA_REQUIRED)) {
		for (size_t i = 0; i < e->indent; i++)
			buf_putc(e->out, ' ');
		buf_printf(e->out, "# %.*s: %s\n", SLICE_ARG(key), r->example);
	} else {
		emit_key(e, key);
		buf_printf(e->out, " %s\n", r->preset ? r->preset : r->example);
	}
}

static void write_rows(struct emit *e, enum schema_scope scope)
{
	bool told = false;

	for (size_t i = 0; i < schema_n; i++) {
		const struct schema_row *r = &schema_row[i];

		if (r->scope != scope)
			continue;
		if (!(r->flags & SCHEMA_INHERIT)) {
			write_row(e, r);
			continue;
		}
		emit_leave_section(e);
		if (!told) {
			buf_putc(e->out, '\n');
			emit_comment(e, "The keys of policy above, for this "
					"model alone.");
			emit_comment(e, "policy: {name: session}");
		}
		told = true;
	}
	emit_leave_section(e);
}

void conf_reference(struct buf *out)
{
	struct emit e = {.out = out};

	emit_comment(&e, head);
	write_rows(&e, SCHEMA_TOP);
}
