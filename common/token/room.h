/* What one call of the encoder needs to itself, kept from call to call.
 *
 * The tokenizer owns the rooms; a call leases one and gives it back. Any
 * thread. */
#ifndef COMMON_TOKEN_ROOM_H
#define COMMON_TOKEN_ROOM_H

#include <pthread.h>

#include "common/token/normalize.h"
#include "common/token/scratch.h"
#include "common/token/stage.h"
#include "common/token/words.h"

struct room {
	struct room *next;
	struct scratch scratch;
	struct normalize_room normal;
	struct buf stage[STAGE_MAX]; /* each stage's own */
	struct regex_room regex[STAGE_MAX];
	bool has_staged, has_walked; /* one of them is or was in use */
	struct words words;
	struct words chunks; /* zero until they are asked for */
};

struct rooms {
	pthread_mutex_t lock;
	struct room *free;
	size_t n_free;
};

void rooms_init(struct rooms *r);
void rooms_fini(struct rooms *r); /* all must have been given back */
struct room *room_lease(struct rooms *r);
void room_give_back(struct rooms *r, struct room *room);

#endif
