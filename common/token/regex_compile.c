/* From the tree to the program, from its end to its start: each part is
 * compiled with what it goes on to. */
#include "common/base/mem.h"
#include "common/token/regex_program.h"

struct compiler {
	struct regex *re;
	size_t size;
	bool is_full;
};

static struct regex_op *op_at(struct compiler *c, uint32_t at)
{
	return &c->re->op[at];
}

static uint32_t emit(struct compiler *c, struct regex_op op)
{
	struct regex *re = c->re;

	if (re->n_op == REGEX_MAX_OPS) {
		c->is_full = true;
		return 0;
	}
	if (re->n_op == c->size) {
		c->size = c->size ? c->size * 2 : 64;
		re->op = mem_realloc(re->op, c->size * sizeof(*re->op));
	}
	re->op[re->n_op] = op;
	return (uint32_t)re->n_op++;
}

static uint32_t compile(struct compiler *c, const struct regex_node *n,
			uint32_t next);

/* In front of another text, both become one. */
static uint32_t compile_char(struct compiler *c, uint32_t point, uint32_t next)
{
	struct regex_op op = {.code = REGEX_OP_TEXT, .next = next};
	const struct regex_op *behind = op_at(c, next);

	op.n = (uint8_t)utf8_put(op.text, point);
	if (behind->code == REGEX_OP_TEXT &&
	    op.n + behind->n <= REGEX_MAX_TEXT) {
		memcpy(op.text + op.n, behind->text, behind->n);
		op.n = (uint8_t)(op.n + behind->n);
		op.next = behind->next;
	}
	return emit(c, op);
}

static uint32_t compile_sequence(struct compiler *c,
				 const struct regex_node *first, uint32_t next)
{
	const struct regex_node *part[256];
	size_t n = 0;

	/* From the last to the first, some at a time. */
	for (const struct regex_node *i = first; i; i = i->next) {
		if (n == ARRAY_LEN(part)) {
			next = compile_sequence(c, i, next);
			break;
		}
		part[n++] = i;
	}
	while (n > 0)
		next = compile(c, part[--n], next);
	return next;
}

static uint32_t compile_choice(struct compiler *c, const struct regex_node *n,
			       uint32_t next)
{
	uint32_t head = 0, way, before = 0, part;

	for (; n->next; n = n->next) {
		way = emit(c, (struct regex_op){.code = REGEX_OP_SPLIT});
		part = compile(c, n, next);
		op_at(c, way)->next = part;
		if (head == 0)
			head = way;
		else
			op_at(c, before)->other = way;
		before = way;
	}
	part = compile(c, n, next);
	if (head == 0)
		return part;
	op_at(c, before)->other = part;
	return head;
}

static void set_ways(struct compiler *c, uint32_t split, bool lazy, uint32_t in,
		     uint32_t out)
{
	struct regex_op *op = op_at(c, split);

	op->next = lazy ? out : in;
	op->other = lazy ? in : out;
}

static bool may_be_empty(const struct regex_node *n)
{
	uint32_t min, max;

	regex_tree_lengths(n, &min, &max);
	return min == 0;
}

/* Any number of turns. One that takes nothing is the last. */
static uint32_t compile_loop(struct compiler *c, const struct regex_node *n,
			     uint32_t next)
{
	uint32_t split = emit(c, (struct regex_op){.code = REGEX_OP_SPLIT});
	uint32_t in;
	struct regex_op mark = {.code = REGEX_OP_MARK};

	if (!may_be_empty(n->child)) {
		in = compile(c, n->child, split);
		set_ways(c, split, n->lazy, in, next);
		return split;
	}
	if (c->re->n_mark == REGEX_MAX_MARKS) {
		c->is_full = true;
		return 0;
	}
	mark.n = (uint8_t)c->re->n_mark++;
	in = emit(c, (struct regex_op){.code = REGEX_OP_CHECK,
				       .n = mark.n,
				       .next = split,
				       .other = next});
	mark.next = compile(c, n->child, in);
	in = emit(c, mark);
	set_ways(c, split, n->lazy, in, next);
	return split;
}

/* Up to `most` turns. */
static uint32_t compile_some(struct compiler *c, const struct regex_node *n,
			     uint32_t most, uint32_t next)
{
	uint32_t head = next, part, split;

	for (; most > 0 && !c->is_full; most--) {
		part = compile(c, n->child, head);
		if (part == head)
			break; /* it is nothing at all */
		split = emit(c, (struct regex_op){.code = REGEX_OP_SPLIT});
		set_ways(c, split, n->lazy, part, next);
		head = split;
	}
	return head;
}

/* One class over and over: the matcher keeps count. */
static uint32_t compile_run(struct compiler *c, const struct regex_node *n,
			    enum regex_mode mode, uint32_t next)
{
	const struct regex_op *behind = op_at(c, next);
	struct regex_op op = {
		.code = REGEX_OP_RUN,
		.mode = (uint8_t)mode,
		.class = n->child->set,
		.min = n->min,
		.max = n->max,
		.next = next,
	};

	/* Where nothing follows that could fail, there is no way back. */
	if (mode == REGEX_GREEDY && behind->code == REGEX_OP_END &&
	    !behind->ends_behind)
		op.mode = REGEX_POSSESSIVE;
	return emit(c, op);
}

static uint32_t compile_repeat(struct compiler *c, const struct regex_node *n,
			       uint32_t next)
{
	uint32_t head, part;

	if (n->child->kind == REGEX_SET)
		return compile_run(c, n, n->lazy ? REGEX_LAZY : REGEX_GREEDY,
				   next);
	if (n->max == REGEX_FOREVER)
		head = compile_loop(c, n, next);
	else
		head = compile_some(c, n, n->max - n->min, next);
	for (uint32_t i = 0; i < n->min && !c->is_full; i++) {
		part = compile(c, n->child, head);
		if (part == head)
			break;
		head = part;
	}
	return head;
}

static uint32_t compile_atomic(struct compiler *c, const struct regex_node *n,
			       uint32_t next)
{
	struct regex_op op = {.code = REGEX_OP_ATOMIC, .next = next};
	const struct regex_node *in = n->child;

	if (in->kind == REGEX_REPEAT && in->child->kind == REGEX_SET &&
	    !in->lazy)
		return compile_run(c, in, REGEX_POSSESSIVE, next);
	op.other = emit(c, (struct regex_op){.code = REGEX_OP_END});
	op.other = compile(c, in, op.other);
	return emit(c, op);
}

static uint32_t compile_look(struct compiler *c, const struct regex_node *n,
			     uint32_t next)
{
	struct regex_op op = {
		.code = REGEX_OP_LOOK,
		.next = next,
		.negated = n->negated,
		.behind = n->kind == REGEX_BEHIND,
		.min = n->min,
		.max = n->max,
	};

	op.other = emit(c, (struct regex_op){.code = REGEX_OP_END,
					     .ends_behind = op.behind});
	op.other = compile(c, n->child, op.other);
	return emit(c, op);
}

static uint32_t compile(struct compiler *c, const struct regex_node *n,
			uint32_t next)
{
	switch (n->kind) {
	case REGEX_EMPTY: return next;
	case REGEX_CHAR: return compile_char(c, n->c, next);
	case REGEX_SET:
		return emit(c, (struct regex_op){.code = REGEX_OP_ONE,
						 .class = n->set,
						 .next = next});
	case REGEX_SEQUENCE: return compile_sequence(c, n->child, next);
	case REGEX_CHOICE: return compile_choice(c, n->child, next);
	case REGEX_REPEAT: return compile_repeat(c, n, next);
	case REGEX_ATOMIC: return compile_atomic(c, n, next);
	case REGEX_AHEAD:
	case REGEX_BEHIND: return compile_look(c, n, next);
	case REGEX_ANCHOR: break;
	}
	return emit(c, (struct regex_op){.code = REGEX_OP_ANCHOR,
					 .anchor = (uint8_t)n->anchor,
					 .class = n->set,
					 .next = next});
}

enum status regex_compile(const struct regex_tree *t, struct regex *re,
			  struct error *err)
{
	struct compiler c = {.re = re};

	re->class = mem_array(t->n_set + 1, sizeof(*re->class));
	for (size_t i = 0; i < t->n_set; i++)
		regex_add_class(re, &t->set[i]);
	(void)emit(&c, (struct regex_op){.code = REGEX_OP_END});
	re->start = compile(&c, t->root, 0);
	if (c.is_full)
		return error_set(err, ERR_LIMIT,
				 "byte 0 of the pattern: its repetitions make "
				 "it too long");
	regex_find_ways(re, t);
	return OK;
}
