/* Intrusive doubly linked list. One thread. */
#ifndef COMMON_BASE_LIST_H
#define COMMON_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct list {
	struct list *prev, *next; /* to itself: empty, or linked nowhere */
};

void list_init(struct list *l);
bool list_empty(const struct list *l);
void list_push_back(struct list *head, struct list *node);
void list_push_front(struct list *head, struct list *node);
/* Leaves the node linked nowhere; harmless if it was so. */
void list_remove(struct list *node);
/* First node, taken out; NULL when empty. */
struct list *list_pop_front(struct list *head);

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)
/* `tmp` makes removal of `it` inside the body safe. */
#define LIST_EACH(it, tmp, head)                                               \
	for ((it) = (head)->next, (tmp) = (it)->next; (it) != (head);          \
	     (it) = (tmp), (tmp) = (it)->next)

#endif
