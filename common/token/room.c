#include "common/token/room.h"

#include "common/base/mem.h"

#define MAX_FREE   32
#define KEEP_BYTES (1u << 20) /* of what a long text has made grow */

void rooms_init(struct rooms *r)
{
	*r = (struct rooms){0};
	pthread_mutex_init(&r->lock, NULL);
}

static void destroy(struct room *room)
{
	scratch_fini(&room->scratch);
	normalize_room_fini(&room->normal);
	for (size_t i = 0; i < STAGE_MAX; i++) {
		buf_fini(&room->stage[i]);
		regex_room_fini(&room->regex[i]);
	}
	words_fini(&room->words);
	words_fini(&room->chunks);
	mem_free(room);
}

void rooms_fini(struct rooms *r)
{
	while (r->free) {
		struct room *room = r->free;

		r->free = room->next;
		destroy(room);
	}
	pthread_mutex_destroy(&r->lock);
}

static struct room *create(void)
{
	struct room *room = mem_zalloc(sizeof(*room));

	normalize_room_init(&room->normal);
	for (size_t i = 0; i < STAGE_MAX; i++)
		buf_init(&room->stage[i]);
	words_init(&room->words);
	return room;
}

struct room *room_lease(struct rooms *r)
{
	struct room *room;

	pthread_mutex_lock(&r->lock);
	room = r->free;
	if (room) {
		r->free = room->next;
		r->n_free--;
	}
	pthread_mutex_unlock(&r->lock);
	return room ? room : create();
}

static inline void shrink_buf(struct buf *b)
{
	if (b->size > KEEP_BYTES)
		buf_fini(b);
}

static void shrink_regex(struct regex_room *r)
{
	if (regex_room_bytes(r) > KEEP_BYTES)
		regex_room_fini(r);
}

static void shrink(struct room *room)
{
	struct bpe_scratch *bpe = &room->scratch.bpe;
	struct unigram_scratch *unigram = &room->scratch.unigram;

	if (bpe->word_size * sizeof(*bpe->word) > KEEP_BYTES)
		bpe_scratch_fini(bpe);
	if (unigram->size * sizeof(*unigram->node) > KEEP_BYTES)
		unigram_scratch_fini(unigram);
	shrink_buf(&room->normal.a);
	shrink_buf(&room->normal.b);
	for (size_t i = 0; room->has_staged && i < STAGE_MAX; i++)
		shrink_buf(&room->stage[i]);
	shrink_regex(&room->normal.regex);
	for (size_t i = 0; room->has_walked && i < STAGE_MAX; i++)
		shrink_regex(&room->regex[i]);
	room->has_staged = room->has_walked = false;
}

void room_give_back(struct rooms *r, struct room *room)
{
	bool kept = false;

	shrink(room);
	pthread_mutex_lock(&r->lock);
	if (r->n_free < MAX_FREE) {
		room->next = r->free;
		r->free = room;
		r->n_free++;
		kept = true;
	}
	pthread_mutex_unlock(&r->lock);
	if (!kept)
		destroy(room);
}
