/* One worker's names for blocks: engine hash to own key, with the number
 * of copies. Open addressing in 24-byte slots. The writer's thread. */
#ifndef ROUTER_INDEX_NAMES_H
#define ROUTER_INDEX_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names_slot {
	uint64_t hash;
	uint64_t key;
	uint32_t copies; /* 0: free slot */
	uint32_t age;    /* of its last announcement */
};

struct names {
	struct names_slot *slot;
	size_t n, size; /* entries, slots */
	uint32_t age;   /* counts on with every drop of the oldest */
};

/* Slots are placed by the upper bits of a mixed hash. */
void names_fini(struct names *m);
struct names_slot *names_find(const struct names *m, uint64_t hash);
/* Asks for where the hash stands, which is then soon looked up. */
void names_prefetch(const struct names *m, uint64_t hash);
/* Whether another entry has room at a load of up to seven eighths. */
bool names_has_room(const struct names *m);
/* Needs room, and that the hash is not there. */
struct names_slot *names_add(struct names *m, uint64_t hash);
void names_remove(struct names *m, struct names_slot *s);
/* `size` > n. */
void names_resize(struct names *m, size_t size);
/* Forgets about an eighth, those announced longest ago, at least one;
 * returns how many. */
size_t names_drop_oldest(struct names *m);

#endif
