/* One rendering: what all parts of the evaluator share.
 *
 * The first fault sticks in `status`; functions then return VALUE_NIL or
 * anything, and loops look at eval_failed(). Everything allocated comes
 * from the arena and is counted against a limit before. */
#ifndef COMMON_TEMPLATE_EVAL_H
#define COMMON_TEMPLATE_EVAL_H

#include "common/base/buf.h"
#include "common/template/node.h"
#include "common/template/outline.h"
#include "common/template/passes.h"
#include "common/template/template.h"

#define EVAL_UNSET       0xff /* a type: no value */
#define EVAL_VALUE_DEPTH 128  /* of nested lists and dicts, where walked */

/* A step stands for up to 18 ns, so that a bound on steps is one on time:
 * evaluating a node is one, and whatever takes longer is charged for more. */
#define EVAL_BULK_BYTES  192 /* copied, compared or searched by words */
#define EVAL_WALK_BYTES  6   /* looked at one by one */
#define EVAL_ALLOC_BYTES 48  /* of memory, which the kernel has to clear */

struct binding {
	uint32_t name;
	struct value value;
};

struct scope {
	struct scope *parent;
	struct binding *binding;
	uint32_t n, room;
};

struct macro {
	const struct node *node;
	struct scope *scope; /* where it was defined */
	struct value held;
};

struct method {
	struct value of;
	struct slice name;
	const struct method_row *row;
};

struct loop_state {
	const struct value *item;
	size_t n, at;
	/* Of the last pass, for the next, unless a macro remembers it. */
	struct scope *scope;
	size_t n_macros; /* made before it */
};

/* Of the text asked for last, if it is long. */
struct text_place {
	struct slice text;
	size_t length;        /* in characters */
	size_t index, offset; /* of one of them; in bytes */
};

struct eval {
	struct arena *arena;
	struct buf *out;
	struct buf scratch; /* of one filter at a time; heap */
	const struct template *t;
	const struct template_limits *limits;
	const struct tm *now;
	uint64_t steps; /* left */
	size_t bytes;   /* allocated */
	size_t start;   /* of this rendering in `out` */
	unsigned depth, calls;
	enum status status;
	struct error *err;
	struct value *root, *global; /* by name id */
	struct scope *scope;         /* NULL: the root's */
	struct value held;
	struct text_place place;
	uint32_t n_names;
	size_t n_macros;       /* made so far */
	struct passes *passes; /* or NULL */
	/* Or NULL. If not, `passes` is. */
	struct outlining *outlining;
};

struct argument {
	struct slice name;
	struct value value;
};

struct args {
	const struct value *v;
	uint32_t n;
	const struct argument *kw;
	uint32_t n_kw;
};

static inline bool eval_failed(const struct eval *e)
{
	return e->status != OK;
}

/* A pass is being recorded: what it looks at is to be noted. */
static inline bool eval_noting(const struct eval *e)
{
	return e->passes && e->passes->now;
}

/* Sets the fault, unless one is set. Returns VALUE_NIL. */
struct value eval_fail(struct eval *e, enum status status, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
#define eval_error(e, ...) eval_fail(e, ERR_INVALID, __VA_ARGS__)
/* The sentence of using what is undefined. */
struct value eval_use_undefined(struct eval *e, struct value v);

bool eval_step(struct eval *e, uint64_t n);
/* So much memory that is not taken by eval_alloc(). */
bool eval_count_bytes(struct eval *e, size_t n);
/* NULL past the limit. */
void *eval_alloc(struct eval *e, size_t n);
struct value *eval_array(struct eval *e, size_t n);
bool eval_put(struct eval *e, struct buf *to, struct slice s);
bool eval_put_blanks(struct eval *e, struct buf *to, int64_t n);
/* The scratch text as a string, and the scratch emptied. */
struct value eval_take(struct eval *e);
struct value eval_copy(struct eval *e, struct slice s);

/* Python's iter(): items in memory. A generator is used up. */
bool eval_items(struct eval *e, struct value v, const struct value **item,
		size_t *n);
bool eval_length(struct eval *e, struct value v, size_t *out);

struct value eval_dict(struct eval *e); /* an empty one */
/* NULL if the key is not there. Looking it up is charged by what it has;
 * ERR_LIMIT if that is many items, which one dict would have to compare over
 * and over. */
struct value *eval_get(struct eval *e, const struct dict *d, struct value key);
bool eval_set(struct eval *e, struct dict *d, struct value key,
	      struct value value);

/* search_first(), charged. */
const char *eval_find(struct eval *e, struct slice in, struct slice what);

/* place.c: in characters; an offset is s.n past the end. */
size_t eval_text_length(struct eval *e, struct slice s);
size_t eval_text_offset(struct eval *e, struct slice s, size_t index);

/* eval_expr.c */
struct value eval_whole(struct eval *e, const struct node *node);
/* Whoever has the value may look into it: it is told nothing. */
static inline struct value eval_seen(struct eval *e, struct value v)
{
	if (UNLIKELY(v.told)) {
		outline_touch(e);
		v.told = 0;
	}
	return v;
}

static inline struct value eval_node(struct eval *e, const struct node *node)
{
	return eval_seen(e, eval_whole(e, node));
}

/* Whether it counts as true. */
static inline bool eval_truth(struct eval *e, const struct node *node)
{
	struct value v = eval_whole(e, node);
	bool truth = value_true(v);
	if (UNLIKELY(told_is_text(v)))
		outline_ask(e, v.told, OUTLINE_ANY, SLICE(""), truth);
	return truth;
}

/* The arguments of a call, filter or test, evaluated. */
bool eval_args(struct eval *e, const struct node *node, struct args *out);
struct value eval_apply_filter(struct eval *e, const struct node *node,
			       struct value in);
/* eval_stmt.c */
enum eval_flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE };
enum eval_flow eval_body(struct eval *e, struct node *const *list, uint32_t n);
struct value eval_lookup(struct eval *e, const struct node *name);
/* Without noting it. */
struct value eval_lookup_quietly(struct eval *e, const struct node *name);
/* One pass of a for, or all of them. */
enum eval_flow eval_pass(struct eval *e, const struct node *node,
			 struct loop_state *loop);
void eval_passes(struct eval *e, const struct node *node,
		 struct loop_state *loop);
void eval_bind(struct eval *e, uint32_t name, struct value value);
/* The text that a body puts out. */
struct value eval_capture(struct eval *e, struct node *const *list, uint32_t n);
void eval_scope_enter(struct eval *e, struct scope *s, struct scope *parent);
bool eval_assign(struct eval *e, const struct node *target, struct value v);

/* template.c */
uint32_t template_name_id(const struct template *t, struct slice name);
uint32_t template_loop_name(const struct template *t);
const struct node *template_root(const struct template *t);

/* call.c */
struct value eval_call(struct eval *e, struct value callee,
		       const struct args *args);
/* Binds to parameters "a b c": `out` has room for 8, EVAL_UNSET where
 * not given. False (a fault) if the arguments do not fit. */
bool eval_bind_args(struct eval *e, const char *what, const char *parameters,
		    const struct args *args, struct value *out);
bool arg_given(struct value v);
int64_t arg_int(struct eval *e, struct value v, int64_t otherwise);
bool arg_true(struct value v, bool otherwise);

/* op.c */
struct value eval_binary(struct eval *e, enum node_op op, struct value a,
			 struct value b);
bool eval_compare(struct eval *e, enum node_op op, struct value a,
		  struct value b);
bool eval_equal(struct eval *e, struct value a, struct value b);
/* a < b, as sort needs it. */
bool eval_less(struct eval *e, struct value a, struct value b);
struct value eval_negate(struct eval *e, struct value v, bool negate);
struct slice eval_escape(struct eval *e, struct slice s);

/* attr.c */
struct value eval_attr(struct eval *e, struct value of, struct slice name);
struct value eval_item(struct eval *e, struct value of, struct value key);
struct value eval_slice(struct eval *e, struct value of, struct value start,
			struct value stop, struct value step);
/* As filters name attributes: "a.b.0" or a number. */
struct value eval_path(struct eval *e, struct value of, struct value path);
struct value eval_undefined(struct eval *e, struct slice name);

/* repr.c */
bool repr_put(struct eval *e, struct buf *to, struct value v, unsigned depth);
bool str_put(struct eval *e, struct buf *to, struct value v);
/* str(v); strings (and Markup) stay as they are. */
struct value eval_string(struct eval *e, struct value v);
#define REPR_FLOAT_BYTES 40
/* What that takes. */
uint64_t repr_float_steps(double f);
/* As Python's repr(float); returns the length. */
size_t repr_float(double f, char out[REPR_FLOAT_BYTES]);

/* format.c */
struct value format_percent(struct eval *e, struct value format,
			    struct value args);
struct value format_braces(struct eval *e, struct value format,
			   const struct args *args);

/* global.c */
struct value global_find(struct slice name); /* EVAL_UNSET if there is none */
struct value global_call(struct eval *e, int64_t which,
			 const struct args *args);
/* method.c */
/* NULL: no such attribute. */
const struct method_row *method_find(struct value of, struct slice name,
				     bool *unsafe);
struct value method_call(struct eval *e, const struct method *m,
			 const struct args *args);
struct value loop_attr(struct eval *e, const struct loop_state *loop,
		       struct slice name);
struct value loop_call(struct eval *e, const struct loop_state *loop,
		       struct slice name, const struct args *args);

#endif
