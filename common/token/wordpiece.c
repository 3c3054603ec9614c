#include "common/token/wordpiece.h"

#include "common/token/utf8.h"

void wordpiece_init(struct wordpiece *w, struct trie_key *key, size_t n,
		    struct slice prefix)
{
	*w = (struct wordpiece){0};
	trie_build(&w->trie, key, n);
	w->inside = trie_walk(&w->trie, prefix);
	w->has_inside = w->inside != TRIE_FAIL || prefix.n == 0;
}

void wordpiece_fini(struct wordpiece *w)
{
	trie_fini(&w->trie);
}

static bool is_long(const struct wordpiece *w, struct slice word)
{
	size_t n = 0, len;

	if (word.n <= w->max_chars)
		return false;
	for (size_t at = 0; at < word.n && n <= w->max_chars; at += len, n++)
		(void)utf8_get(word.p + at, &len);
	return n > w->max_chars;
}

/* End of the longest entry from `at` on; `at` if there is none. */
static size_t longest(const struct wordpiece *w, struct slice word, size_t at,
		      uint32_t *id)
{
	uint32_t node = at > 0 ? w->inside : TRIE_ROOT;
	size_t end = at;

	if (at > 0 && !w->has_inside)
		return at;
	for (size_t i = at; i < word.n; i++) {
		node = trie_child(&w->trie, node, (unsigned char)word.p[i]);
		if (node == TRIE_FAIL)
			break;
		if (w->trie.value[node] == TRIE_NONE)
			continue;
		*id = w->trie.value[node];
		end = i + 1;
	}
	return end;
}

void wordpiece_encode(const struct wordpiece *w, struct slice word,
		      struct token_list *out)
{
	size_t held = out->n, at = 0;
	bool known = !is_long(w, word);

	while (known && at < word.n) {
		uint32_t id = w->unk_id;
		size_t end = longest(w, word, at, &id);

		known = end > at;
		if (known)
			token_list_push(out, id);
		at = end;
	}
	if (known)
		return;
	out->n = held;
	token_list_push(out, w->unk_id);
}
