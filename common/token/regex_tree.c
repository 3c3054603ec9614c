#include "common/token/regex_tree.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/token/regex_fold.h"
#include "common/token/regex_name.h"
#include "common/token/regex_parser.h"
#include "common/token/unicode.h"
#include "common/token/utf8.h"

void regex_fail(struct regex_parser *p, enum status status, size_t at,
		const char *fmt, ...)
{
	char text[200];
	va_list args;

	if (p->status != OK)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	p->status = error_set(p->err, status, "byte %zu of the pattern: %s", at,
			      text);
}

bool regex_take(struct regex_parser *p, const char *text)
{
	if (!slice_starts(slice_from(p->text, p->at), slice_of(text)))
		return false;
	p->at += strlen(text);
	return true;
}

uint32_t regex_take_char(struct regex_parser *p)
{
	uint32_t c;
	size_t len;

	if (p->at == p->text.n) {
		regex_fail(p, ERR_INVALID, p->at, "it ends too early");
		return 0;
	}
	c = utf8_get(p->text.p + p->at, &len);
	p->at += len;
	return c;
}

uint16_t regex_keep_set(struct regex_parser *p, struct regex_set *s)
{
	struct regex_tree *t = p->tree;
	size_t i;

	regex_set_sort(s);
	for (i = 0; i < t->n_set && !regex_set_equal(&t->set[i], s); i++)
		continue;
	if (i < t->n_set || i == REGEX_MAX_SETS) {
		if (i == REGEX_MAX_SETS)
			regex_fail(p, ERR_LIMIT, p->at,
				   "more than %d different classes",
				   REGEX_MAX_SETS);
		regex_set_fini(s);
		return (uint16_t)(i < t->n_set ? i : 0);
	}
	t->set[t->n_set++] = *s;
	*s = (struct regex_set){0};
	return (uint16_t)i;
}

struct regex_node *regex_make(struct regex_parser *p, enum regex_kind kind)
{
	struct regex_node *n = arena_zalloc(&p->tree->arena, sizeof(*n));

	n->kind = kind;
	return n;
}

struct regex_node *regex_make_over(struct regex_parser *p, enum regex_kind kind,
				   struct regex_node *child)
{
	struct regex_node *n = regex_make(p, kind);

	n->child = child;
	return n;
}

struct regex_node *regex_make_set(struct regex_parser *p, struct regex_set *s)
{
	struct regex_node *n = regex_make(p, REGEX_SET);

	n->set = regex_keep_set(p, s);
	return n;
}

/* A character for itself, or for all that are the same. */
struct regex_node *regex_make_char(struct regex_parser *p, uint32_t c)
{
	struct regex_node *n = regex_make(p, REGEX_CHAR);
	struct regex_set same = {0};

	n->c = c;
	n->is_letter = true;
	if (!p->ignore_case)
		return n;
	regex_fold_char(c, &same);
	if (regex_fold_is_long(&same))
		regex_fail(p, ERR_UNSUPPORTED, p->at,
			   "without case, U+%04X is the same as two others", c);
	n->kind = REGEX_SET;
	n->set = regex_keep_set(p, &same);
	return n;
}

struct regex_node *regex_make_dot(struct regex_parser *p, bool all)
{
	struct regex_set s = {0};

	if (!all)
		regex_set_add(&s, '\n', '\n');
	regex_set_negate(&s);
	return regex_make_set(p, &s);
}

struct regex_node *regex_make_anchor(struct regex_parser *p,
				     enum regex_anchor anchor)
{
	struct regex_node *n = regex_make(p, REGEX_ANCHOR);
	struct regex_set word = {0};

	n->anchor = anchor;
	if (anchor == REGEX_WORD_EDGE || anchor == REGEX_NO_WORD_EDGE) {
		(void)regex_name_letter('w', false, &word);
		n->set = regex_keep_set(p, &word);
	}
	return n;
}

/* \R */
struct regex_node *regex_make_newline(struct regex_parser *p)
{
	struct regex_node *both = regex_make(p, REGEX_CHAR), *choice;
	struct regex_set single = {0};

	both->c = '\r';
	both->next = regex_make(p, REGEX_CHAR);
	both->next->c = '\n';
	both = regex_make_over(p, REGEX_SEQUENCE, both);
	regex_set_add(&single, '\n', '\r');
	regex_set_add(&single, 0x85, 0x85);
	regex_set_add(&single, 0x2028, 0x2029);
	both->next = regex_make_set(p, &single);
	choice = regex_make_over(p, REGEX_CHOICE, both);
	return regex_make_over(p, REGEX_ATOMIC, choice);
}

void regex_tree_fini(struct regex_tree *t)
{
	for (size_t i = 0; i < t->n_set; i++)
		regex_set_fini(&t->set[i]);
	arena_fini(&t->arena);
}

static uint32_t times(uint32_t a, uint32_t b)
{
	uint64_t product = (uint64_t)a * b;

	if (a == 0 || b == 0)
		return 0;
	if (a == REGEX_FOREVER || b == REGEX_FOREVER ||
	    product >= REGEX_FOREVER)
		return REGEX_FOREVER;
	return (uint32_t)product;
}

static uint32_t plus(uint32_t a, uint32_t b)
{
	return a >= REGEX_FOREVER - b ? REGEX_FOREVER : a + b;
}

/* Of all children, one after the other or one of them. */
static void lengths_of_children(const struct regex_node *n, bool one,
				uint32_t *min, uint32_t *max)
{
	const struct regex_node *c = n->child;

	*min = one ? REGEX_FOREVER : 0;
	*max = 0;
	for (; c; c = c->next) {
		uint32_t least, most;

		regex_tree_lengths(c, &least, &most);
		if (one) {
			*min = least < *min ? least : *min;
			*max = most > *max ? most : *max;
		} else {
			*min = plus(*min, least);
			*max = plus(*max, most);
		}
	}
}

void regex_tree_lengths(const struct regex_node *n, uint32_t *min,
			uint32_t *max)
{
	switch (n->kind) {
	case REGEX_CHAR:
	case REGEX_SET: *min = *max = 1; return;
	case REGEX_SEQUENCE:
	case REGEX_ATOMIC: lengths_of_children(n, false, min, max); return;
	case REGEX_CHOICE: lengths_of_children(n, true, min, max); return;
	case REGEX_REPEAT:
		regex_tree_lengths(n->child, min, max);
		*min = times(*min, n->min);
		*max = times(*max, n->max);
		return;
	case REGEX_EMPTY:
	case REGEX_AHEAD:
	case REGEX_BEHIND:
	case REGEX_ANCHOR: *min = *max = 0; return;
	}
}
