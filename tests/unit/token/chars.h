/* A small vocabulary of characters, in SentencePiece's manner. */
#ifndef TESTS_UNIT_TOKEN_CHARS_H
#define TESTS_UNIT_TOKEN_CHARS_H

#include <stdio.h>

#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"

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

#define CHARS_ENTRIES 80

static inline void chars_add(json_t *model, const char *text, size_t *n)
{
	json_object_set_new(json_object_get(model, "vocab"), text,
			    json_integer(CHARS_FIRST + (int)(*n)++));
}

/* Merges of any two entries, in any order. */
static inline json_t *chars_random(struct rng *r)
{
	static const char *const first[] = {"\u2581", "a",  "b",      ".",
					    "1",      "\n", "\u00e9", "\u4e2d"};
	static const char *const none[] = {NULL};
	static char entry[CHARS_ENTRIES][64];
	json_t *root = chars_json(none, "[]"), *pair;
	json_t *model = json_object_get(root, "model");
	char joined[64];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		strcpy(entry[n], first[i]);
		chars_add(model, entry[n], &n);
	}
	for (int i = 0; i < 400 && n < CHARS_ENTRIES; i++) {
		const char *a = entry[rng_below(r, n)];
		const char *b = entry[rng_below(r, n)];

		if (strlen(a) + strlen(b) > 12)
			continue;
		strcpy(joined, a);
		strcpy(entry[n], strcat(joined, b));
		pair = json_pack("[ss]", a, b);
		json_array_append_new(json_object_get(model, "merges"), pair);
		if (!json_object_get(json_object_get(model, "vocab"), entry[n]))
			chars_add(model, entry[n], &n);
	}
	json_object_set_new(root, "added_tokens",
			    json_of("[{\"id\":0,\"content\":\"<0x00>\","
				    "\"special\":true,\"normalized\":false}]"));
	return root;
}

#endif
