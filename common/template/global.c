/* Functions that every template may call. */
#include <string.h>
#include <time.h>

#include "common/template/eval.h"

#define MAX_RANGE  100000
#define DATE_STEPS 320 /* of writing one */

static bool fill(struct eval *e, struct dict *to, const struct args *args)
{
	if (args->n > 1) {
		eval_error(e, "at most 1 argument expected, got %u", args->n);
		return false;
	}
	if (args->n == 1 && args->v[0].type != VALUE_DICT) {
		eval_fail(e, ERR_UNSUPPORTED, "a dict made of a %s",
			  value_type_name(args->v[0]));
		return false;
	}
	const struct dict *from = args->n == 1 ? args->v[0].dict : NULL;
	for (uint32_t i = 0; from && i < from->n && !eval_failed(e); i++)
		eval_set(e, to, from->entry[i].key, from->entry[i].value);
	for (uint32_t i = 0; i < args->n_kw && !eval_failed(e); i++)
		eval_set(e, to, value_string(args->kw[i].name),
			 args->kw[i].value);
	return !eval_failed(e);
}

static struct value make_dict(struct eval *e, const struct args *args)
{
	struct value v = eval_dict(e);
	return v.dict && fill(e, v.dict, args) ? v : VALUE_NIL;
}

static struct value make_namespace(struct eval *e, const struct args *args)
{
	struct value v = eval_dict(e);
	if (!v.dict || !fill(e, v.dict, args))
		return VALUE_NIL;
	v.type = VALUE_NAMESPACE;
	return v;
}

static struct value raise_exception(struct eval *e, const struct args *args)
{
	struct value arg[8];
	if (!eval_bind_args(e, "raise_exception", "message", args, arg))
		return VALUE_NIL;
	struct value s = arg_given(arg[0]) ? eval_string(e, arg[0])
					   : value_text("");
	if (eval_failed(e))
		return VALUE_NIL;
	return eval_error(e, "%.*s", SLICE_ARG(value_slice(s)));
}

static struct value strftime_now(struct eval *e, const struct args *args)
{
	struct value arg[8];
	char format[128], text[512];
	if (!eval_bind_args(e, "strftime_now", "format", args, arg))
		return VALUE_NIL;
	if (!arg_given(arg[0]) || arg[0].type != VALUE_STRING)
		return eval_error(e, "strftime() argument 1 must be str");
	struct slice s = value_slice(arg[0]);
	if (s.n >= sizeof(format) || memchr(s.p, '\0', s.n) ||
	    memmem(s.p, s.n, "%f", 2))
		return eval_fail(e, ERR_UNSUPPORTED, "this format of a date");
	memcpy(format, s.p, s.n);
	format[s.n] = '\0';
	if (eval_noting(e))
		passes_note_opaque(e);
	outline_date(e, s);
	if (!eval_step(e, DATE_STEPS))
		return VALUE_NIL;
	size_t n = strftime(text, sizeof(text), format, e->now);
	return eval_copy(e, (struct slice){text, n});
}

static uint64_t range_length(int64_t start, int64_t stop, int64_t step)
{
	uint64_t from = (uint64_t)start, to = (uint64_t)stop;
	if (step > 0 && start < stop)
		return (to - from - 1) / (uint64_t)step + 1;
	if (step < 0 && start > stop)
		return (from - to - 1) / (0 - (uint64_t)step) + 1;
	return 0;
}

static struct value make_range(struct eval *e, const struct args *args)
{
	int64_t bound[3] = {0, 0, 1};
	if (args->n < 1 || args->n > 3 || args->n_kw > 0)
		return eval_error(e, "range expected 1 to 3 arguments, got %u",
				  args->n);
	for (uint32_t i = 0; i < args->n; i++) {
		if (args->v[i].type == VALUE_UNDEFINED)
			return eval_use_undefined(e, args->v[i]);
		bound[args->n == 1 ? 1 : i] = arg_int(e, args->v[i], 0);
	}
	if (bound[2] == 0)
		return eval_error(e, "range() arg 3 must not be zero");
	uint64_t n = range_length(bound[0], bound[1], bound[2]);
	if (n > MAX_RANGE)
		return eval_error(e, "Range too big. The sandbox blocks "
				     "ranges larger than MAX_RANGE (100000).");
	if (!eval_count_bytes(e, sizeof(struct seq) + n * sizeof(struct value)))
		return VALUE_NIL;
	struct value v = value_seq_of(e->arena, SEQ_RANGE, n);
	struct value *item = seq_items(&v);
	for (uint64_t i = 0; i < n; i++)
		item[i] = value_int(
			(int64_t)((uint64_t)bound[0] + i * (uint64_t)bound[2]));
	v.seq->start = bound[0];
	v.seq->stop = bound[1];
	v.seq->step = bound[2];
	return v;
}

static const struct {
	const char *name;
	/* NULL: Jinja2 has it, we do not. */
	struct value (*run)(struct eval *e, const struct args *args);
} functions[] = {
	{"namespace", make_namespace},
	{"raise_exception", raise_exception},
	{"strftime_now", strftime_now},
	{"range", make_range},
	{"dict", make_dict},
	{"lipsum", NULL},
	{"cycler", NULL},
	{"joiner", NULL},
};

struct value global_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (slice_is(name, functions[i].name))
			return (struct value){.type = VALUE_FUNCTION,
					      .i = (int64_t)i};
	return (struct value){.type = EVAL_UNSET};
}

struct value global_call(struct eval *e, int64_t which, const struct args *args)
{
	if (!functions[which].run)
		return eval_fail(e, ERR_UNSUPPORTED, "%s() is not supported",
				 functions[which].name);
	return functions[which].run(e, args);
}
