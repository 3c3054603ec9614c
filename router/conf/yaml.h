/* A YAML document as a small tree that remembers its lines.
 *
 * Built from libyaml's events with every size bounded. An alias stands
 * for the very node it names, so a tree may share nodes but has no cycle.
 * Merge keys are taken in. All of it lives in the arena. */
#ifndef ROUTER_CONF_YAML_H
#define ROUTER_CONF_YAML_H

#include "common/base/arena.h"

#define YAML_MAX_BYTES (4u << 20)
#define YAML_MAX_DEPTH 16
/* Nodes, an alias counted as all that it stands for. */
#define YAML_MAX_NODES   (64u << 10)
#define YAML_MAX_KEYS    256 /* of one mapping */
#define YAML_MAX_ANCHORS 1024

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_child {
	struct yaml_child *next;
	struct slice key; /* of a mapping's child */
	size_t line;      /* of the key, or of the item */
	bool merged;      /* by a merge key: a written key replaces it */
	const struct yaml *value;
};

struct yaml {
	enum yaml_kind kind;
	size_t line;
	struct slice text; /* a scalar's */
	struct yaml_child *child, *last;
	size_t n;      /* children */
	size_t weight; /* nodes, itself included */
};

/* `root` is YAML_NULL for an empty document. On failure `line` says
 * where, 0 if nowhere in particular, and `err` what. */
MUST_USE enum status yaml_parse(struct slice text, struct arena *a,
				const struct yaml **root, size_t *line,
				struct error *err);

/* For a file that may be larger than a configuration. */
struct yaml_bounds {
	size_t max_bytes;
	size_t max_nodes;
};
MUST_USE enum status yaml_parse_within(struct slice text,
				       const struct yaml_bounds *bounds,
				       struct arena *a,
				       const struct yaml **root, size_t *line,
				       struct error *err);

/* A mapping's child by its key; NULL. */
const struct yaml_child *yaml_find(const struct yaml *map, struct slice key);

#endif
