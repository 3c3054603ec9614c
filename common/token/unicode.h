/* What a code point is: the classes that pre-tokenizers ask for, and the
 * raw tables of normalization (see nfc.h).
 *
 * Tables made by tools/unicode/make_tables.py. Pure; any thread. */
#ifndef COMMON_TOKEN_UNICODE_H
#define COMMON_TOKEN_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/* The order of the bits is the generator's. */
enum {
	CLASS_LETTER = 1 << 0,
	CLASS_NUMBER = 1 << 1,
	CLASS_SPACE = 1 << 2, /* \s: 25 code points */
	CLASS_MARK = 1 << 3,
	CLASS_PUNCTUATION = 1 << 4,
	CLASS_SYMBOL = 1 << 5,
	CLASS_UPPER = 1 << 6,       /* \p{Lu} and \p{Lt} */
	CLASS_LOWER = 1 << 7,       /* \p{Ll} */
	CLASS_DIGITS = 1 << 8,      /* of the Digits pre-tokenizer */
	CLASS_PUNCT_SPLIT = 1 << 9, /* of the Punctuation pre-tokenizer */
	CLASS_HAN = 1 << 10,
	CLASS_WORD = 1 << 11, /* \w round added tokens */
	CLASS_NFC = 1 << 12,  /* NFC may have something to do here */
};

#define UNICODE_SHIFT 7
#define UNICODE_LAST  0x10ffff

extern const uint16_t unicode_ascii[128];
extern const uint16_t unicode_first[];
extern const uint8_t unicode_second[];
extern const uint16_t unicode_kind[];

/* {first << 8 | class, last} of those that are no starters, sorted. */
extern const uint32_t unicode_combining[];
extern const size_t unicode_combining_n;
/* {code point, length << 16 | start in unicode_decomposed}, sorted. */
extern const uint32_t unicode_decomposition[];
extern const size_t unicode_decomposition_n;
extern const uint32_t unicode_decomposed[];
/* {first, second, composite}, sorted. */
extern const uint32_t unicode_composition[];
extern const size_t unicode_composition_n;

/* Classes of a code point; `c` <= UNICODE_LAST. */
static inline unsigned unicode_class(uint32_t c)
{
	size_t block = unicode_first[c >> UNICODE_SHIFT];
	size_t at = c & ((1u << UNICODE_SHIFT) - 1);

	return unicode_kind[unicode_second[(block << UNICODE_SHIFT) + at]];
}

#endif
