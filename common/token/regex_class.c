/* Classes in brackets: ranges, names, brackets within, && and ^. */
#include "common/token/regex_fold.h"
#include "common/token/regex_name.h"
#include "common/token/regex_parser.h"
#include "common/token/utf8.h"

static void take_brackets(struct regex_parser *p, struct regex_set *out,
			  bool *negated);

/* [:name:] or [:^name:]; false, with nothing taken, if it is none. */
static bool take_posix(struct regex_parser *p, struct regex_set *out)
{
	size_t start = p->at, n = 0;
	struct regex_set found = {0};
	struct slice name;
	bool negated;

	if (!regex_take(p, "[:"))
		return false;
	negated = regex_take(p, "^");
	name = slice_from(p->text, p->at);
	while (n < name.n && name.p[n] >= 'a' && name.p[n] <= 'z')
		n++;
	name.n = n;
	p->at += n;
	if (!regex_take(p, ":]")) {
		p->at = start;
		return false;
	}
	if (!regex_name_posix(name, &found))
		regex_fail(p, ERR_INVALID, start, "[:...:] has no such name");
	regex_set_sort(&found);
	if (negated)
		regex_set_negate(&found);
	regex_set_join(out, &found);
	regex_set_fini(&found);
	return true;
}

static void take_nested(struct regex_parser *p, struct regex_set *out)
{
	struct regex_set found = {0};
	bool negated = false;

	if (take_posix(p, out))
		return;
	take_brackets(p, &found, &negated);
	if (negated)
		regex_set_negate(&found);
	regex_set_join(out, &found);
	regex_set_fini(&found);
}

/* Behind the backslash. False if it is a name, whose set is added. */
static bool take_escaped(struct regex_parser *p, struct regex_set *out,
			 uint32_t *c)
{
	size_t start = p->at - 1;
	struct regex_set found = {0};
	char next = regex_peek(p, 0);

	if (regex_take_named(p, true, &found)) {
		regex_set_join(out, &found);
		regex_set_fini(&found);
		return false;
	}
	if (regex_take_escape(p, c))
		return true;
	if (p->at == p->text.n)
		regex_fail(p, ERR_INVALID, start, "it ends too early");
	else if (strchr("cCM", next) || (next >= '1' && next <= '9'))
		regex_fail(p, ERR_UNSUPPORTED, start,
			   "\\%c in brackets is not supported", next);
	*c = next == 'b' ? '\b' : (uint32_t)next;
	p->at += p->at < p->text.n;
	return true;
}

static bool take_one(struct regex_parser *p, struct regex_set *out, uint32_t *c)
{
	if (regex_take(p, "\\"))
		return take_escaped(p, out, c);
	*c = regex_take_char(p);
	return true;
}

/* Is a hyphen next that is one of a range? */
static bool is_range(const struct regex_parser *p)
{
	return regex_peek(p, 0) == '-' && p->text.n - p->at > 1 &&
	       regex_peek(p, 1) != ']';
}

static void take_member(struct regex_parser *p, struct regex_set *out)
{
	size_t start = p->at;
	uint32_t first, last;

	if (!take_one(p, out, &first)) {
		if (is_range(p))
			regex_fail(p, ERR_INVALID, start,
				   "a range begins with a class");
		return;
	}
	last = first;
	if (is_range(p)) {
		p->at++;
		if (regex_peek(p, 0) == '[' || regex_peek(p, 0) == '&')
			regex_fail(p, ERR_UNSUPPORTED, start,
				   "a range ends with [ or &");
		else if (!take_one(p, out, &last))
			regex_fail(p, ERR_INVALID, start,
				   "a range ends with a class");
		else if (last < first)
			regex_fail(p, ERR_INVALID, start,
				   "a range has nothing in it");
	}
	if (p->status == OK)
		regex_set_add(out, first, last);
}

static void intersect(struct regex_set *all, bool *has_all,
		      struct regex_set *part)
{
	regex_set_sort(part);
	if (*has_all) {
		regex_set_intersect(all, part);
		regex_set_fini(part);
	} else {
		*all = *part;
		*part = (struct regex_set){0};
	}
	*has_all = true;
}

/* The set as it is before it is negated. */
static void take_brackets(struct regex_parser *p, struct regex_set *out,
			  bool *negated)
{
	size_t start = p->at, first;
	struct regex_set part = {0};
	bool has_all = false;

	if (++p->depth > REGEX_MAX_DEPTH)
		regex_fail(p, ERR_LIMIT, start, "brackets are nested too deep");
	(void)regex_take(p, "[");
	*negated = regex_take(p, "^");
	first = p->at;
	/* A closing one that is first stands for itself. */
	while (!regex_is_over(p) &&
	       (p->at == first || regex_peek(p, 0) != ']')) {
		if (regex_take(p, "&&"))
			intersect(out, &has_all, &part);
		else if (regex_peek(p, 0) == '[')
			take_nested(p, &part);
		else
			take_member(p, &part);
	}
	if (!regex_take(p, "]"))
		regex_fail(p, ERR_INVALID, start, "[ is not closed");
	intersect(out, &has_all, &part);
	p->depth--;
}

bool regex_take_class(struct regex_parser *p, struct regex_set *out,
		      uint32_t *c)
{
	size_t start = p->at;
	bool negated = false;

	take_brackets(p, out, &negated);
	if (!negated && out->n == 1 &&
	    out->range[0].first == out->range[0].last) {
		*c = out->range[0].first;
		return true;
	}
	if (p->ignore_case) {
		regex_fold_set(out);
		if (!negated && regex_fold_is_long(out))
			regex_fail(p, ERR_UNSUPPORTED, start,
				   "a class that ignores case has a character "
				   "that is the same as two others");
	}
	if (negated)
		regex_set_negate(out);
	return false;
}
