/* Harmony, the form of prompts of gpt-oss, as openai-harmony writes it:
 * messages with channels and recipients, tools as TypeScript. */
#ifndef COMMON_TEMPLATE_HARMONY_H
#define COMMON_TEMPLATE_HARMONY_H

#include "common/template/segment.h"
#include "common/template/value.h"

#define HARMONY_MAX_BYTES (16u << 20) /* of declarations */

enum harmony_role {
	HARMONY_SYSTEM,
	HARMONY_DEVELOPER,
	HARMONY_USER,
	HARMONY_ASSISTANT,
	HARMONY_TOOL,
};

/* Slices with p NULL are absent. */
struct harmony_message {
	enum harmony_role role;
	struct slice name; /* of a tool; the role's is then not shown */
	struct slice recipient, channel, content_type;
	const struct slice *content; /* pieces that are encoded apart */
	size_t n;
};

/* Tools that share a name in front: "functions". Each of the list is a
 * dict of "name", "description" and "parameters", or VALUE_NIL: none. */
struct harmony_namespace {
	struct slice name, description;
	struct value tools;
};

/* The system's own message. */
struct harmony_system {
	struct slice identity, cutoff, date, effort;
	struct slice channels; /* "analysis, commentary, final" */
	bool has_functions;    /* some message declares functions */
	const struct harmony_namespace *tools;
	size_t n_tools;
};

/* Appends the content of a system's or developer's message. */
void harmony_put_system(struct buf *to, const struct harmony_system *s,
			struct arena *arena);
void harmony_put_developer(struct buf *to, struct slice instructions,
			   const struct harmony_namespace *tools,
			   size_t n_tools, struct arena *arena);
/* "# Tools" and what follows it, spaces in the order of their names. */
void harmony_put_tools(struct buf *to, const struct harmony_namespace *tools,
		       size_t n, struct arena *arena);
/* A JSON schema as a type. Lines after the first begin with `indent`
 * blanks. Past HARMONY_MAX_BYTES the text is wrong. */
void harmony_put_type(struct buf *to, struct value schema, unsigned indent,
		      struct arena *arena);

/* Messages one behind the other. With `drop`, thoughts that stand before
 * the first final answer are left out if the last word was a final one. */
void harmony_render(struct segments *to, const struct harmony_message *m,
		    size_t n, bool drop);
/* What the model goes on from. */
void harmony_begin_answer(struct segments *to);

#endif
