/* What a template sees as `loop`. */
#include <string.h>

#include "common/template/method.h"

static struct value no_item(struct eval *e, const char *sentence)
{
	struct undefined *u = eval_alloc(e, sizeof(*u));
	if (!u)
		return VALUE_NIL;
	*u = (struct undefined){.reason = sentence};
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

static struct value bound(struct eval *e, const struct loop_state *loop,
			  struct slice name)
{
	static const struct method_row row = {"loop", NULL, NULL};
	struct method *m = eval_alloc(e, sizeof(*m));
	if (!m)
		return VALUE_NIL;
	*m = (struct method){{.type = VALUE_LOOP, .loop = loop}, name, &row};
	return (struct value){.type = VALUE_METHOD, .method = m};
}

struct value loop_attr(struct eval *e, const struct loop_state *loop,
		       struct slice name)
{
	int64_t at = (int64_t)loop->at, n = (int64_t)loop->n;
	if (slice_equal(name, SLICE("last")))
		return value_bool(at + 1 == n);
	if (slice_equal(name, SLICE("first")))
		return value_bool(at == 0);
	if (slice_equal(name, SLICE("index0")))
		return value_int(at);
	if (slice_equal(name, SLICE("index")))
		return value_int(at + 1);
	if (slice_equal(name, SLICE("length")))
		return value_int(n);
	if (slice_equal(name, SLICE("revindex")))
		return value_int(n - at);
	if (slice_equal(name, SLICE("revindex0")))
		return value_int(n - at - 1);
	if (slice_equal(name, SLICE("depth")))
		return value_int(1);
	if (slice_equal(name, SLICE("depth0")))
		return value_int(0);
	if (slice_equal(name, SLICE("previtem")))
		return at > 0 ? loop->item[at - 1]
			      : no_item(e, "there is no previous item");
	if (slice_equal(name, SLICE("nextitem")))
		return at + 1 < n ? loop->item[at + 1]
				  : no_item(e, "there is no next item");
	if (slice_equal(name, SLICE("cycle")) ||
	    slice_equal(name, SLICE("changed")))
		return bound(e, loop, name);
	return (struct value){.type = EVAL_UNSET};
}

struct value loop_call(struct eval *e, const struct loop_state *loop,
		       struct slice name, const struct args *args)
{
	if (!slice_equal(name, SLICE("cycle")))
		return eval_fail(e, ERR_UNSUPPORTED,
				 "loop.changed() is not supported");
	if (args->n == 0)
		return eval_error(e, "no items for cycling given");
	return args->v[loop->at % args->n];
}
