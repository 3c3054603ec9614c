/* JSON schemas as types of TypeScript, with what they say in comments. */
#include <string.h>

#include "common/template/chat_content.h"
#include "common/template/harmony.h"
#include "common/template/json_text.h"

/* Only indents can make the text much longer than the schema is; past the
 * limit, what comes is of no use. */
static void put_indent(struct buf *to, unsigned n)
{
	if (buf_len(to) >= HARMONY_MAX_BYTES)
		return;
	memset(buf_reserve(to, n), ' ', n);
	buf_commit(to, n);
}

/* A member, null or not. */
static struct value *find(struct value d, const char *name)
{
	return d.type == VALUE_DICT ? dict_find_text(d.dict, slice_of(name))
				    : NULL;
}

static struct value *find_of(struct value d, const char *name,
			     enum value_type type)
{
	struct value *v = find(d, name);
	return v && v->type == type ? v : NULL;
}

static bool is_enum(struct value schema)
{
	struct value *v = find_of(schema, "enum", VALUE_LIST);
	return v && v->n > 0;
}

static void put_comment(struct buf *to, unsigned indent, const char *mark,
			struct slice text)
{
	put_indent(to, indent);
	buf_puts(to, "// ");
	buf_puts(to, mark);
	buf_append(to, text);
	buf_puts(to, *mark == '-' ? "\"\n" : "\n");
}

/* A string stands in quotes, unless it is one of an enumeration. */
static void put_default(struct buf *to, struct value v, bool quoted)
{
	buf_puts(to, "default: ");
	if (v.type != VALUE_STRING) {
		json_text_value(to, v, &json_style_rust);
		return;
	}
	if (quoted)
		buf_putc(to, '"');
	buf_append(to, value_slice(v));
	if (quoted)
		buf_putc(to, '"');
}

/* A type, and that it may be null where the schema says so. */
static void put_nullable(struct buf *to, struct value schema, unsigned indent,
			 struct arena *arena)
{
	size_t start = buf_len(to);
	struct value *nullable = find_of(schema, "nullable", VALUE_BOOL);
	harmony_put_type(to, schema, indent, arena);
	struct slice type = slice_from(buf_slice(to), start);
	if (nullable && nullable->truth && !memmem(type.p, type.n, "null", 4))
		buf_puts(to, " | null");
}

/* Behind a variant: what it says, and its default. `said`: a description
 * that has been told already. */
static void put_remarks(struct buf *to, struct value variant, bool silent,
			const struct value *said, bool quote_all)
{
	struct value *text = find_of(variant, "description", VALUE_STRING);
	struct value *preset = find(variant, "default");
	if (silent || (text && said &&
		       slice_equal(value_slice(*text), value_slice(*said))))
		text = NULL;
	if (!text && !preset)
		return;
	buf_puts(to, " // ");
	if (text)
		buf_append(to, value_slice(*text));
	if (text && preset)
		buf_putc(to, ' ');
	if (!preset)
		return;
	if (quote_all && preset->type == VALUE_STRING && is_enum(variant)) {
		buf_puts(to, "default: ");
		json_text_value(to, *preset, &json_style_rust);
		return;
	}
	put_default(to, *preset, !is_enum(variant));
}

static void put_variants(struct buf *to, const struct value *list,
			 unsigned indent, struct arena *arena)
{
	for (uint32_t i = 0; i < list->n; i++) {
		buf_putc(to, '\n');
		put_indent(to, indent);
		buf_puts(to, " | ");
		put_nullable(to, list->item[i], indent + 3, arena);
		put_remarks(to, list->item[i], false, NULL, true);
	}
}

static void put_key(struct buf *to, struct value key, unsigned indent,
		    bool required, const char *behind)
{
	put_indent(to, indent);
	buf_append(to, value_slice(key));
	buf_puts(to, required ? "" : "?");
	buf_puts(to, behind);
}

/* A property that is one of several types. */
static void put_choice(struct buf *to, const struct dict_entry *e,
		       const struct value *list, unsigned indent, bool required,
		       struct arena *arena)
{
	struct value *text = find_of(e->value, "description", VALUE_STRING);
	struct value *preset = find(e->value, "default");
	struct value *first = list->n > 0 ? find_of(list->item[0],
						    "description", VALUE_STRING)
					  : NULL;
	bool above = text && !(first && slice_equal(value_slice(*text),
						    value_slice(*first)));
	if (above)
		put_comment(to, indent, "", value_slice(*text));
	if (preset) {
		put_indent(to, indent);
		buf_puts(to, "// ");
		put_default(to, *preset, !is_enum(e->value));
		buf_putc(to, '\n');
	}
	put_key(to, e->key, indent, required, ":\n");
	for (uint32_t i = 0; i < list->n; i++) {
		put_indent(to, indent);
		buf_puts(to, " | ");
		put_nullable(to, list->item[i], indent + 3, arena);
		put_remarks(to, list->item[i], i == 0 && above, text, false);
		buf_putc(to, '\n');
	}
	put_indent(to, indent);
	buf_puts(to, ",\n");
}

static void put_examples(struct buf *to, struct value schema, unsigned indent)
{
	struct value *list = find_of(schema, "examples", VALUE_LIST);
	if (!list || list->n == 0)
		return;
	put_comment(to, indent, "", SLICE("Examples:"));
	for (uint32_t i = 0; i < list->n; i++)
		if (list->item[i].type == VALUE_STRING)
			put_comment(to, indent, "- \"",
				    value_slice(list->item[i]));
}

static void put_plain(struct buf *to, const struct dict_entry *e,
		      unsigned indent, bool required, struct arena *arena)
{
	struct value *preset = find(e->value, "default");
	put_key(to, e->key, indent, required, ": ");
	put_nullable(to, e->value, indent + 4, arena);
	buf_putc(to, ',');
	if (preset && !find(e->value, "oneOf")) {
		buf_puts(to, " // ");
		put_default(to, *preset, !is_enum(e->value));
	}
	buf_putc(to, '\n');
}

static void put_property(struct buf *to, const struct dict_entry *e,
			 unsigned indent, bool required, struct arena *arena)
{
	struct value *title = find_of(e->value, "title", VALUE_STRING);
	struct value *text = find_of(e->value, "description", VALUE_STRING);
	struct value *list = find_of(e->value, "oneOf", VALUE_LIST);
	if (title) {
		put_comment(to, indent, "", value_slice(*title));
		put_indent(to, indent);
		buf_puts(to, "//\n");
	}
	if (text && !find(e->value, "oneOf"))
		put_comment(to, indent, "", value_slice(*text));
	put_examples(to, e->value, indent);
	if (list)
		put_choice(to, e, list, indent, required, arena);
	else
		put_plain(to, e, indent, required, arena);
}

/* As the keys of a dict, for there may be many. */
static struct value required_keys(struct value schema, struct arena *arena)
{
	struct value *list = find_of(schema, "required", VALUE_LIST);
	struct value keys = value_dict(arena);
	for (uint32_t i = 0; list && i < list->n; i++)
		if (list->item[i].type == VALUE_STRING)
			dict_set(keys.dict, list->item[i], value_none());
	return keys;
}

static void put_object(struct buf *to, struct value schema, unsigned indent,
		       struct arena *arena)
{
	struct value *text = find_of(schema, "description", VALUE_STRING);
	struct value *properties = find_of(schema, "properties", VALUE_DICT);
	struct value required = required_keys(schema, arena);
	if (text)
		put_comment(to, indent, "", value_slice(*text));
	buf_puts(to, "{\n");
	for (uint32_t i = 0; properties && i < properties->dict->n; i++) {
		struct dict_entry *e = &properties->dict->entry[i];
		put_property(to, e, indent,
			     dict_find(required.dict, e->key) != NULL, arena);
	}
	put_indent(to, indent);
	buf_putc(to, '}');
}

static void put_string(struct buf *to, struct value schema)
{
	struct value *list = find_of(schema, "enum", VALUE_LIST);
	size_t n = 0;
	for (uint32_t i = 0; list && i < list->n; i++) {
		if (list->item[i].type != VALUE_STRING)
			continue;
		buf_puts(to, n++ > 0 ? " | \"" : "\"");
		buf_append(to, value_slice(list->item[i]));
		buf_putc(to, '"');
	}
	if (n == 0)
		buf_puts(to, "string");
}

/* A list of types; false if it names none. */
static bool put_types(struct buf *to, const struct value *list)
{
	size_t n = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->item[i].type != VALUE_STRING)
			continue;
		if (n++ > 0)
			buf_puts(to, " | ");
		buf_append(to, value_is(list->item[i], "integer")
				       ? SLICE("number")
				       : value_slice(list->item[i]));
	}
	return n > 0;
}

static void put_named(struct buf *to, struct value schema, struct value type,
		      unsigned indent, struct arena *arena)
{
	struct value *items = find(schema, "items");
	if (value_is(type, "object")) {
		put_object(to, schema, indent, arena);
	} else if (value_is(type, "string")) {
		put_string(to, schema);
	} else if (value_is(type, "number") || value_is(type, "integer")) {
		buf_puts(to, "number");
	} else if (value_is(type, "boolean")) {
		buf_puts(to, "boolean");
	} else if (value_is(type, "array") && items) {
		harmony_put_type(to, *items, indent, arena);
		buf_puts(to, "[]");
	} else {
		buf_puts(to, value_is(type, "array") ? "Array<any>" : "any");
	}
}

void harmony_put_type(struct buf *to, struct value schema, unsigned indent,
		      struct arena *arena)
{
	struct value *list = find_of(schema, "oneOf", VALUE_LIST);
	struct value *types = find_of(schema, "type", VALUE_LIST);
	struct value *type = find_of(schema, "type", VALUE_STRING);
	if (list) {
		put_variants(to, list, indent, arena);
		return;
	}
	if (types && put_types(to, types))
		return;
	if (type)
		put_named(to, schema, *type, indent, arena);
	else
		buf_puts(to, "any");
}
