/* Sets of code points, as ranges. Owned by one thread. */
#ifndef COMMON_TOKEN_REGEX_SET_H
#define COMMON_TOKEN_REGEX_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct regex_range {
	uint32_t first, last; /* both belong to it */
};

/* Zero before first use. Ascending, with a gap between any two ranges,
 * unless ranges have been added since it was sorted. */
struct regex_set {
	struct regex_range *range;
	size_t n, size;
};

void regex_set_fini(struct regex_set *s);
/* These two leave the set unsorted. */
void regex_set_add(struct regex_set *s, uint32_t first, uint32_t last);
void regex_set_join(struct regex_set *s, const struct regex_set *other);
void regex_set_sort(struct regex_set *s);

/* All others are for sorted sets. */
void regex_set_negate(struct regex_set *s);
void regex_set_intersect(struct regex_set *s, const struct regex_set *other);
void regex_set_remove(struct regex_set *s, uint32_t c);
bool regex_set_has(const struct regex_set *s, uint32_t c);
bool regex_set_equal(const struct regex_set *a, const struct regex_set *b);

#endif
