#include "common/base/list.h"

void list_init(struct list *l)
{
	l->prev = l->next = l;
}

bool list_empty(const struct list *l)
{
	return l->next == l;
}

static void insert_between(struct list *node, struct list *prev,
			   struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

void list_push_back(struct list *head, struct list *node)
{
	insert_between(node, head->prev, head);
}

void list_push_front(struct list *head, struct list *node)
{
	insert_between(node, head, head->next);
}

void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

struct list *list_pop_front(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}
