#include "common/template/test.h"

#include <math.h>
#include <string.h>

#include "common/template/filter.h"
#include "common/template/text.h"

struct test {
	const char *name;
	unsigned arguments;
	bool (*run)(struct eval *e, struct value v, struct value with);
	bool of_type; /* it looks at nothing else */
};

#define FIND_STEPS 4 /* of looking one up by its name */

#define TEST(name)                                                             \
	static bool name(struct eval *e, struct value v, struct value with)
#define UNUSED ((void)e, (void)v, (void)with)

TEST(is_defined)
{
	UNUSED;
	return v.type != VALUE_UNDEFINED;
}

TEST(is_undefined)
{
	UNUSED;
	return v.type == VALUE_UNDEFINED;
}

TEST(is_none)
{
	UNUSED;
	return v.type == VALUE_NONE;
}

TEST(is_string)
{
	UNUSED;
	return v.type == VALUE_STRING;
}

TEST(is_mapping)
{
	UNUSED;
	return v.type == VALUE_DICT;
}

TEST(is_iterable)
{
	UNUSED;
	return v.type == VALUE_UNDEFINED ||
	       (v.type >= VALUE_STRING && v.type <= VALUE_SEQ) ||
	       v.type == VALUE_LOOP;
}

TEST(is_sequence)
{
	UNUSED;
	return v.type == VALUE_UNDEFINED ||
	       (v.type >= VALUE_STRING && v.type <= VALUE_DICT) ||
	       (v.type == VALUE_SEQ && v.seq->kind == SEQ_RANGE);
}

TEST(is_number)
{
	UNUSED;
	return v.type >= VALUE_BOOL && v.type <= VALUE_FLOAT;
}

TEST(is_integer)
{
	UNUSED;
	return v.type == VALUE_INT || v.type == VALUE_BIG;
}

TEST(is_float)
{
	UNUSED;
	return v.type == VALUE_FLOAT;
}

TEST(is_boolean)
{
	UNUSED;
	return v.type == VALUE_BOOL;
}

TEST(is_true)
{
	UNUSED;
	return v.type == VALUE_BOOL && v.i;
}

TEST(is_false)
{
	UNUSED;
	return v.type == VALUE_BOOL && !v.i;
}

TEST(is_odd)
{
	(void)with;
	struct value rest = eval_binary(e, OP_MOD, v, value_int(2));
	return eval_equal(e, rest, value_int(1));
}

TEST(is_even)
{
	(void)with;
	struct value rest = eval_binary(e, OP_MOD, v, value_int(2));
	return eval_equal(e, rest, value_int(0));
}

TEST(is_divisible)
{
	struct value rest = eval_binary(e, OP_MOD, v, with);
	return eval_equal(e, rest, value_int(0));
}

TEST(is_eq)
{
	return eval_compare(e, OP_EQ, v, with);
}

TEST(is_ne)
{
	return eval_compare(e, OP_NE, v, with);
}

TEST(is_lt)
{
	return eval_compare(e, OP_LT, v, with);
}

TEST(is_le)
{
	return eval_compare(e, OP_LE, v, with);
}

TEST(is_gt)
{
	return eval_compare(e, OP_GT, v, with);
}

TEST(is_ge)
{
	return eval_compare(e, OP_GE, v, with);
}

TEST(is_in)
{
	return eval_compare(e, OP_IN, v, with);
}

TEST(is_callable)
{
	UNUSED;
	return v.type == VALUE_UNDEFINED ||
	       (v.type >= VALUE_MACRO && v.type <= VALUE_LOOP);
}

/* Has it cased letters, and none of the other case? */
static bool cased(struct eval *e, struct value v,
		  void (*other)(struct buf *out, uint32_t c))
{
	struct value s = eval_string(e, v);
	struct text_walk walk = {.e = e, .p = s.s, .end = s.s + s.n};
	const char *from = s.s;
	struct buf b;
	bool any = false, all = true;
	if (eval_failed(e))
		return false;
	buf_init(&b);
	for (uint32_t c; text_walk(&walk, &c); from = walk.p) {
		struct slice one = {from, (size_t)(walk.p - from)};
		eval_step(e, 3);
		buf_reset(&b, 64);
		other(&b, c);
		bool differs = !slice_equal(buf_slice(&b), one);
		any |= differs;
		if (differs)
			continue;
		buf_reset(&b, 64);
		(other == text_upper ? text_lower : text_upper)(&b, c);
		all &= slice_equal(buf_slice(&b), one);
	}
	buf_fini(&b);
	return any && all;
}

TEST(is_lower)
{
	(void)with;
	return cased(e, v, text_upper);
}

TEST(is_upper)
{
	(void)with;
	return cased(e, v, text_lower);
}

TEST(is_filter)
{
	(void)with;
	return v.type == VALUE_STRING && eval_step(e, FIND_STEPS) &&
	       filter_find(value_slice(v));
}

TEST(is_test)
{
	(void)with;
	return v.type == VALUE_STRING && eval_step(e, FIND_STEPS) &&
	       test_find(value_slice(v));
}

TEST(is_escaped)
{
	UNUSED;
	return v.type == VALUE_STRING && v.markup;
}

/* Of what is one object in Python for sure; else like ==. */
TEST(is_same)
{
	return v.type == with.type && eval_equal(e, v, with);
}

static const struct test tests[] = {
	{"defined", 0, is_defined, true},
	{"undefined", 0, is_undefined, true},
	{"none", 0, is_none, true},
	{"string", 0, is_string, true},
	{"mapping", 0, is_mapping, true},
	{"iterable", 0, is_iterable, true},
	{"sequence", 0, is_sequence, true},
	{"number", 0, is_number, true},
	{"integer", 0, is_integer, true},
	{"float", 0, is_float, true},
	{"boolean", 0, is_boolean, true},
	{"true", 0, is_true, true},
	{"false", 0, is_false, true},
	{"odd", 0, is_odd},
	{"even", 0, is_even},
	{"divisibleby", 1, is_divisible},
	{"eq", 1, is_eq},
	{"equalto", 1, is_eq},
	{"==", 1, is_eq},
	{"ne", 1, is_ne},
	{"!=", 1, is_ne},
	{"lt", 1, is_lt},
	{"lessthan", 1, is_lt},
	{"<", 1, is_lt},
	{"le", 1, is_le},
	{"<=", 1, is_le},
	{"gt", 1, is_gt},
	{"greaterthan", 1, is_gt},
	{">", 1, is_gt},
	{"ge", 1, is_ge},
	{">=", 1, is_ge},
	{"in", 1, is_in},
	{"callable", 0, is_callable, true},
	{"lower", 0, is_lower},
	{"upper", 0, is_upper},
	{"sameas", 1, is_same},
	{"escaped", 0, is_escaped},
	{"filter", 0, is_filter},
	{"test", 0, is_test},
};

const struct test *test_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		if (slice_is(name, tests[i].name))
			return &tests[i];
	return NULL;
}

bool test_is_of_type(const struct test *t)
{
	return t->of_type;
}

bool test_run(struct eval *e, const struct test *t, struct value in,
	      const struct args *args)
{
	if (args->n + args->n_kw != t->arguments) {
		eval_error(e, "test '%s' takes %u arguments (%u given)",
			   t->name, t->arguments, args->n + args->n_kw);
		return false;
	}
	struct value with = args->n      ? args->v[0]
			    : args->n_kw ? args->kw[0].value
					 : VALUE_NIL;
	return t->run(e, in, with) && !eval_failed(e);
}
