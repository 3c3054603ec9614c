/* A charsmap for tests: keys of one or two bytes, as base64. */
#ifndef TESTS_UNIT_TOKEN_DOUBLE_ARRAY_H
#define TESTS_UNIT_TOKEN_DOUBLE_ARRAY_H

#include <openssl/evp.h>

#include "tests/unit/token/fixture.h"

#define ARRAY_UNITS 2048

struct double_array {
	uint32_t unit[ARRAY_UNITS];
	size_t n_pair; /* blocks that are used up by second bytes */
	char text[256];
	size_t n_text;
};

#define ROOT_BLOCK 256

static inline void array_init(struct double_array *a)
{
	*a = (struct double_array){.n_pair = 0};
	a->unit[0] = ROOT_BLOCK << 10;
}

static inline uint32_t array_text(struct double_array *a, const char *to)
{
	uint32_t at = (uint32_t)a->n_text;

	strcpy(a->text + at, to);
	a->n_text += strlen(to) + 1;
	return at;
}

/* The children of the root stand at 256 ^ byte, those of another node at a
 * block of their own; a value is the child 0. */
static inline uint32_t *array_child(struct double_array *a, uint32_t at,
				    unsigned char byte)
{
	uint32_t *unit = &a->unit[at], offset = *unit >> 10;

	if (offset == 0) {
		offset = at ^ (uint32_t)(512 + 256 * a->n_pair++);
		*unit |= offset << 10;
	}
	return &a->unit[at ^ offset ^ byte];
}

static inline void array_add(struct double_array *a, const char *key,
			     const char *to)
{
	uint32_t at = 0, *value;

	for (; *key; key++) {
		uint32_t *child = array_child(a, at, (unsigned char)*key);

		*child |= (unsigned char)*key;
		at = (uint32_t)(child - a->unit);
	}
	value = array_child(a, at, 0);
	a->unit[at] |= 1u << 8;
	*value = 1u << 31 | array_text(a, to);
}

/* In a static place. */
static inline const char *array_base64(const struct double_array *a)
{
	static unsigned char raw[4 + sizeof(a->unit) + sizeof(a->text)];
	static char out[sizeof(raw) * 2];
	uint32_t bytes = sizeof(a->unit);

	memcpy(raw, &bytes, 4);
	memcpy(raw + 4, a->unit, bytes);
	memcpy(raw + 4 + bytes, a->text, a->n_text);
	EVP_EncodeBlock((unsigned char *)out, raw,
			(int)(4 + bytes + a->n_text));
	return out;
}

#endif
