#include "common/template/chat_content.h"

#include <string.h>

#define BILLING "x-anthropic-billing-header"

enum part_kind { PART_TEXT, PART_MEDIA, PART_REFERENCE, PART_NOTHING };

/* A part, read. */
struct part {
	enum part_kind kind;
	struct value text;    /* or a reference's name */
	const char *modality; /* of media: what templates call them */
	struct value given;   /* a dict, or VALUE_NIL for a bare string */
};

static const struct part_row {
	const char *type;
	enum part_kind kind;
	const char *member; /* of a text: where it stands; else the modality */
} part_table[] = {
	{"text", PART_TEXT, "text"},
	{"input_text", PART_TEXT, "text"},
	{"output_text", PART_TEXT, "text"},
	{"refusal", PART_TEXT, "refusal"},
	{"thinking", PART_TEXT, "thinking"},
	{"tool_reference", PART_REFERENCE, "name"},
	{"image_url", PART_MEDIA, "image"},
	{"input_image", PART_MEDIA, "image"},
	{"image_embeds", PART_MEDIA, "image"},
	{"image_pil", PART_MEDIA, "image"},
	{"audio_url", PART_MEDIA, "audio"},
	{"input_audio", PART_MEDIA, "audio"},
	{"audio_embeds", PART_MEDIA, "audio"},
	{"video_url", PART_MEDIA, "video"},
	{"video_embeds", PART_MEDIA, "video"},
};

struct value *chat_member(struct value v, const char *name)
{
	struct value *found = v.type == VALUE_DICT
				      ? dict_find_text(v.dict, slice_of(name))
				      : NULL;
	return found && found->type != VALUE_NONE ? found : NULL;
}

struct slice chat_text(struct value v, const char *name)
{
	struct value *found = chat_member(v, name);
	return found && found->type == VALUE_STRING ? value_slice(*found)
						    : (struct slice){NULL, 0};
}

enum status chat_wrong(struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, "messages: %s", what);
}

/* By its type; without one, by the member that media are named by. */
static const struct part_row *find_row(struct value part)
{
	struct value *type = chat_member(part, "type");
	for (size_t i = 0; i < ARRAY_LEN(part_table); i++) {
		const struct part_row *row = &part_table[i];
		if (type ? value_is(*type, row->type)
			 : row->kind == PART_MEDIA &&
				    dict_find_text(part.dict,
						   slice_of(row->type)))
			return row;
	}
	return NULL;
}

static enum status read_object(struct chat_shape *s, struct value given,
			       struct part *out)
{
	const struct part_row *row = find_row(given);
	if (!row && !chat_member(given, "type"))
		return chat_wrong(s->err, "a part has no type");
	if (!row)
		return error_set(s->err, ERR_UNSUPPORTED,
				 "messages: a part of a type that is not "
				 "known");
	*out = (struct part){.kind = row->kind, .given = given};
	if (row->kind == PART_MEDIA) {
		out->modality = row->member;
		return OK;
	}
	struct value *text = chat_member(given, row->member);
	if (!text)
		out->kind = PART_NOTHING;
	else if (text->type != VALUE_STRING)
		return chat_wrong(s->err, "the text of a part is no text");
	else
		out->text = *text;
	return OK;
}

static enum status read_part(struct chat_shape *s, struct value given,
			     struct part *out)
{
	if (given.type == VALUE_DICT)
		return read_object(s, given, out);
	if (given.type != VALUE_STRING)
		return chat_wrong(s->err,
				  "a part is neither text nor an object");
	*out = (struct part){.kind = PART_TEXT, .text = given};
	return OK;
}

bool chat_content_is_billed(struct slice text, const struct chat_rules *rules)
{
	return rules->compat != CHAT_VLLM_2026_06 &&
	       slice_starts(text, SLICE(BILLING));
}

static bool drop_bill(struct chat_shape *s, struct part *p)
{
	struct slice text = value_slice(p->text);
	if (p->kind != PART_TEXT || !chat_content_is_billed(text, &s->rules))
		return false;
	size_t line = slice_find(text, '\n');
	p->text = value_string(slice_from(text, line + (line < text.n)));
	return p->text.n == 0;
}

struct value chat_content_text(struct value text, struct arena *arena)
{
	struct value d = value_dict(arena);
	dict_set_text(d.dict, "type", value_text("text"));
	dict_set_text(d.dict, "text", text);
	return d;
}

/* Members that no kind of part has, which templates then see. */
static void add_extras(struct chat_shape *s, struct value given,
		       struct value *to)
{
	static const char *const known[] = {
		"type",         "text",    "image_url",    "input_audio",
		"file",         "refusal", "audio_url",    "video_url",
		"image_pil",    "uuid",    "image_embeds", "audio_embeds",
		"video_embeds", "data",    "name",         "thinking",
		"closed",
	};
	if (given.type != VALUE_DICT || s->rules.compat == CHAT_VLLM_2026_06)
		return;
	for (uint32_t i = 0; i < given.dict->n; i++) {
		struct dict_entry *e = &given.dict->entry[i];
		size_t j = 0;
		while (j < ARRAY_LEN(known) && !value_is(e->key, known[j]))
			j++;
		if (j == ARRAY_LEN(known))
			dict_set(to->dict, e->key, e->value);
	}
}

static struct value shown_part(struct chat_shape *s, const struct part *p,
			       bool marked)
{
	struct value d;
	if (marked)
		return chat_content_text(value_text(s->mark), s->arena);
	if (p->kind == PART_TEXT) {
		d = chat_content_text(p->text, s->arena);
		add_extras(s, p->given, &d);
		return d;
	}
	d = value_dict(s->arena);
	if (p->kind == PART_REFERENCE) {
		dict_set_text(d.dict, "type", value_text("tool_reference"));
		dict_set_text(d.dict, "name", p->text);
		return d;
	}
	dict_set_text(d.dict, "type", value_text(p->modality));
	add_extras(s, p->given, &d);
	return d;
}

/* Parts of a content, read; those of nothing are left out. */
struct parts {
	struct part *part;
	size_t n;
	bool has_media, has_reference;
};

static enum status read_parts(struct chat_shape *s, struct value content,
			      bool system, struct parts *out)
{
	out->part = arena_array(s->arena, content.n + 1, sizeof(*out->part));
	for (uint32_t i = 0; i < content.n; i++) {
		struct part *p = &out->part[out->n];
		enum status status = read_part(s, content.item[i], p);
		if (status != OK)
			return status;
		if (p->kind == PART_MEDIA && s->media == MEDIA_REFUSED)
			return error_set(s->err, ERR_UNSUPPORTED,
					 "messages: a part that is not text");
		out->has_media |= p->kind == PART_MEDIA;
		out->has_reference |= p->kind == PART_REFERENCE;
		out->n += p->kind != PART_NOTHING &&
			  !(system && drop_bill(s, p));
	}
	return OK;
}

/* True for the first of a request's media, if it is to be marked. */
static bool marks(struct chat_shape *s)
{
	bool first = !s->has_media && s->media == MEDIA_MARKED;
	s->has_media = true;
	return first;
}

/* One string: empty texts are left out in CHAT_STRING. Where the engine
 * puts in the names of media is its model's to know: in front, at first. */
static struct value joined(struct chat_shape *s, const struct parts *parts)
{
	struct buf b;
	bool any = false;
	buf_init(&b);
	if (parts->has_media && marks(s)) {
		buf_puts(&b, s->mark);
		any = true;
	}
	for (size_t i = 0; i < parts->n; i++) {
		const struct part *p = &parts->part[i];
		if (p->kind == PART_MEDIA ||
		    (p->text.n == 0 && s->rules.content == CHAT_STRING))
			continue;
		if (any)
			buf_putc(&b, '\n');
		buf_append(&b, value_slice(p->text));
		any = true;
	}
	struct value v = value_string(arena_copy(s->arena, buf_slice(&b)));
	buf_fini(&b);
	return v;
}

static struct value listed(struct chat_shape *s, const struct parts *parts)
{
	struct value *item = arena_array(s->arena, parts->n + 1, sizeof(*item));
	for (size_t i = 0; i < parts->n; i++) {
		const struct part *p = &parts->part[i];
		item[i] = shown_part(s, p, p->kind == PART_MEDIA && marks(s));
	}
	return value_items(VALUE_LIST, item, parts->n);
}

enum status chat_content_value(struct chat_shape *s, struct value message,
			       struct value *out)
{
	struct value *content = chat_member(message, "content");
	struct value role = *chat_member(message, "role"), list;
	struct parts parts = {0};
	list = value_items(VALUE_LIST, NULL, 0);
	if (content && content->type == VALUE_STRING)
		list = value_items(VALUE_LIST, content, 1);
	else if (content && content->type == VALUE_LIST)
		list = *content;
	else if (content)
		return chat_wrong(s->err, "content is neither text nor a list");
	enum status status = read_parts(s, list, value_is(role, "system"),
					&parts);
	if (status != OK)
		return status;
	/* A tool's answer is a string unless it has more than text. */
	bool text_only = !parts.has_media && !parts.has_reference;
	if (s->rules.content == CHAT_STRING ||
	    (value_is(role, "tool") && text_only))
		*out = joined(s, &parts);
	else
		*out = listed(s, &parts);
	return OK;
}
