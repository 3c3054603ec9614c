#include "common/base/mem.h"
#include "common/token/tokenizer.h"

#define FIRST_SIZE 64

void token_list_init(struct token_list *l)
{
	*l = (struct token_list){0};
}

void token_list_fini(struct token_list *l)
{
	mem_free(l->id);
	*l = (struct token_list){0};
}

void token_list_grow(struct token_list *l, size_t n)
{
	size_t size = l->size ? l->size * 2 : FIRST_SIZE;

	l->size = l->n + n > size ? l->n + n : size;
	l->id = mem_realloc(l->id, l->size * sizeof(*l->id));
}

void token_cuts_fini(struct token_cuts *c)
{
	mem_free(c->cut);
	*c = (struct token_cuts){0};
}
