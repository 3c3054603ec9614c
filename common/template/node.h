/* The tree that a template is compiled to. Immutable once parsed; all of
 * it lives in the template's arena. */
#ifndef COMMON_TEMPLATE_NODE_H
#define COMMON_TEMPLATE_NODE_H

#include "common/template/value.h"

enum node_kind {
	/* statements; `list` is the body */
	NODE_DATA,   /* text */
	NODE_OUTPUT, /* a */
	NODE_BODY,
	NODE_SCOPE,        /* a body whose names do not leak */
	NODE_FOR,          /* for a in b if c; d: else's NODE_BODY */
	NODE_IF,           /* a; d: NODE_IF or NODE_BODY or NULL */
	NODE_SET,          /* a = b */
	NODE_SET_BLOCK,    /* a; b: filters over NODE_HELD, or NULL */
	NODE_MACRO,        /* name, parameters */
	NODE_CALL_BLOCK,   /* a: NODE_CALL; d: NODE_MACRO for caller */
	NODE_FILTER_BLOCK, /* b */
	NODE_BREAK,
	NODE_CONTINUE,
	/* expressions */
	NODE_CONST,          /* value */
	NODE_NAME,           /* name; value: if it has none */
	NODE_NAMESPACE_ATTR, /* name.text, as a target */
	NODE_LIST,
	NODE_TUPLE,
	NODE_DICT,  /* list: key, value, key, ... */
	NODE_ATTR,  /* a.text */
	NODE_ITEM,  /* a[b] */
	NODE_SLICE, /* a[b:c:d], each may be NULL */
	NODE_CALL,  /* a(list, kw) */
	NODE_FILTER,
	NODE_TEST,
	NODE_NOT,
	NODE_NEGATE,
	NODE_PLUS,
	NODE_AND,
	NODE_OR,
	NODE_BINARY,  /* op */
	NODE_CONCAT,  /* list */
	NODE_COMPARE, /* a, then list of operands with op of each */
	NODE_COND,    /* b if a else c; c may be NULL */
	NODE_HELD,    /* the text of the block that is being filtered */
};

enum node_op {
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOOR_DIV,
	OP_MOD,
	OP_POW,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_NOT_IN,
};

struct keyword {
	struct slice name;
	uint32_t id;        /* of a macro's parameter */
	struct node *value; /* a parameter's default, or NULL */
};

struct filter;
struct test;

struct node {
	uint8_t kind; /* enum node_kind */
	uint8_t op;   /* enum node_op; of an operand: what comes before */
	bool uses_caller, uses_kwargs, uses_varargs; /* of a macro */
	bool uses_loop;                              /* of a for */
	uint32_t line;
	uint32_t name; /* index into the template's names */
	uint32_t n, n_kw;
	struct slice text;
	struct value value;
	struct node *a, *b, *c, *d;
	struct node **list;
	struct keyword *kw;
	struct node *star, *star_star; /* f(*a, **b) */
	const struct filter *filter;   /* NULL: none of this name */
	const struct test *test;
};

#endif
