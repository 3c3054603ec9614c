/* Tests: `value is name(arguments)`, and what select and selectattr call
 * by name. */
#ifndef COMMON_TEMPLATE_TEST_H
#define COMMON_TEMPLATE_TEST_H

#include "common/template/eval.h"

struct test;

const struct test *test_find(struct slice name); /* NULL: none */
/* Does it look at the type of what it tests and at nothing else? */
bool test_is_of_type(const struct test *t);
bool test_run(struct eval *e, const struct test *t, struct value in,
	      const struct args *args);

#endif
