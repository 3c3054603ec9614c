#include "router/conf/yaml.h"

#include "common/base/assert.h"

#include <libfyaml.h>

struct anchor {
	struct anchor *next;
	struct slice name;
	struct yaml *node;
};

struct builder {
	struct arena *arena;
	struct yaml *open[YAML_MAX_DEPTH];      /* collections not ended yet */
	struct yaml_child *key[YAML_MAX_DEPTH]; /* read, its value not yet */
	size_t depth;
	struct anchor *anchor; /* newest first: the last of a name counts */
	struct yaml *root;
	size_t documents, events;
	size_t line;
	struct error *err;
};

static struct slice token_text(struct builder *b, struct fy_token *token)
{
	struct slice s = {0};

	if (token != NULL)
		s.p = fy_token_get_text(token, &s.n);
	if (s.p == NULL)
		s.n = 0;
	return arena_copy(b->arena, s);
}

static struct yaml *node_create(struct builder *b, enum yaml_kind kind)
{
	struct yaml *y = arena_zalloc(b->arena, sizeof(*y));

	y->kind = kind;
	y->line = b->line;
	y->weight = 1;
	return y;
}

static void name_anchor(struct builder *b, struct fy_token *token,
			struct yaml *node)
{
	struct anchor *a;

	if (token == NULL)
		return;
	a = arena_zalloc(b->arena, sizeof(*a));
	a->name = token_text(b, token);
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
	if (parent->weight > YAML_MAX_NODES)
		return error_set(b->err, ERR_LIMIT,
				 "more than %u values, aliases written out",
				 YAML_MAX_NODES);
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
			     struct fy_token *anchor)
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

static enum status take_scalar(struct builder *b, struct fy_event *e)
{
	struct fy_token *value = e->scalar.value;
	struct yaml *node = node_create(b, YAML_SCALAR);

	node->text = token_text(b, value);
	if ((value == NULL || fy_token_scalar_style(value) == FYSS_PLAIN) &&
	    is_null_word(node->text))
		node->kind = YAML_NULL;
	name_anchor(b, e->scalar.anchor, node);
	return place(b, node);
}

static enum status take_alias(struct builder *b, struct fy_event *e)
{
	struct yaml *node = NULL;
	enum status st;

	st = find_anchor(b, token_text(b, e->alias.anchor), &node);
	return st != OK ? st : place(b, node);
}

static enum status take_document(struct builder *b)
{
	if (++b->documents > 1)
		return error_set(b->err, ERR_INVALID,
				 "a second document; write one");
	return OK;
}

static enum status take_event(struct builder *b, struct fy_event *e)
{
	const struct fy_mark *mark = fy_event_start_mark(e);

	if (mark != NULL && mark->line >= 0)
		b->line = (size_t)mark->line + 1;
	if (++b->events > 2 * YAML_MAX_NODES)
		return error_set(b->err, ERR_LIMIT, "more than %u values",
				 YAML_MAX_NODES);
	switch (e->type) {
	case FYET_DOCUMENT_START: return take_document(b);
	case FYET_MAPPING_START:
		return open_node(b, YAML_MAP, e->mapping_start.anchor);
	case FYET_SEQUENCE_START:
		return open_node(b, YAML_LIST, e->sequence_start.anchor);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: return close_node(b);
	case FYET_SCALAR: return take_scalar(b, e);
	case FYET_ALIAS: return take_alias(b, e);
	default: return OK;
	}
}

/* The library's first complaint, in its words. */
static enum status take_syntax_error(struct builder *b, struct fy_diag *diag)
{
	void *at = NULL;
	struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);

	if (e == NULL)
		return error_set(b->err, ERR_INVALID, "not YAML");
	if (e->line > 0)
		b->line = (size_t)e->line;
	return error_set(b->err, ERR_INVALID, "not YAML: %s",
			 e->msg == NULL ? "syntax" : e->msg);
}

static enum status take_all(struct builder *b, struct fy_parser *parser,
			    struct fy_diag *diag)
{
	struct fy_event *e;

	while ((e = fy_parser_parse(parser)) != NULL) {
		bool end = e->type == FYET_STREAM_END;
		enum status st = take_event(b, e);

		fy_parser_event_free(parser, e);
		if (st != OK || end)
			return st;
	}
	return take_syntax_error(b, diag);
}

static enum status read_string(struct builder *b, struct slice text)
{
	struct fy_diag_cfg to = {.level = FYET_ERROR,
				 .module_mask = (1u << FYEM_MAX) - 1};
	struct fy_diag *diag = fy_diag_create(&to);
	struct fy_parse_cfg how = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE,
				   .diag = diag};
	struct fy_parser *parser;
	enum status st;

	ASSERT(diag != NULL);
	fy_diag_set_collect_errors(diag, true);
	parser = fy_parser_create(&how);
	ASSERT(parser != NULL);
	if (fy_parser_set_string(parser, text.p, text.n) != 0)
		st = take_syntax_error(b, diag);
	else
		st = take_all(b, parser, diag);
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return st;
}

enum status yaml_parse(struct slice text, struct arena *a,
		       const struct yaml **root, size_t *line,
		       struct error *err)
{
	struct builder b = {.arena = a, .err = err};
	enum status st = OK;

	if (text.n > YAML_MAX_BYTES)
		st = error_set(err, ERR_LIMIT, "over %u bytes", YAML_MAX_BYTES);
	else if (text.n > 0)
		st = read_string(&b, text);
	*line = b.line;
	if (st == OK)
		*root = b.root != NULL ? b.root : node_create(&b, YAML_NULL);
	return st;
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
