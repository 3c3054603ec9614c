/* Prompts of DeepSeek V3.2 and V4, which the engine's code makes as the
 * models' own encoders do, without a template. The text is then encoded
 * with special tokens recognised, whoever wrote them. */
#ifndef COMMON_TEMPLATE_DEEPSEEK_H
#define COMMON_TEMPLATE_DEEPSEEK_H

#include "common/base/buf.h"
#include "common/template/value.h"

#define DEEPSEEK_BOS   "<｜begin▁of▁sentence｜>"
#define DEEPSEEK_EOS   "<｜end▁of▁sentence｜>"
#define DEEPSEEK_USER  "<｜User｜>"
#define DEEPSEEK_MODEL "<｜Assistant｜>"
#define DEEPSEEK_DSML  "｜DSML｜"

/* What the model is told of how hard to think, in its own words. */
enum deepseek_effort {
	DEEPSEEK_EFFORT_UNTOLD,
	DEEPSEEK_EFFORT_ABSOLUTE,
	DEEPSEEK_EFFORT_BEYOND,
};

struct deepseek {
	struct value messages; /* dicts with a role, contents strings */
	struct value tools;    /* of the request, or none */
	bool thinking;
	bool drop_thinking;          /* of turns that are over */
	enum deepseek_effort effort; /* V4, while it thinks */
	struct arena *arena;
	struct error *err;
};

/* Append to `out`, which is as it was on failure: ERR_INVALID, where the
 * encoder refuses the conversation, ERR_LIMIT past `max_bytes`. */
MUST_USE enum status deepseek_v32_render(const struct deepseek *d,
					 size_t max_bytes, struct buf *out);
MUST_USE enum status deepseek_v4_render(const struct deepseek *d,
					size_t max_bytes, struct buf *out);

/* What both share. */

/* Functions of tools as JSON, one a line. */
void deepseek_put_schemas(struct buf *to, struct value tools);
/* Calls in tags, in a block of this name. ERR_INVALID: arguments that are
 * not an object. */
MUST_USE enum status deepseek_put_calls(struct buf *to, struct value calls,
					const char *block,
					const struct deepseek *d);
bool deepseek_is_role(struct value message, const char *role);
/* Of the last user's or developer's message; -1 without one. */
int64_t deepseek_last_user(const struct value *message, size_t n);
/* The member's text, "" if it is not there. */
struct slice deepseek_text(struct value message, const char *name);
/* The member if it is a list with something in it, else NULL. */
const struct value *deepseek_list(struct value message, const char *name);
/* A copy without what the model thought. */
struct value deepseek_without_thought(struct value message,
				      struct arena *arena);
enum status deepseek_wrong(const struct deepseek *d, const char *what);

#endif
