/* The content of a message, as the engine gives it to templates: a string,
 * or a list of parts. */
#ifndef COMMON_TEMPLATE_CHAT_CONTENT_H
#define COMMON_TEMPLATE_CHAT_CONTENT_H

#include "common/template/chat.h"

/* How messages are put in shape, and what was seen on the way. */
struct chat_shape {
	struct chat_rules rules;
	/* Pictures, sound and the like: refused; shown as parts, which only
	 * CHAT_PARTS can; or the first of all shown as this text. */
	enum { MEDIA_REFUSED, MEDIA_SHOWN, MEDIA_MARKED } media;
	const char *mark;
	bool has_media; /* set when the first was met */
	struct arena *arena;
	struct error *err;
};

/* `message` is a dict with a role. */
MUST_USE enum status chat_content_value(struct chat_shape *s,
					struct value message,
					struct value *out);
/* A part that is a text. */
struct value chat_content_text(struct value text, struct arena *arena);
/* Does the engine drop the first line of this text of a system's? So it is
 * with the bill of a coding agent, whose number changes with each request. */
bool chat_content_is_billed(struct slice text, const struct chat_rules *rules);
/* The member if it is there and is not null, else NULL; `v` may be
 * anything. */
struct value *chat_member(struct value v, const char *name);
/* The same as text; p NULL if it is none. */
struct slice chat_text(struct value v, const char *name);
/* ERR_INVALID with "messages: what". */
enum status chat_wrong(struct error *err, const char *what);

#endif
