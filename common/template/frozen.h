/* A value in one block of memory of its own, for those that outlive the
 * arena they were made in: the messages of a conversation, which come again
 * with each of its turns. Immutable and counted; any thread. */
#ifndef COMMON_TEMPLATE_FROZEN_H
#define COMMON_TEMPLATE_FROZEN_H

#include "common/template/chat_plain.h"
#include "common/template/value.h"

struct frozen;

/* A deep copy of what value_from_json() makes: nothing but null, booleans,
 * numbers, strings, lists and dicts, within CHAT_MAX_DEPTH. */
struct frozen *frozen_create(struct value v);
/* The same of what chat_plain_value() makes; `*text` is where it has it. */
struct frozen *frozen_plain(const struct chat_plain *p, struct slice *text);
struct frozen *frozen_ref(struct frozen *f);
void frozen_unref(struct frozen **f); /* NULL is allowed */

struct value frozen_value(const struct frozen *f);
size_t frozen_bytes(const struct frozen *f); /* memory held */

#endif
