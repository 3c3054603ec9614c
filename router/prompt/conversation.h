/* A conversation as far as it is known: its messages as templates get them,
 * the prompt that they give, its token ids and its chains.
 *
 * A next turn repeats all before it: only what is new is parsed, tokenized
 * and hashed, and the result is what doing all of it anew would give. The
 * template is always run whole, since templates rewrite what is past.
 *
 * One owner at a time: a lane, or the helper thread it is lent to. */
#ifndef ROUTER_PROMPT_CONVERSATION_H
#define ROUTER_PROMPT_CONVERSATION_H

#include "common/base/list.h"
#include "common/template/chat_model.h"
#include "common/template/frozen.h"
#include "common/template/passes.h"
#include "common/token/tokenizer.h"
#include "router/prompt/chunks.h"
#include "router/prompt/growing_chain.h"
#include "router/prompt/outlines.h"
#include "router/prompt/pieces.h"

enum conversation_keys { CONVERSATION_TOKENS, CONVERSATION_ENGINE };

struct conversation_turn {
	struct frozen *message;
	size_t end;                   /* in the raw text */
	struct fingerprint_value key; /* of the raw text up to there */
	/* Of the scope and the messages up to this one, but for what plain
	 * ones say: those of the same have the same outlines. */
	struct fingerprint_value kinds;
	bool has_kinds, is_developer;
	struct slice text; /* of a plain one, in `message`; else p NULL */
};

struct conversation {
	/* What besides the messages decides about the prompt: whoever goes
	 * on with it has seen that it is the same. */
	struct fingerprint_value scope;
	struct conversation_turn *turn;
	struct value *message; /* of each turn: the list that templates get */
	size_t n_turns, turn_room;
	size_t message_bytes; /* held by all of them */
	size_t n_developers;
	struct frozen *variables; /* the template's others; or NULL */
	struct buf text;          /* the prompt */
	struct token_list tokens;
	struct token_cuts cuts; /* of `text` ... */
	struct pieces pieces;   /* ... or what it was encoded in */
	struct growing_chain chain[2];
	struct passes *passes; /* of the template over `text`; or NULL */

	/* Its place in struct recall. */
	struct list recent;
	struct fingerprint_value *chunk; /* of the raw text */
	size_t n_chunks, chunk_room;
	size_t counted_bytes;
	bool lent;
};

/* What a request asks for; all of it outlives the call. */
struct conversation_input {
	const struct tokenizer *tokenizer;
	const struct chat_model *chat;
	struct chat_request request; /* `messages` only where the last one is
				      * continued: nothing is kept then */
	size_t kept;                 /* turns of the conversation that stay */
	const struct slice *turn;    /* raw messages behind them */
	size_t n_turns;
	size_t max_tokens;
	struct template_limits limits;
	struct outlines *outlines; /* or NULL */
};

struct conversation *conversation_create(void);
void conversation_destroy(struct conversation **c);
/* Empty again; keeps little memory. */
void conversation_clear(struct conversation *c);
/* Another one that begins with its first `n_turns` messages and as much of
 * the prompt as goes with about `text_bytes` of it. */
struct conversation *conversation_branch(const struct conversation *c,
					 size_t n_turns, size_t text_bytes);

/* ERR_INVALID: the messages or the template refuse, or the text is not
 * UTF-8; ERR_UNSUPPORTED; ERR_LIMIT. It is empty after a failure. Values
 * are made in `arena`, the prompt in `room`; both are the caller's to
 * reuse. Turns that are new have neither `end` nor `key` yet. */
MUST_USE enum status conversation_go_on(struct conversation *c,
					const struct conversation_input *in,
					struct arena *arena, struct buf *room,
					struct error *err);
/* The same for a prompt that is given as text; `add_special` as of
 * tokenizer_encode(); `arena` is for the time of the call. */
MUST_USE enum status conversation_set_text(struct conversation *c,
					   const struct tokenizer *t,
					   struct slice text, bool add_special,
					   size_t max_tokens,
					   struct arena *arena);

/* Brings a chain up to date and lends its keys, as growing_chain_lend().
 * Errors as of chain_hash(); `held` and `out` are then untouched. */
MUST_USE enum status conversation_chain(struct conversation *c,
					enum conversation_keys which,
					const struct hash_scheme *s,
					const struct hash_extra *extra,
					struct chain_keys **held,
					struct chain *out);
size_t conversation_bytes(const struct conversation *c); /* memory held */

#endif
