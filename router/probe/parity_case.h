/* What is put to a worker to see whether its ids are ours: a handful of
 * small requests that show what tokenizers and templates differ by. Pure. */
#ifndef ROUTER_PROBE_PARITY_CASE_H
#define ROUTER_PROBE_PARITY_CASE_H

#include "common/template/chat_model.h"
#include "common/token/tokenizer.h"

enum parity_kind {
	PARITY_TEXT,     /* of a tokenizer alone */
	PARITY_SPECIALS, /* with what it puts before and behind a text */
	PARITY_CHAT,     /* of a template */
};

struct parity_case {
	enum parity_kind kind;
	const char *name;    /* for a sentence: "a chat with tools" */
	const char *members; /* of the body, as JSON, behind the model */
	bool rendered;       /* /tokenize does not see all of it */
};

extern const struct parity_case parity_case[];
extern const size_t parity_case_n;

/* Appends the body of POST /tokenize, or of a chat's render. */
void parity_case_body(const struct parity_case *c, const char *model,
		      struct buf *out);

/* Appends the ids that we make of it; `chat` may be NULL. A failure means
 * that there is nothing to compare: no template here, or one that refuses
 * such chats. */
MUST_USE enum status parity_case_ids(const struct parity_case *c,
				     const struct tokenizer *t,
				     const struct chat_model *chat,
				     const struct tm *now, struct arena *arena,
				     struct token_list *out, struct error *err);

#endif
