/* A small vocabulary of characters, in SentencePiece's manner. */
#ifndef TESTS_UNIT_TOKEN_CHARS_H
#define TESTS_UNIT_TOKEN_CHARS_H

#include <stdio.h>

#include "tests/unit/token/fixture.h"

#define CHARS_FIRST 256 /* id of the first entry that is no byte */

/* tokenizer.json with the 256 bytes, then these entries and merges. */
static inline json_t *chars_json(const char *const *entry, const char *merges)
{
	json_t *vocab = json_object(), *root;
	char name[8];

	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof(name), "<0x%02X>", i);
		json_object_set_new(vocab, name, json_integer(i));
	}
	for (int i = 0; entry[i]; i++)
		json_object_set_new(vocab, entry[i],
				    json_integer(CHARS_FIRST + i));
	root = json_of("{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":"
		       "[{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},"
		       "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
		       "\"content\":\"\u2581\"}]},\"model\":{\"type\":\"BPE\","
		       "\"unk_token\":\"<unk>\",\"fuse_unk\":true,"
		       "\"byte_fallback\":true}}");
	json_object_set_new(json_object_get(root, "model"), "vocab", vocab);
	json_object_set_new(json_object_get(root, "model"), "merges",
			    json_of(merges));
	return root;
}

static inline json_t *chars_usual(void)
{
	static const char *const entry[] = {
		"a", "b", "\u2581", "\u2581a", "\u2581ab", "ab", "\n", NULL};

	return chars_json(entry, "[\"\u2581 a\", \"a b\", \"\u2581a b\"]");
}

#endif
