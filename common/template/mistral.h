/* Prompts of Mistral's own tokenizers, as mistral-common makes them: no
 * template, but messages put in order, checked and encoded piece by piece
 * between control tokens, by the version of the tokenizer. */
#ifndef COMMON_TEMPLATE_MISTRAL_H
#define COMMON_TEMPLATE_MISTRAL_H

#include "common/template/segment.h"
#include "common/template/value.h"

/* What the model's files say. */
struct mistral_model {
	int version;         /* 1, 2, 3, 7, 11, 13 or 15 */
	bool has_think;      /* the vocabulary has [THINK] */
	struct value effort; /* v15: {"default","values"}, or none */
};

enum mistral_role {
	MISTRAL_SYSTEM,
	MISTRAL_USER,
	MISTRAL_ASSISTANT,
	MISTRAL_TOOL,
};

struct mistral_chunk {
	struct slice text;
	bool think, closed;
};

struct mistral_call {
	struct value id; /* a string */
	struct slice name;
	struct value arguments; /* parsed, or the text if it is not JSON */
};

struct mistral_message {
	enum mistral_role role;
	struct mistral_chunk *chunk;
	size_t n_chunks;
	bool is_list; /* chunks came as a list, or one is no text */
	bool has_content;
	struct mistral_call *call;
	size_t n_calls;
	struct value id;   /* of a result's call: a string */
	struct slice name; /* of a result's function; p NULL: none */
	bool prefix;       /* the answer is to go on from here */
};

/* A conversation on its way. */
struct mistral {
	const struct mistral_model *model;
	struct mistral_message *message;
	size_t n;
	struct slice system; /* of all its messages; p NULL: none */
	struct value tools;  /* functions as they are shown, or none */
	struct slice effort; /* p NULL: none */
	struct arena *arena;
	struct error *err;
};

/* From what a body has; ids are cut to their last nine characters.
 * ERR_UNSUPPORTED for pictures and sound. */
MUST_USE enum status mistral_read(struct mistral *m, struct value messages);
/* ERR_INVALID where mistral-common refuses the conversation. */
MUST_USE enum status mistral_check(const struct mistral *m);
/* Messages of the same role in a row become one. */
void mistral_merge(struct mistral *m);
MUST_USE enum status mistral_put(const struct mistral *m, struct segments *to);

/* The content as one string; of texts only. */
struct slice mistral_text(const struct mistral_message *one,
			  struct arena *arena);
enum status mistral_wrong(const struct mistral *m, const char *what);

#endif
