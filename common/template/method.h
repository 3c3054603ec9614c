/* Methods of strings, dicts and lists. */
#ifndef COMMON_TEMPLATE_METHOD_H
#define COMMON_TEMPLATE_METHOD_H

#include "common/template/eval.h"

struct method_row {
	const char *name;
	const char *parameters; /* NULL: the method looks at `raw` itself */
	/* NULL: Python has it, we do not. */
	struct value (*run)(struct eval *e, struct value of,
			    const struct value *arg, const struct args *raw);
};

/* method_text.c; ends with a row without a name. */
extern const struct method_row method_text[];

#endif
