/* Filters: `value | name(arguments)`. */
#ifndef COMMON_TEMPLATE_FILTER_H
#define COMMON_TEMPLATE_FILTER_H

#include "common/template/eval.h"

struct filter {
	const char *name;
	/* "a b c", up to 8; NULL: the filter looks at `raw` itself. */
	const char *parameters;
	struct value (*run)(struct eval *e, struct value in,
			    const struct value *arg, const struct args *raw);
};

const struct filter *filter_find(struct slice name);
/* A filter of Jinja2 that we do not have. */
bool filter_is_foreign(struct slice name);
struct value filter_run(struct eval *e, const struct filter *f, struct value in,
			const struct args *args);

/* A tuple for each entry, in order; NULL past the limit. */
struct value *pairs_of(struct eval *e, const struct dict *d);

#define FILTER(name)                                                           \
	struct value name(struct eval *e, struct value in,                     \
			  const struct value *arg, const struct args *raw)

/* filter_text.c */
FILTER(filter_capitalize);
FILTER(filter_center);
FILTER(filter_escape);
FILTER(filter_format);
FILTER(filter_indent);
FILTER(filter_join);
FILTER(filter_lower);
FILTER(filter_replace);
FILTER(filter_safe);
FILTER(filter_string);
FILTER(filter_title);
FILTER(filter_trim);
FILTER(filter_upper);
/* filter_seq.c */
FILTER(filter_first);
FILTER(filter_last);
FILTER(filter_length);
FILTER(filter_list);
FILTER(filter_items);
FILTER(filter_map);
FILTER(filter_select);
FILTER(filter_reject);
FILTER(filter_selectattr);
FILTER(filter_rejectattr);
FILTER(filter_reverse);
/* filter_sort.c */
FILTER(filter_sort);
FILTER(filter_dictsort);
FILTER(filter_unique);
FILTER(filter_min);
FILTER(filter_max);
FILTER(filter_sum);
/* filter_number.c */
FILTER(filter_abs);
FILTER(filter_default);
FILTER(filter_float);
FILTER(filter_int);
FILTER(filter_round);
/* tojson.c */
FILTER(filter_tojson);

#endif
