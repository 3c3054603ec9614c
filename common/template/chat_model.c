#include "common/template/chat_model.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/template/chat_files.h"

struct choice {
	struct template *t; /* NULL: none, or not one that we can run */
	struct chat_rules rules;
	struct error fault;
};

struct chat_model {
	struct ref ref;
	struct arena arena; /* of the special tokens */
	struct dict *special_tokens;
	struct choice plain, tools; /* for requests without and with tools */
	char fault[sizeof(((struct error *)NULL)->text)]; /* or "" */
};

static void choose(struct choice *c, struct slice source,
		   const struct chat_options *options)
{
	enum status status = source.p ? template_load(source, &c->t, &c->fault)
				      : error_set(&c->fault, ERR_UNSUPPORTED,
						  "there is no chat template");
	c->rules.compat = options->compat;
	c->rules.dialect = options->dialect;
	if (status != OK)
		return;
	switch (options->format) {
	case CHAT_FORMAT_AUTO:
		c->rules.content = chat_content_for(c->t, options->dialect,
						    options->compat);
		return;
	case CHAT_FORMAT_STRING: c->rules.content = CHAT_STRING; return;
	case CHAT_FORMAT_OPENAI: c->rules.content = CHAT_PARTS; return;
	}
}

static void build(struct chat_model *m, const struct chat_files *f,
		  const struct chat_options *options)
{
	m->special_tokens = chat_files_special_tokens(f, &m->arena);
	choose(&m->plain, f->plain, options);
	choose(&m->tools, f->tools, options);
	if (f->renderer)
		snprintf(m->fault, sizeof(m->fault),
			 "config.json: prompts of model_type %s are made by "
			 "code, not by a template",
			 f->renderer);
	else if (!m->plain.t && !m->tools.t)
		snprintf(m->fault, sizeof(m->fault), "%s", m->plain.fault.text);
}

static struct chat_model *create(const struct chat_files *f,
				 const struct chat_options *options)
{
	struct chat_model *m = mem_zalloc(sizeof(*m));
	ref_init(&m->ref);
	arena_init(&m->arena);
	build(m, f, options);
	return m;
}

struct chat_model *chat_model_load(const char *dir,
				   const struct chat_options *options,
				   struct error *err)
{
	static const struct chat_options none;
	struct chat_model *m = NULL;
	struct chat_files files;
	if (!options)
		options = &none;
	chat_files_init(&files);
	if (chat_files_read(&files, dir, options->template_file, err) == OK)
		m = create(&files, options);
	chat_files_fini(&files);
	return m;
}

struct chat_model *chat_model_load_template(const char *special_tokens_file,
					    const struct chat_options *options,
					    struct error *err)
{
	struct chat_model *m = NULL;
	struct chat_files files;
	chat_files_init(&files);
	if (chat_files_read_template(&files, options->template_file,
				     special_tokens_file, err) == OK)
		m = create(&files, options);
	chat_files_fini(&files);
	return m;
}

struct chat_model *chat_model_ref(struct chat_model *m)
{
	ref_hold(&m->ref);
	return m;
}

void chat_model_unref(struct chat_model **m)
{
	struct chat_model *old = *m;
	*m = NULL;
	if (!old || !ref_drop(&old->ref))
		return;
	template_unref(&old->plain.t);
	template_unref(&old->tools.t);
	arena_fini(&old->arena);
	mem_free(old);
}

const char *chat_model_fault(const struct chat_model *m)
{
	return m->fault[0] ? m->fault : NULL;
}

size_t chat_model_bytes(const struct chat_model *m)
{
	size_t n = sizeof(*m) + m->arena.bytes;
	if (m->plain.t)
		n += template_bytes(m->plain.t);
	if (m->tools.t)
		n += template_bytes(m->tools.t);
	return n;
}

bool chat_request_has_tools(const struct chat_request *r)
{
	return r->tools.p && !slice_equal(r->tools, SLICE("null"));
}

enum status chat_model_message(const struct chat_model *m, bool has_tools,
			       struct slice raw, struct arena *arena,
			       struct value *out, struct error *err)
{
	const struct choice *c = has_tools ? &m->tools : &m->plain;
	return chat_message(raw, &c->rules, arena, out, err);
}

enum status chat_model_render(const struct chat_model *m,
			      const struct chat_request *r,
			      const struct template_limits *limits,
			      struct arena *arena, struct buf *out,
			      struct error *err)
{
	const struct choice *c = chat_request_has_tools(r) ? &m->tools
							   : &m->plain;
	struct chat_request own = *r;
	if (m->fault[0])
		return error_set(err, ERR_UNSUPPORTED, "%s", m->fault);
	if (!c->t)
		return error_set(err, ERR_UNSUPPORTED, "%s", c->fault.text);
	own.special_tokens = m->special_tokens;
	own.rules = c->rules;
	return chat_render(c->t, &own, limits, arena, out, err);
}
