#include "common/template/deepseek_merge.h"

#include <stdlib.h>
#include <string.h>

#include "common/template/chat_content.h"

static void add_block(struct deepseek_turn *t, struct deepseek_block one,
		      struct arena *arena)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 4;
		struct deepseek_block *b = arena_array(arena, room, sizeof(*b));
		if (t->n > 0)
			memcpy(b, t->block, t->n * sizeof(*b));
		t->block = b;
		t->room = room;
	}
	t->block[t->n++] = one;
}

const struct value *deepseek_task(const struct deepseek_turn *t)
{
	return deepseek_is_role(t->message, "tool")
		       ? NULL
		       : chat_member(t->message, "task");
}

/* A task ends what may be added to a user's turn, but for results. */
static bool may_join(const struct deepseek_turn *last, bool result)
{
	return last && last->user && (result || !deepseek_task(last));
}

struct ranked {
	struct deepseek_block block;
	int64_t order;
	size_t at;
};

static int by_order(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Results in the order of `calls`, at the places that results have. */
static void sort_results(struct deepseek_turn *t, const struct dict *calls,
			 struct arena *arena)
{
	struct ranked *r = arena_array(arena, t->n + 1, sizeof(*r));
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct value *order = t->block[i].id.type == VALUE_STRING
					      ? dict_find(calls, t->block[i].id)
					      : NULL;
		if (t->block[i].result) {
			r[n] = (struct ranked){t->block[i],
					       order ? order->i : 0, n};
			n++;
		}
	}
	if (n < 2 || calls->n == 0)
		return;
	qsort(r, n, sizeof(*r), by_order);
	n = 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->block[i].result)
			t->block[i] = r[n++].block;
}

static struct value order_of_calls(const struct value *calls,
				   struct arena *arena)
{
	struct value d = value_dict(arena);
	for (uint32_t i = 0; i < calls->n; i++) {
		struct value *function = chat_member(calls->item[i],
						     "function");
		struct value *id = chat_member(calls->item[i], "id");
		if ((!id || !value_true(*id)) && function)
			id = chat_member(*function, "id");
		if (id && id->type == VALUE_STRING && id->n > 0)
			dict_set(d.dict, *id, value_int(i));
	}
	return d;
}

static void sort_all(struct deepseek_turn *t, size_t n, struct arena *arena)
{
	struct value calls = value_dict(arena);
	for (size_t i = 0; i < n; i++) {
		const struct value *made =
			deepseek_is_role(t[i].message, "assistant")
				? deepseek_list(t[i].message, "tool_calls")
				: NULL;
		if (made)
			calls = order_of_calls(made, arena);
		if (t[i].user)
			sort_results(&t[i], calls.dict, arena);
	}
}

struct deepseek_turn *deepseek_merge(const struct deepseek *d, size_t *n)
{
	struct deepseek_turn *turn = arena_array(d->arena, d->messages.n + 1,
						 sizeof(*turn));
	*n = 0;
	for (uint32_t i = 0; i < d->messages.n; i++) {
		struct value m = d->messages.item[i];
		bool result = deepseek_is_role(m, "tool");
		bool user = result || deepseek_is_role(m, "user");
		struct deepseek_turn *last = *n ? &turn[*n - 1] : NULL;
		if (!user || !may_join(last, result)) {
			last = &turn[(*n)++];
			*last = (struct deepseek_turn){m, .user = user};
		}
		struct value *id = result ? chat_member(m, "tool_call_id")
					  : NULL;
		if (user)
			add_block(last,
				  (struct deepseek_block){
					  result, deepseek_text(m, "content"),
					  id ? *id : value_none()},
				  d->arena);
	}
	sort_all(turn, *n, d->arena);
	return turn;
}
