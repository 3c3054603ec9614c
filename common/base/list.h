/* Intrusive doubly linked list. One thread. */
#ifndef COMMON_BASE_LIST_H
#define COMMON_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct list {
	struct list *prev, *next; /* to itself: empty, or linked nowhere */
};

static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_between(struct list *node, struct list *prev,
				       struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_push_back(struct list *head, struct list *node)
{
	list_insert_between(node, head->prev, head);
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert_between(node, head, head->next);
}

/* Leaves the node linked nowhere; harmless if it was so. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* First node, taken out; NULL when empty. */
static inline struct list *list_pop_front(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)
/* `tmp` makes removal of `it` inside the body safe. */
#define LIST_EACH(it, tmp, head)                                               \
	for ((it) = (head)->next, (tmp) = (it)->next; (it) != (head);          \
	     (it) = (tmp), (tmp) = (it)->next)

#endif
