/* Text as a part of a URL: RFC 3986, everything but unreserved bytes. */
#ifndef ROUTER_DISCOVER_KUBE_ESCAPE_H
#define ROUTER_DISCOVER_KUBE_ESCAPE_H

#include "common/base/buf.h"

void kube_escape(struct slice text, struct buf *out);

#endif
