#include "tools/sim/used.h"

#include "common/base/mem.h"

#include <string.h>

void used_init(struct used *u)
{
	memset(u, 0, sizeof(*u));
	map_init(&u->known);
}

void used_fini(struct used *u)
{
	for (size_t i = 0; i < USED_IDS; i++)
		mem_free(u->ring[i]);
	map_fini(&u->known);
	memset(u, 0, sizeof(*u));
}

bool used_take(struct used *u, struct slice id)
{
	char **at = &u->ring[u->n % USED_IDS];

	if (map_find(&u->known, id))
		return false;
	if (*at)
		map_remove(&u->known, slice_of(*at));
	mem_free(*at);
	*at = mem_strndup(id.p, id.n);
	map_set(&u->known, id, u);
	u->n++;
	return true;
}
