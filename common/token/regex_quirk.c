/* What the reference's engine does in ways of its own: refused, as nobody
 * can mean it. */
#include "common/token/regex_fold.h"
#include "common/token/regex_parser.h"
#include "common/token/unicode.h"

/* Whether a turn that takes nothing ends a counted loop depends on how
 * long the reference's program for it is. */
void regex_check_counted(struct regex_parser *p, const struct regex_node *n,
			 uint32_t min, uint32_t max, size_t start)
{
	uint32_t least, most;

	if (max <= 1 || (min <= 1 && max == REGEX_FOREVER))
		return;
	regex_tree_lengths(n, &least, &most);
	if (least == 0)
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "what is counted here may be nothing");
}

/* The character that a node begins or ends with, if it is one alone. */
static bool edge_of(const struct regex_node *n, bool end, uint32_t *c)
{
	while (n && n->kind == REGEX_SEQUENCE) {
		n = n->child;
		while (end && n && n->next)
			n = n->next;
	}
	if (n == NULL || !n->is_letter)
		return false;
	*c = n->c;
	return true;
}

/* Where case is ignored, two characters side by side may be the same as
 * one. */
void regex_check_joined(struct regex_parser *p, const struct regex_node *a,
			const struct regex_node *b)
{
	uint32_t first, second;

	if (p->ignore_case && edge_of(a, true, &first) &&
	    edge_of(b, false, &second) && regex_fold_joins(first, second))
		regex_fail(p, ERR_UNSUPPORTED, p->at,
			   "without case, U+%04X U+%04X are the same as one "
			   "character",
			   first, second);
}

static bool is_dot(const struct regex_set *s)
{
	return s->n > 0 && s->n < 3 && s->range[0].first == 0 &&
	       s->range[0].last >= '\n' - 1 &&
	       s->range[s->n - 1].first <= '\n' + 1 &&
	       s->range[s->n - 1].last == UNICODE_LAST;
}

static bool is_line_start(const struct regex_node *n)
{
	return n->kind == REGEX_EMPTY ||
	       (n->kind == REGEX_ANCHOR && (n->anchor == REGEX_LINE_START ||
					    n->anchor == REGEX_TEXT_START));
}

static bool takes_nothing(const struct regex_node *n)
{
	uint32_t min, max;

	regex_tree_lengths(n, &min, &max);
	return max == 0;
}

/* Does a match begin with any number of dots, behind something that takes
 * nothing? The reference then looks for it at the start of lines alone. */
static bool begins_with_dots(const struct regex_parser *p,
			     const struct regex_node *n, bool behind)
{
	const struct regex_node *in = n->child;

	switch (n->kind) {
	case REGEX_SEQUENCE:
		for (; in && takes_nothing(in); in = in->next)
			behind = behind || !is_line_start(in);
		return in && begins_with_dots(p, in, behind);
	case REGEX_CHOICE:
		for (; in; in = in->next)
			if (begins_with_dots(p, in, behind))
				return true;
		return false;
	case REGEX_REPEAT:
		if (in->kind == REGEX_SET && n->max == REGEX_FOREVER)
			return behind && is_dot(&p->tree->set[in->set]);
		return begins_with_dots(p, in, behind);
	case REGEX_ATOMIC: return begins_with_dots(p, in, behind);
	default: return false;
	}
}

void regex_check_start(struct regex_parser *p, const struct regex_node *root)
{
	if (begins_with_dots(p, root, false))
		regex_fail(p, ERR_UNSUPPORTED, 0,
			   "a look or an edge with .* or .+ behind it begins "
			   "it");
}
