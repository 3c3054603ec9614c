#include "common/token/cluster.h"

#include "common/token/scan.h"

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER     0x200d

/* Hangul: UAX 29, GB6 to GB8. */
enum syllable { SYLLABLE_NONE, SYLLABLE_L, SYLLABLE_V, SYLLABLE_T };

/* Pictographs and conjuncts, as far as a cluster has come with them. */
enum emoji { EMOJI_NONE, EMOJI_PICTOGRAPH, EMOJI_JOINER };
enum conjunct { CONJUNCT_NONE, CONJUNCT_CONSONANT, CONJUNCT_LINKED };

struct cluster {
	uint32_t c; /* the last character */
	unsigned class;
	enum emoji emoji;
	enum conjunct conjunct;
};

static bool is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c - first <= last - first;
}

/* How a character ends as a syllable, or starts as one. */
static enum syllable syllable(uint32_t c, bool ends)
{
	if (is_between(c, 0x1100, 0x115f) || is_between(c, 0xa960, 0xa97c))
		return SYLLABLE_L;
	if (is_between(c, 0x1160, 0x11a7) || is_between(c, 0xd7b0, 0xd7c6))
		return SYLLABLE_V;
	if (is_between(c, 0x11a8, 0x11ff) || is_between(c, 0xd7cb, 0xd7fb))
		return SYLLABLE_T;
	if (!is_between(c, 0xac00, 0xd7a3))
		return SYLLABLE_NONE;
	if (!ends)
		return SYLLABLE_L;
	return (c - 0xac00) % 28 == 0 ? SYLLABLE_V : SYLLABLE_T;
}

static bool joins_hangul(uint32_t before, uint32_t c)
{
	enum syllable a = syllable(before, true), b = syllable(c, false);

	switch (a) {
	case SYLLABLE_NONE: return false;
	case SYLLABLE_L: return b == SYLLABLE_L || b == SYLLABLE_V;
	case SYLLABLE_V: return b == SYLLABLE_V || b == SYLLABLE_T;
	case SYLLABLE_T: return b == SYLLABLE_T;
	}
	return false;
}

static bool joins(const struct cluster *k, uint32_t c, unsigned class)
{
	if ((k->class | class) & CLASS_BREAKS)
		return k->c == '\r' && c == '\n';
	if ((class & CLASS_JOINS_LEFT) || (k->class & CLASS_JOINS_RIGHT))
		return true;
	if ((class & CLASS_CONSONANT) && k->conjunct == CONJUNCT_LINKED)
		return true;
	if ((class & CLASS_PICTOGRAPH) && k->emoji == EMOJI_JOINER)
		return true;
	return joins_hangul(k->c, c);
}

static enum emoji next_emoji(enum emoji e, uint32_t c, unsigned class)
{
	if (class & CLASS_PICTOGRAPH)
		return EMOJI_PICTOGRAPH;
	if (e != EMOJI_PICTOGRAPH)
		return EMOJI_NONE;
	if (c == ZERO_WIDTH_JOINER)
		return EMOJI_JOINER;
	return class & CLASS_EXTEND ? EMOJI_PICTOGRAPH : EMOJI_NONE;
}

static enum conjunct next_conjunct(enum conjunct k, uint32_t c, unsigned class)
{
	if (class & CLASS_CONSONANT)
		return CONJUNCT_CONSONANT;
	if (k != CONJUNCT_NONE && (class & CLASS_LINKER))
		return CONJUNCT_LINKED;
	if (c == ZERO_WIDTH_JOINER ||
	    ((class & CLASS_EXTEND) && c != ZERO_WIDTH_NON_JOINER))
		return k;
	return CONJUNCT_NONE;
}

static void take(struct cluster *k, uint32_t c, unsigned class)
{
	k->c = c;
	k->class = class;
	k->emoji = next_emoji(k->emoji, c, class);
	k->conjunct = next_conjunct(k->conjunct, c, class);
}

size_t cluster_end(const char *p, size_t n, size_t at)
{
	struct cluster k = {0};
	size_t len;
	uint32_t c = utf8_get(p + at, &len);

	take(&k, c, unicode_class(c));
	for (at += len; at < n; at += len) {
		unsigned class;

		c = utf8_get(p + at, &len);
		class = unicode_class(c);
		if (!joins(&k, c, class))
			break;
		take(&k, c, class);
	}
	return at;
}
