/* Unicode's normalization forms (UAX 15), over valid UTF-8. Any thread. */
#ifndef COMMON_TOKEN_FORM_H
#define COMMON_TOKEN_FORM_H

#include <stdbool.h>

#include "common/base/buf.h"

enum form { FORM_NFC, FORM_NFD, FORM_NFKC, FORM_NFKD };

/* True if `s` is certainly in that form; false may be a false alarm. */
bool form_quick(enum form form, struct slice s);
/* Appends the form of `s`. Linear in its length; at most 11 times as long,
 * as one character of three bytes has a form of 33. */
void form_append(enum form form, struct slice s, struct buf *out);

#endif
