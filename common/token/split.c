#include "common/token/split.h"

#include <string.h>

#include "common/token/scan.h"

void split_init(struct split *s, enum split_by by, enum split_behavior behavior)
{
	*s = (struct split){.by = by, .behavior = behavior};
	buf_init(&s->text);
}

void split_fini(struct split *s)
{
	buf_fini(&s->text);
	regex_destroy(&s->regex);
}

/* First match at or behind `at`; false if there is none. */
typedef bool find_fn(struct split_walk *w, size_t at,
		     struct split_segment *match);

static bool find_class(struct split_walk *w, size_t at,
		       struct split_segment *match)
{
	struct slice text = w->text;
	size_t len;

	at = scan_run_not(text.p, text.n, at, w->split->classes);
	if (at == text.n)
		return false;
	(void)scan_class(text.p, at, &len);
	*match = (struct split_segment){at, at + len, true};
	return true;
}

static bool find_text(struct split_walk *w, size_t at,
		      struct split_segment *match)
{
	struct slice text = w->text, rest = slice_from(text, at);
	struct slice want = buf_slice(&w->split->text);
	const char *found = rest.n ? memmem(rest.p, rest.n, want.p, want.n)
				   : NULL;

	if (found == NULL)
		return false;
	at = (size_t)(found - text.p);
	*match = (struct split_segment){at, at + want.n, true};
	return true;
}

static bool find_word(struct split_walk *w, size_t at,
		      struct split_segment *match)
{
	struct slice text = w->text;
	size_t len, end;

	at = scan_run(text.p, text.n, at, CLASS_SPACE);
	if (at == text.n)
		return false;
	if (scan_class(text.p, at, &len) & CLASS_WORD)
		end = scan_run(text.p, text.n, at, CLASS_WORD);
	else
		end = scan_run_not(text.p, text.n, at,
				   CLASS_WORD | CLASS_SPACE);
	*match = (struct split_segment){at, end, true};
	return true;
}

/* It keeps its own place: an empty match does not move it on. */
static bool find_regex(struct split_walk *w, size_t at,
		       struct split_segment *match)
{
	struct regex_span span;
	enum status status;

	(void)at;
	w->regex.re = w->split->regex;
	w->regex.room = w->room;
	w->regex.text = w->text;
	status = regex_next(&w->regex, &span);
	if (status == OK)
		*match = (struct split_segment){span.start, span.end, true};
	else if (status != ERR_NOT_FOUND)
		w->status = status;
	return status == OK;
}

static find_fn *const find[] = {
	[SPLIT_BY_CLASS] = find_class,
	[SPLIT_BY_TEXT] = find_text,
	[SPLIT_BY_WORDS] = find_word,
	[SPLIT_BY_REGEX] = find_regex,
};

/* Matches and what lies between them, one after the other. */
static bool next_segment(struct split_walk *w, struct split_segment *out)
{
	const struct split *s = w->split;
	bool is_last;

	/* There may be an empty match at the very end. */
	if (!w->has_match && w->search <= w->text.n) {
		w->has_match = find[s->by](w, w->search, &w->match);
		w->search = w->has_match ? w->match.end : w->text.n + 1;
	}
	is_last = !w->has_match;
	if (is_last && w->done == w->text.n)
		return false;
	if (is_last || w->done < w->match.start) {
		*out = (struct split_segment){
			w->done, is_last ? w->text.n : w->match.start, false};
	} else {
		*out = w->match;
		w->has_match = false;
	}
	w->done = out->end;
	out->is_match = out->is_match != s->invert;
	return true;
}

/* Does `next` belong to the same piece as `held`, which stands before it? */
static bool joins(enum split_behavior behavior,
		  const struct split_segment *held,
		  const struct split_segment *next)
{
	switch (behavior) {
	case SPLIT_REMOVED:
	case SPLIT_ISOLATED: return false;
	case SPLIT_MERGED_WITH_PREVIOUS:
		return next->is_match && !held->is_match;
	case SPLIT_MERGED_WITH_NEXT: return held->is_match && !next->is_match;
	case SPLIT_CONTIGUOUS: return held->is_match == next->is_match;
	}
	return false;
}

/* Next piece, which may be empty or a match to be removed. */
static bool next_piece(struct split_walk *w, struct split_segment *out)
{
	struct split_segment *held = &w->held;

	if (!w->has_held && !next_segment(w, held))
		return false;
	*out = *held;
	while ((w->has_held = next_segment(w, held)) &&
	       joins(w->split->behavior, out, held)) {
		out->end = held->end;
		/* What follows is judged by the last part alone. */
		out->is_match = held->is_match;
	}
	return true;
}

bool split_next(struct split_walk *w, struct slice *piece)
{
	struct split_segment s;

	while (next_piece(w, &s) && w->status == OK) {
		bool removed = s.is_match &&
			       w->split->behavior == SPLIT_REMOVED;

		if (removed || s.start == s.end)
			continue;
		*piece = (struct slice){w->text.p + s.start, s.end - s.start};
		return true;
	}
	return false;
}
