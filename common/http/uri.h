/* The path of a request in its one spelling (RFC 3986 6.2.2).
 *
 * Routes are matched against it and it is what workers are sent, so that
 * no spelling of a closed path gets by. */
#ifndef COMMON_HTTP_URI_H
#define COMMON_HTTP_URI_H

#include "common/base/arena.h"

/* Decodes %XX, joins "//", resolves "." and "..", drops a trailing "/".
 * ERR_INVALID: not starting with "/", a broken %XX, "..", above the root,
 * a byte (also encoded) outside letters, digits and "-._~!$&'()*+,=:@/",
 * so also an encoded slash, a backslash, NUL, ';'. */
MUST_USE enum status uri_normalise(struct slice path, struct arena *arena,
				   struct slice *out);

#endif
