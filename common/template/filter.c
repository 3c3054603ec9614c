#include "common/template/filter.h"

#include <string.h>

static FILTER(filter_attr)
{
	(void)raw;
	if (!eval_step(e, 2) || !arg_given(arg[0]) ||
	    arg[0].type != VALUE_STRING)
		return eval_error(e, "attr needs a name");
	if (in.type == VALUE_DICT)
		return eval_undefined(e, value_slice(arg[0]));
	return eval_attr(e, in, value_slice(arg[0]));
}

static const struct filter filters[] = {
	{"abs", "", filter_abs},
	{"attr", "name", filter_attr},
	{"capitalize", "", filter_capitalize},
	{"center", "width", filter_center},
	{"count", "", filter_length},
	{"d", "default_value boolean", filter_default},
	{"default", "default_value boolean", filter_default},
	{"dictsort", "case_sensitive by reverse", filter_dictsort},
	{"e", "", filter_escape},
	{"escape", "", filter_escape},
	{"first", "", filter_first},
	{"float", "default", filter_float},
	{"format", NULL, filter_format},
	{"indent", "width first blank", filter_indent},
	{"int", "default base", filter_int},
	{"items", "", filter_items},
	{"join", "d attribute", filter_join},
	{"last", "", filter_last},
	{"length", "", filter_length},
	{"list", "", filter_list},
	{"lower", "", filter_lower},
	{"map", NULL, filter_map},
	{"max", "case_sensitive attribute", filter_max},
	{"min", "case_sensitive attribute", filter_min},
	{"reject", NULL, filter_reject},
	{"rejectattr", NULL, filter_rejectattr},
	{"replace", "old new count", filter_replace},
	{"reverse", "", filter_reverse},
	{"round", "precision method", filter_round},
	{"safe", "", filter_safe},
	{"select", NULL, filter_select},
	{"selectattr", NULL, filter_selectattr},
	{"sort", "reverse case_sensitive attribute", filter_sort},
	{"string", "", filter_string},
	{"sum", "attribute start", filter_sum},
	{"title", "", filter_title},
	{"tojson", "ensure_ascii indent separators sort_keys", filter_tojson},
	{"trim", "chars", filter_trim},
	{"unique", "case_sensitive attribute", filter_unique},
	{"upper", "", filter_upper},
};

const struct filter *filter_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (slice_is(name, filters[i].name))
			return &filters[i];
	return NULL;
}

bool filter_is_foreign(struct slice name)
{
	static const char *const foreign[] = {
		"batch",    "filesizeformat", "forceescape", "groupby",
		"pprint",   "random",         "slice",       "striptags",
		"truncate", "urlencode",      "urlize",      "wordcount",
		"wordwrap", "xmlattr",
	};
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (slice_is(name, foreign[i]))
			return true;
	return false;
}

struct value filter_run(struct eval *e, const struct filter *f, struct value in,
			const struct args *args)
{
	struct value arg[8];
	if (eval_failed(e))
		return VALUE_NIL;
	if (f->parameters &&
	    !eval_bind_args(e, f->name, f->parameters, args, arg))
		return VALUE_NIL;
	struct value v = f->run(e, in, arg, args);
	return eval_failed(e) ? VALUE_NIL : v;
}
