#include "router/conf/yaml.h"

#include "common/base/assert.h"

#include <yaml.h>

struct anchor {
	struct anchor *next;
	struct slice name;
	struct yaml *node;
};

struct builder {
	struct arena *arena;
	const struct yaml_bounds *bounds;
	struct yaml *open[YAML_MAX_DEPTH];      /* collections not ended yet */
	struct yaml_child *key[YAML_MAX_DEPTH]; /* read, its value not yet */
	size_t depth;
	struct anchor *anchor; /* newest first: the last of a name counts */
	struct yaml *root;
	size_t documents, events, anchors;
	size_t line;
	struct error *err;
};

static struct slice copy_text(struct builder *b, const unsigned char *text)
{
	return arena_copy(b->arena, slice_of((const char *)text));
}

static struct yaml *node_create(struct builder *b, enum yaml_kind kind)
{
	struct yaml *y = arena_zalloc(b->arena, sizeof(*y));

	y->kind = kind;
	y->line = b->line;
	y->weight = 1;
	return y;
}

static void name_anchor(struct builder *b, const unsigned char *name,
			struct yaml *node)
{
	struct anchor *a;

	if (name == NULL)
		return;
	b->anchors++;
	a = arena_zalloc(b->arena, sizeof(*a));
	a->name = copy_text(b, name);
	a->node = node;
	a->next = b->anchor;
	b->anchor = a;
}

static bool is_open(const struct builder *b, const struct yaml *node)
{
	for (size_t i = 0; i < b->depth; i++)
		if (b->open[i] == node)
			return true;
	return false;
}

static enum status find_anchor(struct builder *b, struct slice name,
			       struct yaml **out)
{
	for (struct anchor *a = b->anchor; a != NULL; a = a->next) {
		if (!slice_equal(a->name, name))
			continue;
		if (is_open(b, a->node))
			return error_set(b->err, ERR_INVALID,
					 "*%.*s stands inside of what it names",
					 SLICE_ARG(name));
		*out = a->node;
		return OK;
	}
	return error_set(b->err, ERR_NOT_FOUND, "no anchor &%.*s before this",
			 SLICE_ARG(name));
}

static bool is_null_word(struct slice s)
{
	return s.n == 0 || slice_equal(s, SLICE("~")) ||
	       slice_equal(s, SLICE("null"));
}

static struct yaml_child *append(struct yaml *to, struct yaml_child *c)
{
	if (to->last != NULL)
		to->last->next = c;
	else
		to->child = c;
	to->last = c;
	to->n++;
	return c;
}

static struct yaml_child *child_create(struct builder *b)
{
	struct yaml_child *c = arena_zalloc(b->arena, sizeof(*c));

	c->line = b->line;
	return c;
}

static struct yaml_child *find_child(struct yaml *map, struct slice key)
{
	for (struct yaml_child *c = map->child; c != NULL; c = c->next)
		if (slice_equal(c->key, key))
			return c;
	return NULL;
}

static enum status take_key(struct builder *b, struct yaml *map,
			    const struct yaml *key)
{
	struct yaml_child *c;

	if (key->kind != YAML_SCALAR)
		return error_set(b->err, ERR_INVALID, "a key must be a word");
	c = find_child(map, key->text);
	if (c != NULL && !c->merged)
		return error_set(b->err, ERR_INVALID,
				 "%.*s: the key stands twice, first in line "
				 "%zu",
				 SLICE_ARG(key->text), c->line);
	if (map->n == YAML_MAX_KEYS)
		return error_set(b->err, ERR_LIMIT, "more than %d keys",
				 YAML_MAX_KEYS);
	c = child_create(b);
	c->key = key->text;
	b->key[b->depth - 1] = c;
	return OK;
}

static enum status merge_map(struct builder *b, struct yaml *into,
			     const struct yaml *from)
{
	if (from->kind != YAML_MAP)
		return error_set(b->err, ERR_INVALID,
				 "<<: only mappings can be merged");
	for (struct yaml_child *f = from->child; f != NULL; f = f->next) {
		struct yaml_child *c;

		if (find_child(into, f->key) != NULL)
			continue;
		if (into->n == YAML_MAX_KEYS)
			return error_set(b->err, ERR_LIMIT,
					 "<<: more than %d keys",
					 YAML_MAX_KEYS);
		c = arena_zalloc(b->arena, sizeof(*c));
		*c = *f;
		c->next = NULL;
		c->merged = true;
		append(into, c);
	}
	return OK;
}

static enum status merge(struct builder *b, struct yaml *into,
			 const struct yaml *value)
{
	if (value->kind != YAML_LIST)
		return merge_map(b, into, value);
	for (struct yaml_child *c = value->child; c != NULL; c = c->next) {
		enum status st = merge_map(b, into, c->value);

		if (st != OK)
			return st;
	}
	return OK;
}

/* A written key takes the place of a merged one. */
static enum status put_pair(struct builder *b, struct yaml *map,
			    struct yaml_child *pair, const struct yaml *value)
{
	struct yaml_child *old = find_child(map, pair->key);

	if (slice_equal(pair->key, SLICE("<<")))
		return merge(b, map, value);
	pair->value = value;
	if (old == NULL) {
		append(map, pair);
		return OK;
	}
	old->value = value;
	old->line = pair->line;
	old->merged = false;
	return OK;
}

/* A whole node goes to its parent. */
static enum status place(struct builder *b, struct yaml *node)
{
	struct yaml *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;
	struct yaml_child *pair;

	if (parent == NULL) {
		b->root = node;
		return OK;
	}
	parent->weight += node->weight;
	if (parent->weight > b->bounds->max_nodes)
		return error_set(b->err, ERR_LIMIT,
				 "more than %zu values, aliases written out",
				 b->bounds->max_nodes);
	if (parent->kind == YAML_LIST) {
		append(parent, child_create(b))->value = node;
		return OK;
	}
	pair = b->key[b->depth - 1];
	if (pair == NULL)
		return take_key(b, parent, node);
	b->key[b->depth - 1] = NULL;
	return put_pair(b, parent, pair, node);
}

static enum status open_node(struct builder *b, enum yaml_kind kind,
			     const unsigned char *anchor)
{
	struct yaml *node;

	if (b->depth == YAML_MAX_DEPTH)
		return error_set(b->err, ERR_LIMIT, "nested more than %d deep",
				 YAML_MAX_DEPTH);
	node = node_create(b, kind);
	name_anchor(b, anchor, node);
	b->key[b->depth] = NULL;
	b->open[b->depth++] = node;
	return OK;
}

static enum status close_node(struct builder *b)
{
	ASSERT(b->depth > 0);
	return place(b, b->open[--b->depth]);
}

static enum status take_scalar(struct builder *b, const yaml_event_t *e)
{
	struct slice text = {(const char *)e->data.scalar.value,
			     e->data.scalar.length};
	struct yaml *node = node_create(b, YAML_SCALAR);

	node->text = arena_copy(b->arena, text);
	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    is_null_word(text))
		node->kind = YAML_NULL;
	name_anchor(b, e->data.scalar.anchor, node);
	return place(b, node);
}

static enum status take_alias(struct builder *b, const yaml_event_t *e)
{
	struct yaml *node = NULL;
	enum status st;

	st = find_anchor(b, copy_text(b, e->data.alias.anchor), &node);
	return st != OK ? st : place(b, node);
}

static enum status take_document(struct builder *b)
{
	if (++b->documents > 1)
		return error_set(b->err, ERR_INVALID,
				 "a second document; write one");
	return OK;
}

static enum status take_event(struct builder *b, const yaml_event_t *e)
{
	b->line = e->start_mark.line + 1;
	if (++b->events > 2 * b->bounds->max_nodes)
		return error_set(b->err, ERR_LIMIT, "more than %zu values",
				 b->bounds->max_nodes);
	if (b->anchors > YAML_MAX_ANCHORS)
		return error_set(b->err, ERR_LIMIT, "more than %d anchors",
				 YAML_MAX_ANCHORS);
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT: return take_document(b);
	case YAML_MAPPING_START_EVENT:
		return open_node(b, YAML_MAP, e->data.mapping_start.anchor);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(b, YAML_LIST, e->data.sequence_start.anchor);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: return close_node(b);
	case YAML_SCALAR_EVENT: return take_scalar(b, e);
	case YAML_ALIAS_EVENT: return take_alias(b, e);
	default: return OK;
	}
}

static size_t line_at(struct slice text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

/* The library's complaint, in its words. */
static enum status take_syntax_error(struct builder *b, const yaml_parser_t *y,
				     struct slice text)
{
	const char *problem = y->problem ? y->problem : "syntax";

	if (y->error == YAML_READER_ERROR) {
		b->line = line_at(text, y->problem_offset);
		return error_set(b->err, ERR_INVALID, "not text in UTF-8: %s",
				 problem);
	}
	b->line = y->problem_mark.line + 1;
	return error_set(b->err, ERR_INVALID, "not YAML: %s%s%s", problem,
			 y->context ? " " : "", y->context ? y->context : "");
}

static enum status take_all(struct builder *b, yaml_parser_t *y,
			    struct slice text)
{
	yaml_event_t e;

	while (yaml_parser_parse(y, &e)) {
		bool end = e.type == YAML_STREAM_END_EVENT;
		enum status st = take_event(b, &e);

		yaml_event_delete(&e);
		if (st != OK || end)
			return st;
	}
	return take_syntax_error(b, y, text);
}

static enum status read_string(struct builder *b, struct slice text)
{
	yaml_parser_t y;
	enum status st;

	/* Fails for want of memory alone. */
	if (!yaml_parser_initialize(&y))
		return error_set(b->err, ERR_LIMIT, "no memory");
	yaml_parser_set_encoding(&y, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y, (const unsigned char *)text.p, text.n);
	st = take_all(b, &y, text);
	yaml_parser_delete(&y);
	return st;
}

enum status yaml_parse_within(struct slice text,
			      const struct yaml_bounds *bounds, struct arena *a,
			      const struct yaml **root, size_t *line,
			      struct error *err)
{
	struct builder b = {.arena = a, .bounds = bounds, .err = err};
	enum status st = OK;

	if (text.n > bounds->max_bytes)
		st = error_set(err, ERR_LIMIT, "over %zu bytes",
			       bounds->max_bytes);
	else if (text.n > 0)
		st = read_string(&b, text);
	*line = b.line;
	if (st == OK)
		*root = b.root != NULL ? b.root : node_create(&b, YAML_NULL);
	return st;
}

enum status yaml_parse(struct slice text, struct arena *a,
		       const struct yaml **root, size_t *line,
		       struct error *err)
{
	static const struct yaml_bounds bounds = {YAML_MAX_BYTES,
						  YAML_MAX_NODES};

	return yaml_parse_within(text, &bounds, a, root, line, err);
}

const struct yaml_child *yaml_find(const struct yaml *map, struct slice key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_child *c = map->child; c != NULL; c = c->next)
		if (slice_equal(c->key, key))
			return c;
	return NULL;
}
