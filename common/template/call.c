/* Calls of macros, and how arguments meet parameters. */
#include <string.h>

#include "common/template/eval.h"

bool arg_given(struct value v)
{
	return v.type != EVAL_UNSET;
}

bool arg_true(struct value v, bool otherwise)
{
	return arg_given(v) ? value_true(v) : otherwise;
}

int64_t arg_int(struct eval *e, struct value v, int64_t otherwise)
{
	int64_t i;
	if (!arg_given(v))
		return otherwise;
	if (value_integer(v, &i))
		return i;
	eval_error(e, "'%s' object cannot be interpreted as an integer",
		   value_type_name(v));
	return otherwise;
}

static int position(const char *parameters, struct slice name)
{
	struct slice rest = slice_of(parameters);
	for (int i = 0; rest.n > 0; i++)
		if (slice_equal(slice_split(&rest, ' '), name))
			return i;
	return -1;
}

bool eval_bind_args(struct eval *e, const char *what, const char *parameters,
		    const struct args *args, struct value *out)
{
	uint32_t n = parameters[0] != '\0';
	for (const char *p = parameters; *p; p++)
		n += *p == ' ';
	for (uint32_t i = 0; i < 8; i++)
		out[i].type = EVAL_UNSET;
	if (args->n > n) {
		eval_error(e, "%s() takes at most %u arguments (%u given)",
			   what, n, args->n);
		return false;
	}
	for (uint32_t i = 0; i < args->n; i++)
		out[i] = args->v[i];
	for (uint32_t i = 0; i < args->n_kw; i++) {
		int at = position(parameters, args->kw[i].name);
		if (at < 0 || arg_given(out[at])) {
			eval_error(e,
				   "%s() got an unexpected keyword argument "
				   "'%.*s'",
				   what, SLICE_ARG(args->kw[i].name));
			return false;
		}
		out[at] = args->kw[i].value;
	}
	return true;
}

static const struct argument *keyword(const struct args *args,
				      struct slice name)
{
	for (uint32_t i = 0; i < args->n_kw; i++)
		if (slice_equal(args->kw[i].name, name))
			return &args->kw[i];
	return NULL;
}

static bool is_parameter(const struct node *macro, struct slice name)
{
	for (uint32_t i = 0; i < macro->n_kw; i++)
		if (slice_equal(macro->kw[i].name, name))
			return true;
	return false;
}

static struct value not_given(struct eval *e, struct slice name)
{
	struct undefined *u = eval_alloc(e, sizeof(*u));
	if (!u)
		return VALUE_NIL;
	*u = (struct undefined){
		.name = name,
		.reason = arena_printf(e->arena,
				       "parameter '%.*s' was not provided",
				       SLICE_ARG(name))};
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

static void bind_parameters(struct eval *e, const struct node *macro,
			    const struct args *args)
{
	for (uint32_t i = 0; i < macro->n_kw && !eval_failed(e); i++) {
		const struct keyword *p = &macro->kw[i];
		const struct argument *given = keyword(args, p->name);
		struct value v;
		if (i < args->n)
			v = args->v[i];
		else if (given)
			v = given->value;
		else if (p->value)
			v = eval_node(e, p->value);
		else
			v = not_given(e, p->name);
		eval_bind(e, p->id, v);
	}
}

/* What is not a parameter: caller, kwargs, varargs, or a fault. */
static bool bind_rest(struct eval *e, const struct node *macro,
		      const struct args *args)
{
	struct value rest = macro->uses_kwargs ? eval_dict(e) : VALUE_NIL;
	struct value caller = {.type = EVAL_UNSET};
	for (uint32_t i = 0; i < args->n_kw && !eval_failed(e); i++) {
		const struct argument *kw = &args->kw[i];
		eval_step(e, 1 + macro->n_kw / EVAL_WALK_BYTES);
		if (is_parameter(macro, kw->name))
			continue;
		if (macro->uses_caller &&
		    slice_equal(kw->name, SLICE("caller")))
			caller = kw->value;
		else if (macro->uses_kwargs)
			eval_set(e, rest.dict, value_string(kw->name),
				 kw->value);
		else
			eval_error(e,
				   "macro '%.*s' takes no keyword argument "
				   "'%.*s'",
				   SLICE_ARG(macro->text), SLICE_ARG(kw->name));
	}
	if (args->n > macro->n_kw && !macro->uses_varargs)
		eval_error(e, "macro '%.*s' takes not more than %u argument(s)",
			   SLICE_ARG(macro->text), macro->n_kw);
	if (eval_failed(e))
		return false;
	if (macro->uses_kwargs)
		eval_bind(e, template_name_id(e->t, SLICE("kwargs")), rest);
	uint32_t more = args->n > macro->n_kw ? args->n - macro->n_kw : 0;
	if (macro->uses_varargs)
		eval_bind(e, template_name_id(e->t, SLICE("varargs")),
			  value_items(VALUE_TUPLE,
				      more ? args->v + macro->n_kw : NULL,
				      more));
	if (macro->uses_caller)
		eval_bind(e, template_name_id(e->t, SLICE("caller")),
			  arg_given(caller)
				  ? caller
				  : eval_undefined(e, SLICE("caller")));
	return !eval_failed(e);
}

#define CALL_STEPS 2

static struct value call_macro(struct eval *e, const struct macro *m,
			       const struct args *args)
{
	struct scope *outer = e->scope;
	struct scope *s = eval_alloc(e, sizeof(*s));
	struct value held = e->held, text = VALUE_NIL;
	if (!s)
		return VALUE_NIL;
	if (e->calls >= e->limits->max_calls)
		return eval_fail(e, ERR_LIMIT,
				 "macros call one another more than %u deep",
				 e->limits->max_calls);
	eval_step(e, CALL_STEPS);
	e->calls++;
	eval_scope_enter(e, s, m->scope);
	e->held = m->held;
	if (bind_rest(e, m->node, args)) {
		bind_parameters(e, m->node, args);
		text = eval_capture(e, m->node->list, m->node->n);
	}
	e->held = held;
	e->scope = outer;
	e->calls--;
	return text;
}

struct value eval_call(struct eval *e, struct value callee,
		       const struct args *args)
{
	switch ((enum value_type)callee.type) {
	case VALUE_MACRO: return call_macro(e, callee.macro, args);
	case VALUE_METHOD: return method_call(e, callee.method, args);
	case VALUE_FUNCTION: return global_call(e, callee.i, args);
	case VALUE_UNDEFINED: return eval_use_undefined(e, callee);
	default:
		return eval_error(e, "'%s' object is not callable",
				  value_type_name(callee));
	}
}
