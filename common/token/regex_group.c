/* What begins with a parenthesis. */
#include "common/token/regex_parser.h"

#define MAX_BEHIND 255 /* characters */

/* The rest of a group that has been opened at `start`. */
static struct regex_node *take_body(struct regex_parser *p, size_t start)
{
	bool ignore_case = p->ignore_case, dot_all = p->dot_all;
	struct regex_node *body = regex_take_choice(p);

	p->ignore_case = ignore_case;
	p->dot_all = dot_all;
	if (!regex_take(p, ")"))
		regex_fail(p, ERR_INVALID, start, "( is not closed");
	return body;
}

static struct regex_node *take_ahead(struct regex_parser *p, size_t start,
				     bool negated)
{
	struct regex_node *n;

	if (p->behind > 0)
		regex_fail(p, ERR_INVALID, start,
			   "looking ahead within a look behind");
	n = regex_make_over(p, REGEX_AHEAD, take_body(p, start));
	n->negated = negated;
	return n;
}

static struct regex_node *take_behind(struct regex_parser *p, size_t start,
				      bool negated)
{
	struct regex_node *n;

	p->behind++;
	n = regex_make_over(p, REGEX_BEHIND, take_body(p, start));
	p->behind--;
	n->negated = negated;
	if (p->status != OK)
		return n;
	regex_tree_lengths(n->child, &n->min, &n->max);
	if (n->max > MAX_BEHIND)
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "looking behind over more than %d characters",
			   MAX_BEHIND);
	return n;
}

/* imx-imx: the flags up to the colon or the parenthesis. */
static void take_flags(struct regex_parser *p, size_t start)
{
	bool on = true;

	for (; !regex_is_over(p); p->at++) {
		switch (regex_peek(p, 0)) {
		case '-': on = false; break;
		case 'i': p->ignore_case = on; break;
		case 'm': p->dot_all = on; break;
		case ':':
		case ')': return;
		default:
			regex_fail(p, ERR_UNSUPPORTED, start,
				   "the group (?%c is not supported",
				   regex_peek(p, 0));
			return;
		}
	}
}

/* (?i) holds up to the end of the group that it stands in, with all the
 * alternatives that follow; (?i:...) holds for itself. */
static struct regex_node *take_flagged(struct regex_parser *p, size_t start)
{
	bool ignore_case = p->ignore_case, dot_all = p->dot_all;
	struct regex_node *n;

	take_flags(p, start);
	if (regex_take(p, ")"))
		return regex_take_choice(p);
	if (!regex_take(p, ":"))
		regex_fail(p, ERR_INVALID, start, "( is not closed");
	n = take_body(p, start);
	p->ignore_case = ignore_case;
	p->dot_all = dot_all;
	return n;
}

/* The name of a group that nothing refers to does not matter. */
static struct regex_node *take_name(struct regex_parser *p, size_t start,
				    char end)
{
	size_t n = slice_find(slice_from(p->text, p->at), end);

	if (n == 0 || n == p->text.n - p->at) {
		regex_fail(p, ERR_INVALID, start, "a group's name is missing");
		n = 0;
	}
	p->at += n + (p->status == OK);
	return take_body(p, start);
}

static struct regex_node *take_comment(struct regex_parser *p, size_t start)
{
	size_t n = slice_find(slice_from(p->text, p->at), ')');

	if (n == p->text.n - p->at)
		regex_fail(p, ERR_INVALID, start, "( is not closed");
	p->at += n;
	(void)regex_take(p, ")");
	return regex_make(p, REGEX_EMPTY);
}

static struct regex_node *take_kind(struct regex_parser *p, size_t start)
{
	if (!regex_take(p, "?"))
		return take_body(p, start);
	if (regex_take(p, ":"))
		return take_body(p, start);
	if (regex_take(p, ">"))
		return regex_make_over(p, REGEX_ATOMIC, take_body(p, start));
	if (regex_take(p, "="))
		return take_ahead(p, start, false);
	if (regex_take(p, "!"))
		return take_ahead(p, start, true);
	if (regex_take(p, "<="))
		return take_behind(p, start, false);
	if (regex_take(p, "<!"))
		return take_behind(p, start, true);
	if (regex_take(p, "#"))
		return take_comment(p, start);
	if (regex_take(p, "<"))
		return take_name(p, start, '>');
	if (regex_take(p, "'"))
		return take_name(p, start, '\'');
	return take_flagged(p, start);
}

struct regex_node *regex_take_group(struct regex_parser *p)
{
	size_t start = p->at;
	struct regex_node *n;

	(void)regex_take(p, "(");
	if (++p->depth > REGEX_MAX_DEPTH) {
		regex_fail(p, ERR_LIMIT, start, "groups are nested too deep");
		n = regex_make(p, REGEX_EMPTY);
	} else {
		n = take_kind(p, start);
	}
	p->depth--;
	return n;
}
