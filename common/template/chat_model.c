#include "common/template/chat_model.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/template/chat_deepseek.h"
#include "common/template/chat_files.h"
#include "common/template/chat_harmony.h"
#include "common/template/chat_mistral.h"
#include "common/template/chat_variables.h"
#include "common/template/from_json.h"

struct choice {
	struct template *t; /* NULL: none, or not one that we can run */
	struct chat_rules rules;
	struct error fault;
};

struct chat_model {
	struct ref ref;
	struct arena arena; /* of the special tokens */
	struct dict *special_tokens;
	enum chat_renderer renderer;
	struct mistral_model mistral;
	struct slice default_kwargs; /* JSON, or p NULL */
	bool exclude_tools;
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

static void build_mistral(struct chat_model *m, const struct mistral_files *f)
{
	m->mistral.version = f->version;
	m->mistral.has_think = f->has_think;
	m->mistral.effort = value_none();
	if (f->effort.p &&
	    value_from_json(arena_copy(&m->arena, f->effort), CHAT_MAX_DEPTH,
			    &m->arena, &m->mistral.effort) != OK)
		m->mistral.effort = value_none();
}

static void build(struct chat_model *m, const struct chat_files *f,
		  const struct chat_options *options)
{
	m->renderer = f->renderer;
	m->exclude_tools = options->exclude_tools;
	if (options->default_kwargs)
		m->default_kwargs = arena_copy(
			&m->arena, slice_of(options->default_kwargs));
	m->special_tokens = chat_files_special_tokens(f, &m->arena);
	build_mistral(m, &f->mistral);
	choose(&m->plain, f->plain, options);
	choose(&m->tools, f->tools, options);
	if (f->renderer == CHAT_BY_DEEPSEEK_V32 ||
	    f->renderer == CHAT_BY_DEEPSEEK_V4)
		m->plain.rules.content = m->tools.rules.content = CHAT_STRING;
	if (f->renderer == CHAT_BY_OTHER_CODE)
		snprintf(m->fault, sizeof(m->fault),
			 "prompts of %s are made by code that is "
			 "not known here",
			 f->model);
	else if (f->renderer == CHAT_BY_TEMPLATE && !m->plain.t && !m->tools.t)
		snprintf(m->fault, sizeof(m->fault), "%s", m->plain.fault.text);
}

static struct chat_model *create(const struct chat_files *f,
				 const struct chat_options *options,
				 struct error *err)
{
	struct chat_model *m;
	struct error why;
	if (options->default_kwargs &&
	    chat_options_check_kwargs(slice_of(options->default_kwargs),
				      &why) != OK) {
		error_set(err, ERR_INVALID, "default_chat_template_kwargs: %s",
			  why.text);
		return NULL;
	}
	m = mem_zalloc(sizeof(*m));
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
	if (chat_files_read(&files, dir, options->template_file,
			    options->dialect, err) == OK)
		m = create(&files, options, err);
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
		m = create(&files, options, err);
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

bool chat_model_has_pieces(const struct chat_model *m)
{
	return m->renderer == CHAT_BY_HARMONY || m->renderer == CHAT_BY_MISTRAL;
}

const struct chat_rules *chat_model_rules(const struct chat_model *m)
{
	return &m->plain.rules;
}

bool chat_model_has_template(const struct chat_model *m)
{
	return m->renderer == CHAT_BY_TEMPLATE;
}

enum status chat_model_message(const struct chat_model *m,
			       const struct chat_request *r, struct slice raw,
			       struct arena *arena, struct value *out,
			       struct error *err)
{
	const struct choice *c = chat_request_has_tools(r) ? &m->tools
							   : &m->plain;
	struct chat_rules rules = c->rules;
	if (chat_model_has_pieces(m))
		return chat_read(raw, "messages", arena, out, err);
	rules.calls_as_given = r->calls_as_given;
	return chat_message(raw, &rules, arena, out, err);
}

bool chat_model_plain(const struct chat_model *m, const struct chat_request *r,
		      struct slice raw, struct arena *arena,
		      struct chat_plain *out)
{
	const struct choice *c = chat_request_has_tools(r) ? &m->tools
							   : &m->plain;
	return !chat_model_has_pieces(m) &&
	       chat_plain_read(raw, &c->rules, arena, out);
}

/* What the model knows of the engine. */
static void as_started(const struct chat_model *m, const struct choice *c,
		       struct chat_request *r)
{
	r->special_tokens = m->special_tokens;
	r->rules = c->rules;
	r->rules.calls_as_given = r->calls_as_given;
	r->default_kwargs = m->default_kwargs;
	r->exclude_tools = m->exclude_tools;
}

enum status chat_model_variables(const struct chat_model *m,
				 const struct chat_request *r,
				 struct arena *arena, struct dict **out,
				 struct error *err)
{
	const struct choice *c = chat_request_has_tools(r) ? &m->tools
							   : &m->plain;
	struct chat_request own = *r;
	*out = NULL;
	if (m->renderer != CHAT_BY_TEMPLATE || !c->t)
		return OK;
	as_started(m, c, &own);
	return chat_variables(c->t, &own, arena, out, err);
}

static enum status render_by_template(const struct choice *c,
				      const struct chat_request *r,
				      const struct template_limits *limits,
				      struct arena *arena, struct buf *out,
				      struct error *err)
{
	if (!c->t)
		return error_set(err, ERR_UNSUPPORTED, "%s", c->fault.text);
	return chat_render(c->t, r, limits, arena, out, err);
}

enum status chat_model_prompt(const struct chat_model *m,
			      const struct chat_request *r,
			      const struct template_limits *limits,
			      struct segments *to, struct error *err)
{
	const struct choice *c = chat_request_has_tools(r) ? &m->tools
							   : &m->plain;
	struct chat_request own = *r;
	enum status status;
	if (m->fault[0])
		return error_set(err, ERR_UNSUPPORTED, "%s", m->fault);
	as_started(m, c, &own);
	switch (m->renderer) {
	case CHAT_BY_HARMONY: return chat_render_harmony(&own, limits, to, err);
	case CHAT_BY_MISTRAL:
		return chat_render_mistral(&m->mistral, &own, limits, to, err);
	case CHAT_BY_DEEPSEEK_V32:
		status = chat_render_deepseek(DEEPSEEK_V32, &own, limits,
					      to->arena, to->text, err);
		break;
	case CHAT_BY_DEEPSEEK_V4:
		status = chat_render_deepseek(DEEPSEEK_V4, &own, limits,
					      to->arena, to->text, err);
		break;
	default:
		status = render_by_template(c, &own, limits, to->arena,
					    to->text, err);
	}
	if (status == OK)
		segments_close(to, true);
	return status;
}

enum status chat_model_render(const struct chat_model *m,
			      const struct chat_request *r,
			      const struct template_limits *limits,
			      struct arena *arena, struct buf *out,
			      struct error *err)
{
	struct segments to;
	if (chat_model_has_pieces(m))
		return error_set(err, ERR_UNSUPPORTED,
				 "the prompts of this model are encoded in "
				 "pieces");
	segments_init(&to, out, arena);
	return chat_model_prompt(m, r, limits, &to, err);
}
