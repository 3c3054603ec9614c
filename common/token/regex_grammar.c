/* The grammar from the whole pattern down to what is repeated. */
#include "common/token/regex.h"
#include "common/token/regex_parser.h"
#include "common/token/utf8.h"

#define MAX_STACKED 8 /* quantifiers on one atom */

static struct regex_node *take_set_escape(struct regex_parser *p, size_t start)
{
	struct regex_set named = {0};
	uint32_t c = 0;

	if (regex_take_named(p, false, &named))
		return regex_make_set(p, &named);
	if (regex_take_escape(p, &c))
		return regex_make_char(p, c);
	regex_fail(p, p->at < p->text.n ? ERR_UNSUPPORTED : ERR_INVALID, start,
		   "\\%c is not supported", regex_peek(p, 0));
	return regex_make(p, REGEX_EMPTY);
}

/* From the backslash on. */
static struct regex_node *take_escaped(struct regex_parser *p)
{
	static const struct {
		char letter;
		enum regex_anchor anchor;
	} row[] = {
		{'A', REGEX_TEXT_START},    {'z', REGEX_TEXT_END},
		{'Z', REGEX_LAST_LINE_END}, {'b', REGEX_WORD_EDGE},
		{'B', REGEX_NO_WORD_EDGE},
	};
	size_t start = p->at++;

	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (regex_peek(p, 0) == row[i].letter) {
			p->at++;
			return regex_make_anchor(p, row[i].anchor);
		}
	if (p->behind == 0 && regex_take(p, "R"))
		return regex_make_newline(p);
	if (regex_take(p, "N"))
		return regex_make_dot(p, false);
	if (regex_take(p, "O"))
		return regex_make_dot(p, true);
	return take_set_escape(p, start);
}

static struct regex_node *take_class(struct regex_parser *p)
{
	struct regex_set set = {0};
	uint32_t c;

	if (regex_take_class(p, &set, &c)) {
		regex_set_fini(&set);
		return regex_make_char(p, c);
	}
	return regex_make_set(p, &set);
}

static struct regex_node *take_atom(struct regex_parser *p)
{
	switch (regex_peek(p, 0)) {
	case '(': return regex_take_group(p);
	case '[': return take_class(p);
	case '\\': return take_escaped(p);
	case '.': p->at++; return regex_make_dot(p, p->dot_all);
	case '^': p->at++; return regex_make_anchor(p, REGEX_LINE_START);
	case '$': p->at++; return regex_make_anchor(p, REGEX_LINE_END);
	case '*':
	case '+':
	case '?':
		regex_fail(p, ERR_INVALID, p->at, "nothing to repeat");
		return regex_make(p, REGEX_EMPTY);
	default: return regex_make_char(p, regex_take_char(p));
	}
}

/* false, with nothing taken, if there is no number */
static bool take_number(struct regex_parser *p, uint32_t *out)
{
	size_t start = p->at;
	uint32_t n = 0;

	for (; regex_peek(p, 0) >= '0' && regex_peek(p, 0) <= '9'; p->at++) {
		n = n * 10 + (uint32_t)(regex_peek(p, 0) - '0');
		if (n > REGEX_MAX_REPEAT) {
			regex_fail(p, ERR_LIMIT, start,
				   "repeated more than %d times",
				   REGEX_MAX_REPEAT);
			n = 0;
		}
	}
	*out = n;
	return p->at > start;
}

struct quantifier {
	uint32_t min, max;
	bool exact;    /* {n}: what follows is no part of it */
	bool interval; /* in braces: a plus behind it is no part of it */
};

/* {n}, {n,}, {,m}, {n,m}; false, with nothing taken, if it is none of them
 * and thus no more than text. */
static bool take_interval(struct regex_parser *p, struct quantifier *q)
{
	size_t start = p->at;
	bool low, high = false, comma;

	*q = (struct quantifier){.max = REGEX_FOREVER, .interval = true};
	if (!regex_take(p, "{"))
		return false;
	low = take_number(p, &q->min);
	comma = regex_take(p, ",");
	if (comma)
		high = take_number(p, &q->max);
	if (comma && !high)
		q->max = REGEX_FOREVER;
	if (!comma)
		q->max = q->min;
	q->exact = !comma;
	if ((!low && !high) || !regex_take(p, "}")) {
		p->at = start;
		return false;
	}
	if (q->min > q->max)
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "{n,m} with n above m is not supported");
	return true;
}

static bool take_quantifier(struct regex_parser *p, struct quantifier *q)
{
	*q = (struct quantifier){.max = REGEX_FOREVER};
	switch (regex_peek(p, 0)) {
	case '*': break;
	case '+': q->min = 1; break;
	case '?': q->max = 1; break;
	default: return take_interval(p, q);
	}
	p->at++;
	return true;
}

static bool is_look(const struct regex_node *n)
{
	return n->kind == REGEX_AHEAD || n->kind == REGEX_BEHIND ||
	       n->kind == REGEX_ANCHOR;
}

enum simple { NOT_SIMPLE, MAYBE, ANY, SOME };

/* ?, * or + */
static enum simple simple_of(const struct regex_node *n)
{
	if (n->kind != REGEX_REPEAT || n->lazy || n->min > 1)
		return NOT_SIMPLE;
	if (n->max == 1)
		return n->min == 0 ? MAYBE : NOT_SIMPLE;
	if (n->max != REGEX_FOREVER)
		return NOT_SIMPLE;
	return n->min == 0 ? ANY : SOME;
}

/* (?:a*)* is no more than a*, and so on: a loop in a loop takes long. */
static struct regex_node *simplify(struct regex_node *n)
{
	enum simple outer = simple_of(n), inner = simple_of(n->child);

	if (outer == NOT_SIMPLE || inner == NOT_SIMPLE)
		return n;
	n = n->child;
	if (outer != inner) {
		n->min = 0;
		n->max = REGEX_FOREVER;
	}
	return n;
}

/* What is repeated is a class, were it of one character. */
static struct regex_node *as_set(struct regex_parser *p, struct regex_node *n)
{
	struct regex_set one = {0};

	if (n->kind != REGEX_CHAR)
		return n;
	regex_set_add(&one, n->c, n->c);
	return regex_make_set(p, &one);
}

static struct regex_node *take_repeated(struct regex_parser *p)
{
	struct regex_node *n = take_atom(p);
	struct quantifier q;
	size_t start = p->at;
	bool lazy;

	for (int i = 0; p->status == OK && take_quantifier(p, &q); i++) {
		if (i == MAX_STACKED)
			regex_fail(p, ERR_LIMIT, start,
				   "more than %d quantifiers on one thing",
				   MAX_STACKED);
		if (is_look(n))
			regex_fail(p, ERR_INVALID, start,
				   "an anchor or a look is repeated");
		regex_check_counted(p, n, q.min, q.max, start);
		n = regex_make_over(p, REGEX_REPEAT, as_set(p, n));
		n->min = q.min;
		n->max = q.max;
		lazy = !q.exact && regex_take(p, "?");
		n->lazy = lazy;
		n = simplify(n);
		if (!q.interval && !lazy && regex_take(p, "+"))
			n = regex_make_over(p, REGEX_ATOMIC, n);
	}
	return n;
}

static bool ends(const struct regex_parser *p)
{
	return regex_is_over(p) || regex_peek(p, 0) == '|' ||
	       regex_peek(p, 0) == ')';
}

static struct regex_node *take_sequence(struct regex_parser *p)
{
	struct regex_node *n = regex_make(p, REGEX_SEQUENCE);
	struct regex_node **last = &n->child, *before = NULL;

	for (; !ends(p); last = &before->next) {
		*last = take_repeated(p);
		regex_check_joined(p, before, *last);
		before = *last;
	}
	return before && before == n->child ? before : n;
}

struct regex_node *regex_take_choice(struct regex_parser *p)
{
	struct regex_node *n = take_sequence(p), **last = &n->next;

	if (regex_peek(p, 0) != '|')
		return n;
	while (p->status == OK && regex_take(p, "|")) {
		*last = take_sequence(p);
		last = &(*last)->next;
	}
	return regex_make_over(p, REGEX_CHOICE, n);
}

enum status regex_tree_parse(struct slice pattern, struct regex_tree *out,
			     struct error *err)
{
	struct regex_parser p = {.text = pattern, .tree = out, .err = err};

	*out = (struct regex_tree){0};
	arena_init(&out->arena);
	if (pattern.n > REGEX_MAX_BYTES)
		regex_fail(&p, ERR_LIMIT, 0, "it has over %d bytes",
			   REGEX_MAX_BYTES);
	if (!utf8_valid(pattern))
		regex_fail(&p, ERR_INVALID, 0, "it is not UTF-8");
	out->root = regex_take_choice(&p);
	if (p.at < pattern.n)
		regex_fail(&p, ERR_INVALID, p.at, ") without (");
	if (p.status == OK)
		regex_check_start(&p, out->root);
	if (p.status != OK)
		regex_tree_fini(out);
	return p.status;
}
