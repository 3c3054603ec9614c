#include "common/token/added.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/token/scan.h"

void added_init(struct added *a)
{
	*a = (struct added){.only_first = -1};
}

void added_fini(struct added *a)
{
	for (size_t i = 0; i < a->n; i++)
		mem_free(a->token[i].text);
	mem_free(a->token);
	*a = (struct added){0};
}

void added_add(struct added *a, struct slice text, struct added_token flags)
{
	ASSERT(text.n > 0 && text.n <= ADDED_MAX_TEXT);
	if (a->n == a->size) {
		a->size = a->size ? a->size * 2 : 16;
		a->token = mem_realloc(a->token, a->size * sizeof(*a->token));
	}
	flags.text = mem_strndup(text.p, text.n);
	flags.n = text.n;
	a->token[a->n++] = flags;
}

static int compare_text(const struct added_token *a,
			const struct added_token *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int order = memcmp(a->text, b->text, n);

	if (order != 0)
		return order;
	return (a->n > b->n) - (a->n < b->n);
}

static int compare(const void *x, const void *y)
{
	const struct added_token *a = x, *b = y;
	int order = compare_text(a, b);

	if (order != 0)
		return order;
	return a->special != b->special ? (a->special ? -1 : 1)
					: (a->id > b->id) - (a->id < b->id);
}

static void remove_equals(struct added *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (kept > 0 &&
		    compare_text(&a->token[kept - 1], &a->token[i]) == 0)
			mem_free(a->token[i].text);
		else
			a->token[kept++] = a->token[i];
	}
	a->n = kept;
}

void added_seal(struct added *a)
{
	size_t at = 0;

	a->only_first = -1;
	if (a->n > 0)
		qsort(a->token, a->n, sizeof(*a->token), compare);
	remove_equals(a);
	for (size_t b = 0; b < 256; b++) {
		a->first[b] = at;
		while (at < a->n && (unsigned char)a->token[at].text[0] == b)
			at++;
		if (a->n > 0 && at - a->first[b] == a->n)
			a->only_first = (int)b;
	}
	a->first[256] = a->n;
}

/* First token in [low, high) whose byte `depth` is at least `byte`; all of
 * them share the bytes before it. */
static size_t bound(const struct added *a, size_t low, size_t high,
		    size_t depth, unsigned byte)
{
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct added_token *t = &a->token[mid];

		if (t->n > depth && (unsigned char)t->text[depth] >= byte)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The longest token at the start of `s`, which is not empty, or NULL. */
static const struct added_token *longest(const struct added *a, struct slice s)
{
	unsigned byte = (unsigned char)s.p[0];
	size_t low = a->first[byte], high = a->first[byte + 1];
	const struct added_token *best = NULL;

	for (size_t depth = 1; low < high; depth++) {
		if (a->token[low].n == depth)
			best = &a->token[low];
		if (depth == s.n)
			break;
		byte = (unsigned char)s.p[depth];
		low = bound(a, low, high, depth, byte);
		high = bound(a, low, high, depth, byte + 1);
	}
	return best;
}

/* First place at or behind `at` where a token may start, or n. */
static size_t candidate(const struct added *a, struct slice s, size_t at)
{
	if (a->only_first >= 0) {
		const char *p = at < s.n ? memchr(s.p + at, a->only_first,
						  s.n - at)
					 : NULL;

		return p ? (size_t)(p - s.p) : s.n;
	}
	for (; at < s.n; at++) {
		unsigned byte = (unsigned char)s.p[at];

		if (a->first[byte] != a->first[byte + 1])
			break;
	}
	return at;
}

static bool touches_word(struct slice s, size_t start, size_t end)
{
	size_t len;

	if (start > 0 &&
	    (scan_class(s.p, utf8_last(s.p, start), &len) & CLASS_WORD))
		return true;
	return end < s.n && (scan_class(s.p, end, &len) & CLASS_WORD);
}

/* Start of the white space that ends at `end`. */
static size_t blanks_before(struct slice s, size_t end)
{
	size_t len;

	while (end > 0) {
		size_t last = utf8_last(s.p, end);

		if (!(scan_class(s.p, last, &len) & CLASS_SPACE))
			break;
		end = last;
	}
	return end;
}

static const struct added_token *match(struct added_walk *w, size_t *start)
{
	const struct added *a = w->set;

	if (a->n == 0)
		return NULL;
	for (size_t at = w->search;
	     (at = candidate(a, w->text, at)) < w->text.n;) {
		const struct added_token *t = longest(a,
						      slice_from(w->text, at));

		if (t == NULL) {
			at++;
			continue;
		}
		if (!t->single_word || !touches_word(w->text, at, at + t->n)) {
			*start = at;
			return t;
		}
		at += t->n;
	}
	return NULL;
}

const struct added_token *added_next(struct added_walk *w, struct slice *before)
{
	size_t start = 0, end;
	const struct added_token *t = match(w, &start);

	if (t == NULL) {
		*before = slice_from(w->text, w->done);
		w->done = w->search = w->text.n;
		return NULL;
	}
	/* Matches go on behind the token itself, even where it swallowed
	 * the blanks that another one starts with: so does the reference. */
	end = w->search = start + t->n;
	if (t->lstrip) {
		start = blanks_before(w->text, start);
		if (start < w->done)
			start = w->done;
	}
	if (t->rstrip)
		end = scan_run(w->text.p, w->text.n, end, CLASS_SPACE);
	*before = (struct slice){w->text.p + w->done,
				 start > w->done ? start - w->done : 0};
	w->done = end;
	return t;
}
