/* Messages of a chat as messages of Harmony, the way vLLM turns them. */
#ifndef COMMON_TEMPLATE_HARMONY_TALK_H
#define COMMON_TEMPLATE_HARMONY_TALK_H

#include "common/template/harmony.h"

/* A conversation while it is put together. */
struct harmony_talk {
	struct harmony_message *message;
	size_t n, room;
	struct value names; /* of functions, by the id of a call */
	struct arena *arena;
	struct error *err;
};

struct harmony_message *harmony_say(struct harmony_talk *t,
				    enum harmony_role role, struct slice text);
/* One message of a body, which may become several, or none. ERR_INVALID. */
MUST_USE enum status harmony_add(struct harmony_talk *t, struct value message);
/* Results are called after the functions of their calls: to be told of all
 * messages before the first is added. */
void harmony_name_calls(struct harmony_talk *t, struct value message);
/* What was thought before the last final answer is gone, from message
 * `first` on. */
void harmony_drop_thoughts(struct harmony_talk *t, size_t first);
/* All texts of a content as one; p NULL if there are none. */
struct slice harmony_flat_text(struct harmony_talk *t,
			       const struct value *content);

#endif
