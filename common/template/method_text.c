/* Methods of str. Of Markup they give Markup, as markupsafe does. */
#include <string.h>

#include "common/template/filter.h"
#include "common/template/method.h"
#include "common/template/text.h"
#include "common/template/unicode.h"

#define METHOD(name)                                                           \
	static struct value name(struct eval *e, struct value of,              \
				 const struct value *arg,                      \
				 const struct args *raw)

#define PUT_BYTES 2 /* as many to look at take as long as one put out */

static bool want_string(struct eval *e, struct value v, const char *what)
{
	if (arg_given(v) && v.type == VALUE_STRING)
		return true;
	eval_error(e, "%s must be str, not %s", what,
		   arg_given(v) ? value_type_name(v) : "nothing");
	return false;
}

static struct value strip(struct eval *e, struct value of, struct value chars,
			  bool left, bool right)
{
	struct slice set;
	bool given = arg_given(chars) && chars.type != VALUE_NONE;
	if (given && !want_string(e, chars, "strip arg"))
		return VALUE_NIL;
	if (given)
		set = value_slice(chars);
	struct value v = value_string(text_strip_some(
		e, value_slice(of), given ? &set : NULL, left, right));
	v.markup = of.markup;
	return v;
}

METHOD(str_strip)
{
	(void)raw;
	return strip(e, of, arg[0], true, true);
}

METHOD(str_lstrip)
{
	(void)raw;
	return strip(e, of, arg[0], true, false);
}

METHOD(str_rstrip)
{
	(void)raw;
	return strip(e, of, arg[0], false, true);
}

static struct value split(struct eval *e, struct value of,
			  const struct value *arg, bool from_right)
{
	bool given = arg_given(arg[0]) && arg[0].type != VALUE_NONE;
	if (given && !want_string(e, arg[0], "sep"))
		return VALUE_NIL;
	int64_t max = arg_int(e, arg[1], -1);
	if (eval_failed(e))
		return VALUE_NIL;
	return text_split(e, of, given ? &arg[0] : NULL, max < 0 ? -1 : max,
			  from_right);
}

METHOD(str_split)
{
	(void)raw;
	return split(e, of, arg, false);
}

METHOD(str_rsplit)
{
	(void)raw;
	return split(e, of, arg, true);
}

METHOD(str_splitlines)
{
	(void)raw;
	return text_splitlines(e, of, arg_true(arg[0], false));
}

METHOD(str_upper)
{
	return filter_upper(e, of, arg, raw);
}

METHOD(str_lower)
{
	return filter_lower(e, of, arg, raw);
}

METHOD(str_capitalize)
{
	return filter_capitalize(e, of, arg, raw);
}

/* Every run of letters is a word, unlike for the filter. */
METHOD(str_title)
{
	struct text_walk walk = {.e = e, .p = of.s, .end = of.s + of.n};
	bool start = true;
	uint32_t c;
	(void)arg, (void)raw;
	while (text_walk(&walk, &c)) {
		(start ? text_upper : text_lower)(&e->scratch, c);
		walk.unpaid += PUT_BYTES;
		start = !text_is_alpha(c);
	}
	struct value v = eval_take(e);
	v.markup = of.markup;
	return v;
}

static bool has_affix(struct eval *e, struct value of, struct value affix,
		      bool start)
{
	return affix.n <= of.n && eval_step(e, affix.n / EVAL_BULK_BYTES) &&
	       (start ? slice_starts : slice_ends)(value_slice(of),
						   value_slice(affix));
}

static struct value affix(struct eval *e, struct value of, struct value what,
			  bool start)
{
	if (arg_given(what) && what.type == VALUE_TUPLE) {
		for (uint32_t i = 0; i < what.n && eval_step(e, 1); i++)
			if (what.item[i].type == VALUE_STRING &&
			    has_affix(e, of, what.item[i], start))
				return value_bool(true);
		return value_bool(false);
	}
	if (!arg_given(what) || what.type != VALUE_STRING)
		return eval_error(e,
				  "%s first arg must be str or a tuple of "
				  "str, not %s",
				  start ? "startswith" : "endswith",
				  arg_given(what) ? value_type_name(what)
						  : "nothing");
	return value_bool(has_affix(e, of, what, start));
}

METHOD(str_startswith)
{
	(void)raw;
	return affix(e, of, arg[0], true);
}

METHOD(str_endswith)
{
	(void)raw;
	return affix(e, of, arg[0], false);
}

METHOD(str_replace)
{
	if (raw->n_kw > 0)
		return eval_error(e,
				  "str.replace() takes no keyword arguments");
	if (!want_string(e, arg[0], "replace() argument 1") ||
	    !want_string(e, arg[1], "replace() argument 2"))
		return VALUE_NIL;
	struct slice with = value_slice(arg[1]);
	if (of.markup && !arg[1].markup)
		with = eval_escape(e, with);
	int64_t count = arg_int(e, arg[2], -1);
	if (eval_failed(e))
		return VALUE_NIL;
	text_replace(e, value_slice(of), value_slice(arg[0]), with, count);
	struct value v = eval_take(e);
	v.markup = of.markup;
	return v;
}

METHOD(str_find)
{
	(void)raw;
	if (!want_string(e, arg[0], "must be str"))
		return VALUE_NIL;
	const char *at = eval_find(e, value_slice(of), value_slice(arg[0]));
	if (!at)
		return value_int(-1);
	struct slice before = {of.s, (size_t)(at - of.s)};
	eval_step(e, before.n / EVAL_BULK_BYTES);
	return value_int((int64_t)text_length(before));
}

METHOD(str_index)
{
	struct value v = str_find(e, of, arg, raw);
	if (v.type == VALUE_INT && v.i < 0)
		return eval_error(e, "substring not found");
	return v;
}

METHOD(str_count)
{
	int64_t n = 0;
	(void)raw;
	if (!want_string(e, arg[0], "must be str"))
		return VALUE_NIL;
	struct slice s = value_slice(of), what = value_slice(arg[0]);
	if (arg[0].n == 0)
		return value_int((int64_t)eval_text_length(e, s) + 1);
	const char *at;
	while ((at = eval_find(e, s, what)) != NULL) {
		n++;
		s = slice_from(s, (size_t)(at - s.p) + arg[0].n);
	}
	return value_int(n);
}

METHOD(str_join)
{
	const struct value *item;
	size_t n;
	(void)raw;
	if (!arg_given(arg[0]))
		return eval_error(e, "join() takes exactly one argument");
	if (of.markup)
		return eval_fail(e, ERR_UNSUPPORTED, "Markup.join()");
	if (!eval_items(e, arg[0], &item, &n))
		return VALUE_NIL;
	for (size_t i = 0; i < n && eval_step(e, 1); i++) {
		if (i > 0)
			eval_put(e, &e->scratch, value_slice(of));
		if (item[i].type != VALUE_STRING)
			return eval_error(e,
					  "sequence item %zu: expected str "
					  "instance, %s found",
					  i, value_type_name(item[i]));
		eval_put(e, &e->scratch, value_slice(item[i]));
	}
	return eval_take(e);
}

METHOD(str_format)
{
	(void)arg;
	return format_braces(e, of, raw);
}

static struct value all_of(struct eval *e, struct value of,
			   bool (*is)(uint32_t c))
{
	struct text_walk walk = {.e = e, .p = of.s, .end = of.s + of.n};
	uint32_t c;
	while (text_walk(&walk, &c))
		if (!is(c))
			return value_bool(false);
	return value_bool(of.n > 0);
}

METHOD(str_isspace)
{
	(void)arg, (void)raw;
	return all_of(e, of, text_is_space);
}

METHOD(str_isdigit)
{
	(void)arg, (void)raw;
	return all_of(e, of, text_is_digit);
}

METHOD(str_isalpha)
{
	(void)arg, (void)raw;
	return all_of(e, of, text_is_alpha);
}

static struct value without(struct eval *e, struct value of, struct value affix,
			    bool start)
{
	struct slice s = value_slice(of), a = value_slice(affix);
	if (has_affix(e, of, affix, start)) {
		s.p += start ? a.n : 0;
		s.n -= a.n;
	}
	struct value v = value_string(s);
	v.markup = of.markup;
	return v;
}

METHOD(str_removeprefix)
{
	(void)raw;
	return want_string(e, arg[0], "removeprefix() argument")
		       ? without(e, of, arg[0], true)
		       : VALUE_NIL;
}

METHOD(str_removesuffix)
{
	(void)raw;
	return want_string(e, arg[0], "removesuffix() argument")
		       ? without(e, of, arg[0], false)
		       : VALUE_NIL;
}

const struct method_row method_text[] = {
	{"strip", "chars", str_strip},
	{"lstrip", "chars", str_lstrip},
	{"rstrip", "chars", str_rstrip},
	{"split", "sep maxsplit", str_split},
	{"rsplit", "sep maxsplit", str_rsplit},
	{"splitlines", "keepends", str_splitlines},
	{"upper", "", str_upper},
	{"lower", "", str_lower},
	{"capitalize", "", str_capitalize},
	{"title", "", str_title},
	{"startswith", "prefix", str_startswith},
	{"endswith", "suffix", str_endswith},
	{"replace", "old new count", str_replace},
	{"find", "sub", str_find},
	{"index", "sub", str_index},
	{"count", "sub", str_count},
	{"join", "iterable", str_join},
	{"format", NULL, str_format},
	{"isspace", "", str_isspace},
	{"isdigit", "", str_isdigit},
	{"isalpha", "", str_isalpha},
	{"removeprefix", "prefix", str_removeprefix},
	{"removesuffix", "suffix", str_removesuffix},
	{"casefold", NULL, NULL},
	{"center", NULL, NULL},
	{"encode", NULL, NULL},
	{"expandtabs", NULL, NULL},
	{"format_map", NULL, NULL},
	{"isalnum", NULL, NULL},
	{"isascii", NULL, NULL},
	{"isdecimal", NULL, NULL},
	{"isidentifier", NULL, NULL},
	{"islower", NULL, NULL},
	{"isnumeric", NULL, NULL},
	{"isprintable", NULL, NULL},
	{"istitle", NULL, NULL},
	{"isupper", NULL, NULL},
	{"ljust", NULL, NULL},
	{"maketrans", NULL, NULL},
	{"partition", NULL, NULL},
	{"rfind", NULL, NULL},
	{"rindex", NULL, NULL},
	{"rjust", NULL, NULL},
	{"rpartition", NULL, NULL},
	{"swapcase", NULL, NULL},
	{"translate", NULL, NULL},
	{"zfill", NULL, NULL},
	{0},
};
