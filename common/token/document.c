#include "common/token/document.h"

#include <string.h>

#include "common/json/string.h"

#define MAX_DEPTH 64

/* Appends one member. */
static void keep(struct buf *rest, bool *first, struct slice key)
{
	if (!*first)
		buf_putc(rest, ',');
	*first = false;
	buf_append(rest, key);
	buf_putc(rest, ':');
}

/* Where the member belongs; NULL for the rest. */
static struct slice *part_of(struct document *d, struct slice key,
			     enum json_type type)
{
	if ((type == JSON_TYPE_OBJECT || type == JSON_TYPE_ARRAY) &&
	    json_string_equal(key, SLICE("vocab")))
		return &d->vocab;
	if (type == JSON_TYPE_ARRAY && json_string_equal(key, SLICE("merges")))
		return &d->merges;
	return NULL;
}

static void split_model(struct json_scan *s, struct document *d)
{
	struct json_value value;
	struct slice key;
	bool first = true;

	json_enter_object(s);
	buf_putc(&d->rest, '{');
	while (json_member(s, &key) && json_value(s, &value)) {
		struct slice *part = part_of(d, key, value.type);

		if (part == NULL) {
			keep(&d->rest, &first, key);
			buf_append(&d->rest, value.raw);
		} else if (part->n > 0) {
			json_fail(s, ERR_INVALID, "a part is there twice");
		} else {
			*part = value.raw;
		}
	}
	buf_putc(&d->rest, '}');
}

static void split_root(struct json_scan *s, struct document *d)
{
	struct json_value value;
	enum json_type type;
	struct slice key;
	bool first = true;

	json_enter_object(s);
	buf_putc(&d->rest, '{');
	while (json_member(s, &key) && json_peek(s, &type)) {
		keep(&d->rest, &first, key);
		if (type == JSON_TYPE_OBJECT &&
		    json_string_equal(key, SLICE("model")))
			split_model(s, d);
		else if (json_value(s, &value))
			buf_append(&d->rest, value.raw);
	}
	buf_putc(&d->rest, '}');
}

static size_t line_of(struct slice text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

enum status document_split(struct slice text, struct document *d,
			   struct error *err)
{
	struct json_scan s;
	enum status status;

	*d = (struct document){0};
	buf_init(&d->rest);
	json_begin(&s, text, MAX_DEPTH);
	split_root(&s, d);
	status = json_end(&s);
	if (status == OK)
		return OK;
	document_fini(d);
	return error_set(err, status, "tokenizer.json:%zu: %s",
			 line_of(text, json_offset(&s)), s.why);
}

void document_fini(struct document *d)
{
	buf_fini(&d->rest);
	*d = (struct document){0};
}

enum status document_text(struct slice raw, struct buf *room, struct slice *out)
{
	size_t n = 0;
	enum status status;

	if (raw.n >= 2 && memchr(raw.p, '\\', raw.n) == NULL) {
		*out = (struct slice){raw.p + 1, raw.n - 2};
		return OK;
	}
	buf_reset(room, SIZE_MAX);
	status = json_unescape(raw, buf_reserve(room, raw.n), &n);
	if (status != OK)
		return status;
	*out = (struct slice){room->p, n};
	return OK;
}
