/* A node of YAML, written as one line of YAML and JSON. */
#ifndef ROUTER_CONF_FLOW_H
#define ROUTER_CONF_FLOW_H

#include "common/base/buf.h"
#include "router/conf/yaml.h"

/* `hides` tells of a key whether "***" is to stand for its value; NULL: of
 * none. */
void flow_print(const struct yaml *node, bool (*hides)(struct slice key),
		struct buf *out);

#endif
