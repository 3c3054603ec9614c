/* WordPiece: from the left, the longest entry that the word goes on with;
 * entries inside a word are written with a prefix. Built by one thread,
 * then immutable. */
#ifndef COMMON_TOKEN_WORDPIECE_H
#define COMMON_TOKEN_WORDPIECE_H

#include "common/token/tokenizer.h"
#include "common/token/trie.h"

struct wordpiece {
	struct trie trie; /* of the whole vocabulary; values are ids */
	uint32_t inside;  /* the node of the prefix */
	bool has_inside;  /* some entry has the prefix, or there is none */
	uint32_t unk_id;  /* of a word that cannot be put together */
	size_t max_chars; /* longer words are unknown */
};

void wordpiece_init(struct wordpiece *w, struct trie_key *key, size_t n,
		    struct slice prefix);
void wordpiece_fini(struct wordpiece *w);
/* Appends the ids of a word, which is not empty. At most as many steps as
 * the word has bytes times those of the longest entry. */
void wordpiece_encode(const struct wordpiece *w, struct slice word,
		      struct token_list *out);

#endif
