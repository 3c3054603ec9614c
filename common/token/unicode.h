/* What a code point is: its general category, and the classes that the
 * parts of a tokenizer ask for. These are the reference's own, so they mix
 * versions of Unicode as the reference does.
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
	CLASS_WORD = 1 << 11,         /* \w round added tokens */
	CLASS_NFC = 1 << 12,          /* NFC may have something to do here */
	CLASS_CANONICAL = 1 << 13,    /* has a canonical decomposition */
	CLASS_COMPATIBLE = 1 << 14,   /* has another one, of compatibility */
	CLASS_LOWERED = 1 << 15,      /* another character in lower case */
	CLASS_ACCENT = 1 << 16,       /* of StripAccents */
	CLASS_BERT_DROPPED = 1 << 17, /* what BertNormalizer cleans away */
	CLASS_BERT_ACCENT = 1 << 18,
	/* Of grapheme clusters, as far as cluster.h needs them. */
	CLASS_JOINS_LEFT = 1 << 19,
	CLASS_JOINS_RIGHT = 1 << 20,
	CLASS_BREAKS = 1 << 21,
	CLASS_PICTOGRAPH = 1 << 22,
	CLASS_EXTEND = 1 << 23,
	CLASS_CONSONANT = 1 << 24, /* of conjuncts */
	CLASS_LINKER = 1 << 25,
};

/* General categories, in the generator's order. */
enum unicode_category {
	CATEGORY_CN,
	CATEGORY_LU,
	CATEGORY_LL,
	CATEGORY_LT,
	CATEGORY_LM,
	CATEGORY_LO,
	CATEGORY_MN,
	CATEGORY_MC,
	CATEGORY_ME,
	CATEGORY_ND,
	CATEGORY_NL,
	CATEGORY_NO,
	CATEGORY_PC,
	CATEGORY_PD,
	CATEGORY_PS,
	CATEGORY_PE,
	CATEGORY_PI,
	CATEGORY_PF,
	CATEGORY_PO,
	CATEGORY_SM,
	CATEGORY_SC,
	CATEGORY_SK,
	CATEGORY_SO,
	CATEGORY_ZS,
	CATEGORY_ZL,
	CATEGORY_ZP,
	CATEGORY_CC,
	CATEGORY_CF,
	CATEGORY_CO,
	N_CATEGORIES,
};

#define UNICODE_SHIFT          7
#define UNICODE_CATEGORY_SHIFT 27
#define UNICODE_LAST           0x10ffffu

/* What the ideographs from U+4E00 to U+9FFF all are. */
#define UNICODE_IDEOGRAPH                                                      \
	((unsigned)CATEGORY_LO << UNICODE_CATEGORY_SHIFT | CLASS_LETTER |      \
	 CLASS_HAN | CLASS_WORD)

extern const uint32_t unicode_ascii[128];
extern const uint16_t unicode_first[];
extern const uint8_t unicode_second[];
extern const uint32_t unicode_kind[];

/* Classes of a code point, with its category on top; `c` <= UNICODE_LAST. */
static inline unsigned unicode_class(uint32_t c)
{
	size_t block = unicode_first[c >> UNICODE_SHIFT];
	size_t at = c & ((1u << UNICODE_SHIFT) - 1);

	return unicode_kind[unicode_second[(block << UNICODE_SHIFT) + at]];
}

static inline enum unicode_category unicode_category(uint32_t c)
{
	return unicode_class(c) >> UNICODE_CATEGORY_SHIFT;
}

#endif
