/* Members of a raw JSON object, for bodies that become chats of another
 * shape: what is kept of them is copied as it was spelt. */
#ifndef COMMON_TEMPLATE_CHAT_FIELDS_H
#define COMMON_TEMPLATE_CHAT_FIELDS_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/json/scan.h"

struct chat_field {
	const char *name;
	enum json_type type;
	struct slice raw; /* p NULL: absent, or null */
};

/* Fills the `n` fields, which have names alone; of repeated members the last
 * counts, as in Python. False unless `object` is one. */
MUST_USE bool chat_fields_read(struct slice object, struct chat_field *field,
			       size_t n);
static inline bool chat_field_is_set(const struct chat_field *f)
{
	return f->raw.p != NULL;
}
/* It is there, and of this type. */
static inline bool chat_field_is(const struct chat_field *f,
				 enum json_type type)
{
	return f->raw.p != NULL && f->type == type;
}
/* It is a string and says this. */
bool chat_field_says(const struct chat_field *f, const char *text);
/* A string with a character in it. */
bool chat_field_has_text(const struct chat_field *f);
/* What stands between the quotes of a raw string. */
struct slice chat_field_inner(struct slice raw);

/* A member of an object that is being written, name and all before it. */
void chat_field_put(struct buf *to, const char *before, struct slice raw);
/* A comma, unless it is the first of a list. */
void chat_list_next(struct buf *list);
/* The list with its brackets, in the arena. */
struct slice chat_list_end(const struct buf *list, struct arena *arena);

#endif
