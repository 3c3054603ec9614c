#include "common/template/template.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/template/eval.h"
#include "common/template/lexer.h"
#include "common/template/parser.h"

struct template
{
	struct ref ref;
	struct arena arena; /* all below */
	struct slice source;
	struct node *root;
	struct slice *name;
	uint32_t n_names;
	uint32_t loop;         /* the name "loop", or n_names */
	struct value *builtin; /* by name: a global function, or unset */
	bool quotes_developer;
};

struct template_limits template_default_limits(void)
{
	return (struct template_limits){
		.max_steps = 2000000,
		.max_bytes = 16u << 20,
		.max_memory_bytes = 48u << 20,
		.max_calls = 64,
	};
}

static uint32_t find_name(const struct template *t, struct slice name)
{
	uint32_t i = 0;
	while (i < t->n_names && !slice_equal(t->name[i], name))
		i++;
	return i;
}

static bool has_text(struct slice s, const char *text)
{
	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void find_builtins(struct template *t)
{
	t->quotes_developer = has_text(t->source, "'developer'") ||
			      has_text(t->source, "\"developer\"");
	t->loop = find_name(t, SLICE("loop"));
	t->builtin = arena_array(&t->arena, t->n_names + 1,
				 sizeof(*t->builtin));
	for (uint32_t i = 0; i < t->n_names; i++)
		t->builtin[i] = global_find(t->name[i]);
}

static enum status compile(struct template *t, struct slice source,
			   struct error *err)
{
	struct tokens tokens;
	t->source = lexer_normalise(source, &t->arena);
	enum status status = lexer_run(t->source, &t->arena, &tokens, err);
	if (status != OK)
		return status;
	status = parser_run(&tokens, &t->arena, &t->root, &t->name, &t->n_names,
			    err);
	if (status == OK)
		find_builtins(t);
	return status;
}

enum status template_load(struct slice source, struct template **out,
			  struct error *err)
{
	if (source.n > TEMPLATE_MAX_SOURCE_BYTES)
		return error_set(err, ERR_LIMIT,
				 "template: has %zu bytes, above the maximum, "
				 "%u",
				 source.n, TEMPLATE_MAX_SOURCE_BYTES);
	struct template *t = mem_zalloc(sizeof(*t));
	ref_init(&t->ref);
	arena_init(&t->arena);
	enum status status = compile(t, source, err);
	if (status == OK)
		*out = t;
	else
		template_unref(&t);
	return status;
}

struct template *template_ref(struct template *t)
{
	ref_hold(&t->ref);
	return t;
}

void template_unref(struct template **t)
{
	struct template *old = *t;
	*t = NULL;
	if (!old || !ref_drop(&old->ref))
		return;
	arena_fini(&old->arena);
	mem_free(old);
}

uint32_t template_name_id(const struct template *t, struct slice name)
{
	uint32_t id = find_name(t, name);
	ASSERT(id < t->n_names);
	return id;
}

uint32_t template_loop_name(const struct template *t)
{
	ASSERT(t->loop < t->n_names);
	return t->loop;
}

const struct node *template_root(const struct template *t)
{
	return t->root;
}

bool template_has_name(const struct template *t, struct slice name)
{
	return find_name(t, name) < t->n_names;
}

bool template_quotes_developer(const struct template *t)
{
	return t->quotes_developer;
}

struct slice template_source(const struct template *t)
{
	return t->source;
}

size_t template_bytes(const struct template *t)
{
	return sizeof(*t) + t->arena.bytes;
}

/* What the caller gives hides what is built in. */
static bool find_globals(struct eval *e, const struct dict *globals)
{
	const struct template *t = e->t;
	e->root = eval_array(e, t->n_names);
	e->global = eval_array(e, t->n_names);
	if (!e->root || !e->global)
		return false;
	for (uint32_t i = 0; i < t->n_names; i++) {
		e->root[i].type = EVAL_UNSET;
		e->global[i] = t->builtin[i];
	}
	for (uint32_t i = 0; i < globals->n; i++) {
		const struct dict_entry *given = &globals->entry[i];
		uint32_t id = given->key.type == VALUE_STRING
				      ? find_name(t, value_slice(given->key))
				      : t->n_names;
		if (id < t->n_names)
			e->global[id] = given->value;
	}
	return true;
}

enum status template_render(const struct template *t,
			    const struct dict *globals, const struct tm *now,
			    const struct template_limits *limits,
			    struct passes *passes, struct outlining *outlining,
			    struct arena *arena, struct buf *out,
			    struct error *err)
{
	struct error unread;
	struct eval e = {
		.arena = arena,
		.out = out,
		.t = t,
		.limits = limits,
		.now = now,
		.steps = limits->max_steps,
		.start = buf_len(out),
		.n_names = t->n_names,
		.passes = passes,
		.outlining = outlining,
		.err = err ? err : &unread,
	};
	buf_init(&e.scratch);
	if (find_globals(&e, globals))
		eval_body(&e, t->root->list, t->root->n);
	if (e.status != OK)
		out->end = out->start + e.start;
	buf_fini(&e.scratch);
	return e.status;
}
