/* Unicode normalization form C (UAX 15), over valid UTF-8. Any thread. */
#ifndef COMMON_TOKEN_NFC_H
#define COMMON_TOKEN_NFC_H

#include <stdbool.h>

#include "common/base/buf.h"

/* True if `s` is certainly in form C; false may be a false alarm. */
bool nfc_quick(struct slice s);
/* Appends the form C of `s`. Linear in its length. */
void nfc_append(struct slice s, struct buf *out);

#endif
