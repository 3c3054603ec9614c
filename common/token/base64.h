/* Base64 (RFC 4648), the usual alphabet, with its padding. Pure. */
#ifndef COMMON_TOKEN_BASE64_H
#define COMMON_TOKEN_BASE64_H

#include "common/base/buf.h"

/* Appends what `in` stands for. False for anything but whole groups of
 * four letters; `out` may then hold some of it. */
MUST_USE bool base64_decode(struct slice in, struct buf *out);

#endif
