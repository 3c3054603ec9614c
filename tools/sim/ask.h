/* What a client asks of the completion endpoints, checked and tokenized. */
#ifndef TOOLS_SIM_ASK_H
#define TOOLS_SIM_ASK_H

#include "tools/sim/text.h"

#include <jansson.h>

enum ask_kind { ASK_CHAT, ASK_COMPLETION, ASK_MESSAGES, ASK_RESPONSES };

/* What the asked worker is, as far as asking goes. */
struct ask_limits {
	const struct text *text;
	const char *model;
	bool takes_ids;    /* chats may bring theirs, as from v0.27 on */
	const char *loras; /* comma-separated */
	size_t max_model_len;
	size_t output_tokens;
};

/* An answer of 4xx, as vLLM words it. */
struct refusal {
	int status;
	const char *type, *param; /* param may be NULL */
	char text[512];
};

#define ASK_MAX_PROMPTS 128
#define ASK_MAX_CHOICES 128

struct ask {
	enum ask_kind kind;
	json_t *body;     /* owns the slices */
	struct slice raw; /* the body's bytes, while it is parsed */
	struct slice model, lora, salt;
	bool stream, include_usage, return_token_ids;
	size_t n; /* choices for each prompt */
	struct token_list *prompt;
	size_t n_prompts;
	size_t n_encoded; /* of them came as text */
	size_t *n_output; /* of each prompt's choices: at least one */
	bool *at_limit;   /* which max_tokens ends, not the answer's end */
};

/* False with `no` filled; `out` then needs no ask_fini. */
MUST_USE bool ask_parse(const struct ask_limits *limits, enum ask_kind kind,
			struct slice body, struct ask *out, struct refusal *no);
void ask_fini(struct ask *a);
/* The answers end with their first token, whatever was asked for. */
void ask_one_token(struct ask *a);
/* The answers end by themselves at once, unless they may not. */
void ask_stop_early(struct ask *a);

/* The prompt of a chat's body; `raw` is the body's bytes. */
MUST_USE bool ask_render(const struct text *t, enum ask_kind kind, json_t *body,
			 struct slice raw, struct buf *out, struct refusal *no);
/* NULL with `no` filled; to be given to json_decref. */
json_t *ask_json(struct slice body, struct refusal *no);
MUST_USE bool ask_model(const struct ask_limits *limits, json_t *body,
			struct slice *model, struct slice *lora,
			struct refusal *no);
bool ask_bool(json_t *body, const char *key, bool otherwise);
/* False, for the sake of `return refuse(…)`. */
bool refuse(struct refusal *no, int status, const char *param, const char *fmt,
	    ...) PRINTF_LIKE(4, 5);

#endif
