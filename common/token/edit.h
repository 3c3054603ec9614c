/* Normalizers that look at one character at a time: lower case, what
 * BertNormalizer does, Nmt, StripAccents and Strip. Pure; any thread. */
#ifndef COMMON_TOKEN_EDIT_H
#define COMMON_TOKEN_EDIT_H

#include <stdbool.h>

#include "common/base/buf.h"

enum edit {
	EDIT_LOWER,
	EDIT_BERT_CLEAN,   /* controls go, white space becomes blanks */
	EDIT_BERT_CHINESE, /* blanks round each ideograph */
	EDIT_BERT_ACCENTS, /* marks of zero width go; behind NFD */
	EDIT_ACCENTS,      /* all marks go */
	EDIT_NMT,
};

/* True where `s` would stay as it is. */
bool edit_quick(enum edit edit, struct slice s);
/* Appends `s`, which is valid UTF-8, as edited: at most three times as
 * long. */
void edit_append(enum edit edit, struct slice s, struct buf *out);
/* True if nothing becomes of the first character. */
bool edit_drops_first(enum edit edit, struct slice s);

/* `s` without the white space at its start and end, as asked. */
struct slice edit_strip(struct slice s, bool left, bool right);

#endif
