/* What will happen, in order of time; of the same moment, in order of
 * entry. One thread. */
#ifndef TESTS_LAB_TIMELINE_H
#define TESTS_LAB_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeline_entry {
	double at_s;
	uint64_t turn;
	int kind;
	uint32_t subject;
};

struct timeline {
	struct timeline_entry *entry; /* a heap */
	size_t n, size;
	uint64_t turn;
};

void timeline_init(struct timeline *t);
void timeline_fini(struct timeline *t);
void timeline_push(struct timeline *t, double at_s, int kind, uint32_t subject);
bool timeline_pop(struct timeline *t, struct timeline_entry *out);

#endif
