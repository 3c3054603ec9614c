#include "common/token/post.h"

void post_init(struct post *p)
{
	token_list_init(&p->before);
	token_list_init(&p->behind);
}

void post_fini(struct post *p)
{
	token_list_fini(&p->before);
	token_list_fini(&p->behind);
}

void post_wrap(struct post *p, const struct post *outer)
{
	struct token_list before;

	token_list_init(&before);
	for (size_t i = 0; i < outer->before.n; i++)
		token_list_push(&before, outer->before.id[i]);
	for (size_t i = 0; i < p->before.n; i++)
		token_list_push(&before, p->before.id[i]);
	token_list_fini(&p->before);
	p->before = before;
	for (size_t i = 0; i < outer->behind.n; i++)
		token_list_push(&p->behind, outer->behind.id[i]);
}
