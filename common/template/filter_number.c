/* Filters to and over numbers, and default(). */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/template/filter.h"
#include "common/template/text.h"
#include "common/template/unicode.h"

#define MAX_NUMBER 64

FILTER(filter_default)
{
	(void)raw;
	struct value otherwise = arg_given(arg[0]) ? arg[0] : value_text("");
	bool use = in.type == VALUE_UNDEFINED ||
		   (arg_true(arg[1], false) && !value_true(in));
	(void)e;
	return use ? otherwise : in;
}

FILTER(filter_abs)
{
	(void)arg, (void)raw;
	int64_t i;
	if (in.type == VALUE_FLOAT)
		return value_float(fabs(in.f));
	if (value_integer(in, &i))
		return eval_negate(e, value_int(i), i < 0);
	if (in.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, in);
	return eval_error(e, "bad operand type for abs(): '%s'",
			  value_type_name(in));
}

#define READ_STEPS  16  /* of reading a number */
#define ROUND_STEPS 640 /* of a number of 300 digits */

/* The text of a number without blanks round it and `_` between digits. */
static bool digits_of(struct eval *e, struct value v, bool hex,
		      char out[MAX_NUMBER])
{
	struct slice s = text_strip_some(e, value_slice(v), NULL, true, true);
	size_t n = 0;
	if (!eval_step(e, READ_STEPS / 4))
		return false;
	if (s.n == 0 || s.n >= MAX_NUMBER)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool between = i > 0 && i + 1 < s.n &&
			       text_is_digit((unsigned char)s.p[i - 1]) &&
			       text_is_digit((unsigned char)s.p[i + 1]);
		bool x = (s.p[i] | 0x20) == 'x' && !hex;
		if (s.p[i] == '\0' || x || s.p[i] == 'p' || s.p[i] == '(' ||
		    (s.p[i] == '_' && !between))
			return false;
		if (s.p[i] != '_')
			out[n++] = s.p[i];
	}
	out[n] = '\0';
	return true;
}

/* Python's float(str). */
static bool float_of(struct eval *e, struct value v, double *out)
{
	char text[MAX_NUMBER], *end;
	if (v.type != VALUE_STRING)
		return value_number(v, out);
	if (!digits_of(e, v, false, text) || !eval_step(e, READ_STEPS))
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && end > text;
}

FILTER(filter_float)
{
	double f;
	(void)raw;
	if (in.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, in);
	if (in.type == VALUE_BIG)
		return eval_fail(e, ERR_UNSUPPORTED, "an int over 64 bits");
	if (float_of(e, in, &f))
		return value_float(f);
	return arg_given(arg[0]) ? arg[0] : value_float(0);
}

static bool int_of_text(struct eval *e, struct value v, int64_t base,
			int64_t *out)
{
	char text[MAX_NUMBER], *end;
	if (!digits_of(e, v, base == 16, text) || !eval_step(e, READ_STEPS))
		return false;
	errno = 0;
	*out = strtoll(text, &end, (int)base);
	if (*end != '\0' || end == text)
		return false;
	if (errno != 0)
		eval_fail(e, ERR_UNSUPPORTED, "an int over 64 bits");
	return true;
}

FILTER(filter_int)
{
	int64_t i, base = arg_int(e, arg[1], 10);
	double f;
	(void)raw;
	if (in.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, in);
	if (in.type == VALUE_BIG)
		return in;
	if (base < 2 || base > 36)
		return eval_error(e, "int() base must be >= 2 and <= 36");
	if (value_integer(in, &i))
		return value_int(i);
	if (in.type == VALUE_STRING && int_of_text(e, in, base, &i))
		return value_int(i);
	if (!float_of(e, in, &f) || isnan(f))
		return arg_given(arg[0]) ? arg[0] : value_int(0);
	if (isinf(f))
		return eval_error(e, "cannot convert float infinity to "
				     "integer");
	if (fabs(f) >= 9.2e18)
		return eval_fail(e, ERR_UNSUPPORTED, "an int over 64 bits");
	return value_int((int64_t)f);
}

FILTER(filter_round)
{
	double f;
	(void)raw;
	int64_t precision = arg_int(e, arg[0], 0);
	bool common = !arg_given(arg[1]) || value_is(arg[1], "common");
	if (in.type == VALUE_UNDEFINED)
		return eval_use_undefined(e, in);
	if (!value_number(in, &f))
		return eval_error(e, "type %s doesn't define __round__ method",
				  value_type_name(in));
	if (common && in.type != VALUE_FLOAT && precision >= 0)
		return value_int(in.i);
	if (!eval_step(e, ROUND_STEPS))
		return VALUE_NIL;
	double scale = pow(10, (double)precision);
	if (value_is(arg[1], "ceil"))
		return value_float(ceil(f * scale) / scale);
	if (value_is(arg[1], "floor"))
		return value_float(floor(f * scale) / scale);
	if (!common)
		return eval_error(e, "method must be common, ceil or floor");
	if (precision < 0 || precision > 15)
		return value_float(nearbyint(f * scale) / scale);
	char text[400];
	snprintf(text, sizeof(text), "%.*f", (int)precision, f);
	return value_float(strtod(text, NULL));
}
