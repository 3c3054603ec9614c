/* How a prompt came of what its messages say: text that is the template's,
 * with places for theirs between, and all that was asked about theirs on
 * the way.
 *
 * While a template renders, the texts of plain messages are marked, in
 * `told` of their values, and so is what holds one. A mark goes where the
 * value goes as it is: into variables, arguments of macros, output. Whatever
 * would look into a marked value gets it from eval_node(), which takes the
 * mark away and says that the text was looked at: of such a rendering there
 * is no outline. The few that do no more than print a text, strip it or ask
 * it one of the questions below use eval_whole() and note that.
 *
 * So other texts for which every answer is the same give a prompt that is
 * the same but for the texts. Immutable and counted; any thread. */
#ifndef COMMON_TEMPLATE_OUTLINE_H
#define COMMON_TEMPLATE_OUTLINE_H

#include <time.h>

#include "common/base/buf.h"
#include "common/template/value.h"

#define OUTLINE_MESSAGES  64
#define OUTLINE_HOLES     128
#define OUTLINE_QUESTIONS 192
#define OUTLINE_MAX_BYTES (16u << 10) /* of the template's text, and others */

struct eval;

/* What `told` of a value says: it holds marked ones, or it is a message's
 * text, as it is or without the white space around it. */
#define TOLD_HOLDS 1
static inline uint16_t told_text(size_t message)
{
	return (uint16_t)(2 + 2 * message);
}

static inline bool told_is_text(struct value v)
{
	return v.told > TOLD_HOLDS && v.type == VALUE_STRING;
}

static inline uint16_t told_stripped(uint16_t told)
{
	return told | 1;
}

enum outline_ask {
	OUTLINE_ANY,    /* is it not empty? */
	OUTLINE_EQUALS, /* ... the text `with`? */
	OUTLINE_HAS,
	OUTLINE_STARTS,
	OUTLINE_ENDS,
};

struct outline_question {
	uint16_t told;
	uint8_t ask;
	bool yes;
	struct slice with;
};

struct outline_hole {
	uint16_t told;
	uint32_t at; /* in the output; of an outline: in its own text */
	uint32_t n;  /* bytes put there */
};

/* One rendering while it is watched. `hole` and `question` are not zeroed. */
struct outlining {
	bool begun;   /* texts were marked */
	bool touched; /* there is no outline of it */
	bool dated;   /* the day was asked for, and nothing finer */
	size_t n_holes, n_questions;
	struct outline_hole hole[OUTLINE_HOLES];
	struct outline_question question[OUTLINE_QUESTIONS];
};

/* What a plain message says: one with a role and a text and nothing else,
 * the text by itself or as the one part of its content. */
bool outline_text(struct value message, struct slice *role, struct slice *text);
/* The messages with their marks, and copies of what has to be one. */
struct value outline_mark(struct outlining *o, const struct value *message,
			  size_t n, struct arena *arena);

struct outline;

/* NULL if there is none. `text` is what was rendered, at `now`. */
struct outline *outline_create(const struct outlining *o, struct slice text,
			       const struct tm *now);
struct outline *outline_ref(struct outline *o);
void outline_unref(struct outline **o); /* NULL is allowed */
size_t outline_bytes(const struct outline *o);

/* The prompt of messages that say `text`, of as many and such messages as
 * the outline is of: appended to `out` is what is behind the first `*same`
 * bytes of `old`. False, with nothing done, if it does not hold for them or
 * the prompt is over `max_bytes`. */
bool outline_fill(const struct outline *o, const struct slice *text,
		  const struct tm *now, size_t max_bytes, struct slice old,
		  struct buf *out, size_t *same);

/* For the evaluator, where a rendering is watched. Of what is told (and its
 * answer), and of anything else that looks at it. */
void outline_ask(struct eval *e, uint16_t told, enum outline_ask ask,
		 struct slice with, bool yes);
void outline_touch(struct eval *e);
/* It is put out next. */
void outline_put(struct eval *e, struct value v);
/* Output from `mark` on, which has the holes from the `n`-th on, is taken
 * out as one value: what that is told. */
uint16_t outline_capture(struct eval *e, size_t mark, size_t n);
void outline_date(struct eval *e, struct slice format);

#endif
