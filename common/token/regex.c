#include "common/token/regex.h"

#include "common/base/mem.h"
#include "common/token/regex_program.h"

enum status regex_parse(struct slice pattern, struct regex **out,
			struct error *err)
{
	struct regex_tree *tree = mem_zalloc(sizeof(*tree));
	struct regex *re = NULL;
	enum status status = regex_tree_parse(pattern, tree, err);

	if (status == OK) {
		re = mem_zalloc(sizeof(*re));
		status = regex_compile(tree, re, err);
		regex_tree_fini(tree);
	}
	mem_free(tree);
	if (status == OK)
		*out = re;
	else
		regex_destroy(&re);
	return status;
}

void regex_destroy(struct regex **re)
{
	struct regex *r = *re;

	*re = NULL;
	if (r == NULL)
		return;
	mem_free(r->op);
	mem_free(r->class);
	mem_free(r->page);
	mem_free(r->way);
	mem_free(r);
}

size_t regex_bytes(const struct regex *re)
{
	return sizeof(*re) + re->n_op * sizeof(*re->op) +
	       re->n_class * sizeof(*re->class) +
	       re->page_size * sizeof(*re->page) + re->n_way * sizeof(*re->way);
}
