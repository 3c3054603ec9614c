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
	trie_fini(&a->trie);
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

static void find_starts(struct added *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		unsigned char first = (unsigned char)a->token[i].text[0];

		n += !a->starts[first];
		a->starts[first] = true;
	}
	a->only_first = n == 1 ? (unsigned char)a->token[0].text[0] : -1;
}

static void build_trie(struct added *a)
{
	struct trie_key *key = mem_alloc((a->n + 1) * sizeof(*key));

	for (size_t i = 0; i < a->n; i++)
		key[i] = (struct trie_key){{a->token[i].text, a->token[i].n},
					   (uint32_t)i};
	trie_build(&a->trie, key, a->n);
	mem_free(key);
}

void added_seal(struct added *a)
{
	if (a->n > 0)
		qsort(a->token, a->n, sizeof(*a->token), compare);
	remove_equals(a);
	find_starts(a);
	build_trie(a);
}

/* The longest token at the start of `s`, which is not empty, or NULL. */
static const struct added_token *longest(const struct added *a, struct slice s)
{
	const struct trie *t = &a->trie;
	uint32_t node = TRIE_ROOT, best = TRIE_NONE;

	for (size_t i = 0; i < s.n; i++) {
		node = trie_child(t, node, (unsigned char)s.p[i]);
		if (node == TRIE_FAIL)
			break;
		if (t->value[node] != TRIE_NONE)
			best = t->value[node];
	}
	return best != TRIE_NONE ? &a->token[best] : NULL;
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
	while (at < s.n && !a->starts[(unsigned char)s.p[at]])
		at++;
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
