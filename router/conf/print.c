#include "router/conf/emit.h"
#include "router/conf/flow.h"
#include "router/conf/value.h"

static bool is_secret(struct slice key)
{
	const struct schema_row *r = schema_find(SCHEMA_WORKER, key);

	return r != NULL && (r->flags & SCHEMA_SECRET);
}

/* Was written by flow_print(), and is read again to hide what is secret. */
static void print_flow(const struct schema_row *r, const void *owner,
		       struct buf *out)
{
	const char *text = *(char *const *)((const char *)owner + r->offset);
	const struct yaml *root;
	struct arena arena;
	size_t line;

	arena_init(&arena);
	if (yaml_parse(slice_of(text), &arena, &root, &line, NULL) == OK)
		flow_print(root, is_secret, out);
	arena_fini(&arena);
}

static void print_rows(struct emit *e, enum schema_scope scope,
		       const void *owner)
{
	size_t n;
	const struct schema_row *row = schema_rows(scope, &n);

	for (size_t i = 0; i < n; i++) {
		const struct schema_row *r = &row[i];
		struct slice key;

		if (r->type >= SCHEMA_MODELS || !value_is_set(r, owner))
			continue;
		key = emit_section(e, r);
		emit_key(e, key);
		buf_putc(e->out, ' ');
		if (r->type == SCHEMA_FLOW)
			print_flow(r, owner, e->out);
		else
			value_print(r, owner, e->out);
		buf_putc(e->out, '\n');
	}
	emit_leave_section(e);
}

static void print_model(struct emit *e, const struct conf_model *m)
{
	print_rows(e, SCHEMA_MODEL, m);
	if (conf_discovers(m)) {
		emit_key(e, SLICE("discover"));
		buf_putc(e->out, '\n');
		e->indent += 2;
		print_rows(e, SCHEMA_DISCOVER, &m->discover);
		e->indent -= 2;
	}
	if (m->n_workers == 0)
		return;
	emit_key(e, SLICE("workers"));
	buf_putc(e->out, '\n');
	e->indent += 4;
	for (size_t i = 0; i < m->n_workers; i++) {
		e->dash = true;
		print_rows(e, SCHEMA_WORKER, &m->worker[i]);
	}
	e->indent -= 4;
}

void conf_print(const struct conf *c, struct buf *out)
{
	struct emit e = {.out = out};

	print_rows(&e, SCHEMA_TOP, c);
	emit_key(&e, SLICE("models"));
	buf_putc(out, '\n');
	e.indent = 4;
	for (size_t i = 0; i < c->n_models; i++) {
		e.dash = true;
		print_model(&e, &c->model[i]);
	}
}
