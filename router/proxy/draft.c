#include "router/proxy/draft.h"

#include "common/base/assert.h"

/* What is larger is not copied about in chunks of a page. */
#define MAX_ROOM ((size_t)2048)

struct draft *draft_create(struct request *r, struct slab *chunks)
{
	struct arena arena;
	struct draft *d;

	arena_init_in(&arena, chunks);
	d = arena_zalloc(&arena, sizeof(*d));
	d->arena = arena;
	d->request = r;
	list_init(&d->queued.link);
	list_init(&d->explaining);
	return d;
}

void draft_destroy(struct draft **dp)
{
	struct draft *d = *dp;
	struct arena arena;

	if (d == NULL)
		return;
	ASSERT(d->job == NULL && exchange_is_over(&d->ask));
	ASSERT(list_empty(&d->queued.link) && d->legs == NULL);
	list_remove(&d->explaining);
	chain_keys_give_back(&d->engine_held);
	chain_keys_give_back(&d->tokens_held);
	buf_fini(&d->body);
	buf_fini(&d->send_head);
	buf_fini(&d->reply_head);
	buf_fini(&d->ask_body);
	buf_fini(&d->ask_answer);
	buf_fini(&d->reply);
	arena_fini(&d->mapped);
	arena = d->arena;
	arena_fini(&arena);
	*dp = NULL;
}

void draft_make_room(struct draft *d, struct buf *b, size_t n)
{
	if (b->p != NULL || n == 0)
		return;
	if (n <= MAX_ROOM)
		buf_init_in(b, arena_alloc(&d->arena, n), n);
	else
		buf_reserve(b, n);
}
