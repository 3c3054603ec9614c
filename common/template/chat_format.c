/* In which form a template wants the content of messages, found from its
 * loops, by the engine's own rule. */
#include <string.h>

#include "common/template/chat.h"
#include "common/template/eval.h"

#define MAX_DEPTH   1000 /* elif chains hang one below the other */
#define MAX_ALIASES 64

/* Loops and assignments, in the order of the source. */
struct found {
	const struct node **node;
	size_t n, room;
	struct arena arena;
};

/* Names of variables; the search ends past the room for them. */
struct names {
	struct slice name[MAX_ALIASES];
	size_t n;
};

static void add_node(struct found *f, const struct node *node)
{
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 32;
		const struct node **to = arena_array(&f->arena, room,
						     sizeof(*to));
		if (f->n > 0)
			memcpy(to, f->node, f->n * sizeof(*to));
		f->node = to;
		f->room = room;
	}
	f->node[f->n++] = node;
}

static void find(struct found *f, const struct node *node, unsigned depth)
{
	if (!node || depth == 0)
		return;
	if (node->kind == NODE_FOR || node->kind == NODE_SET)
		add_node(f, node);
	for (uint32_t i = 0; i < node->n; i++)
		find(f, node->list[i], depth - 1);
	find(f, node->d, depth - 1);
}

/* Without filters, tests and slices round it. */
static const struct node *bare(const struct node *node)
{
	while (node->kind == NODE_FILTER || node->kind == NODE_TEST ||
	       node->kind == NODE_SLICE)
		node = node->a;
	return node;
}

static bool has(const struct names *names, const struct node *node)
{
	if (node->kind != NODE_NAME)
		return false;
	for (size_t i = 0; i < names->n; i++)
		if (slice_equal(names->name[i], node->text))
			return true;
	return false;
}

static bool add(struct names *names, const struct node *target)
{
	if (target->kind != NODE_NAME)
		return false;
	if (has(names, target))
		return true;
	if (names->n == MAX_ALIASES)
		return false;
	names->name[names->n++] = target->text;
	return true;
}

/* `messages` and what is assigned from it. False where the engine gives
 * up: a target that is no plain name. */
static bool find_lists(const struct found *f, struct names *lists)
{
	*lists = (struct names){{SLICE("messages")}, 1};
	for (size_t known = 0; known < lists->n;) {
		known = lists->n;
		for (size_t i = 0; i < f->n; i++) {
			const struct node *set = f->node[i];
			if (set->kind == NODE_SET && has(lists, bare(set->b)) &&
			    !add(lists, set->a))
				return false;
		}
		if (known == lists->n)
			break;
	}
	return true;
}

/* Variables of the loops over messages. */
static bool find_messages(const struct found *f, const struct names *lists,
			  struct names *messages)
{
	messages->n = 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct node *loop = f->node[i];
		if (loop->kind == NODE_FOR && has(lists, bare(loop->b)) &&
		    !add(messages, loop->a))
			return false;
	}
	return true;
}

/* `message.content` or `message["content"]`. */
static bool is_content_of(const struct node *node, const struct names *of)
{
	if (node->kind == NODE_ATTR)
		return slice_equal(node->text, SLICE("content")) &&
		       has(of, node->a);
	return node->kind == NODE_ITEM && node->b->kind == NODE_CONST &&
	       value_is(node->b->value, "content") && has(of, node->a);
}

static bool loops_over_content(const struct found *f,
			       const struct names *messages, bool plain)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct node *loop = f->node[i];
		if (loop->kind != NODE_FOR)
			continue;
		bool of_message = is_content_of(bare(loop->b), messages);
		bool named = plain && loop->b->kind == NODE_NAME &&
			     slice_equal(loop->b->text, SLICE("content"));
		if (of_message || named)
			return loop->a->kind == NODE_NAME;
	}
	return false;
}

static bool vllm_wants_parts(const struct found *f, enum chat_compat compat)
{
	struct names lists, messages;
	return find_lists(f, &lists) && find_messages(f, &lists, &messages) &&
	       loops_over_content(f, &messages, compat != CHAT_VLLM_2026_06);
}

static bool has_word(struct slice source, const char *word)
{
	return memmem(source.p, source.n, word, strlen(word)) != NULL;
}

/* Names of media anywhere in the source do, and loops over the content of
 * what is called a message. */
static bool sglang_wants_parts(const struct found *f, struct slice source)
{
	static const struct names messages = {
		{SLICE("message"), SLICE("msg"), SLICE("m")}, 3};
	if (has_word(source, "image") || has_word(source, "audio") ||
	    has_word(source, "video") || has_word(source, "vision"))
		return true;
	for (size_t i = 0; i < f->n; i++)
		if (f->node[i]->kind == NODE_FOR &&
		    is_content_of(bare(f->node[i]->b), &messages))
			return true;
	return false;
}

enum chat_content chat_content_for(const struct template *t,
				   enum chat_dialect dialect,
				   enum chat_compat compat)
{
	struct found f = {0};
	bool parts;
	arena_init(&f.arena);
	find(&f, template_root(t), MAX_DEPTH);
	parts = dialect == CHAT_SGLANG
			? sglang_wants_parts(&f, template_source(t))
			: vllm_wants_parts(&f, compat);
	arena_fini(&f.arena);
	return parts ? CHAT_PARTS : CHAT_STRING;
}
