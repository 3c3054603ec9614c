/* What a connector makes of one prompt of an exchange: a prefill leg that
 * hands over when it is finished, or a decode leg that first fetches its
 * keys and values from whom it names. The loop's thread. */
#ifndef TOOLS_SIM_HANDOFF_H
#define TOOLS_SIM_HANDOFF_H

#include "tools/sim/giver.h"
#include "tools/sim/leg.h"

struct call;
struct choice;
struct event;
struct exchange;
struct lookup;
struct transfer;
struct worker;

struct handoff {
	struct giver giver;
	struct exchange *exchange;
	size_t index; /* of the prompt */
	struct leg leg;
	struct leg_fault fault; /* if has_fault, or of a failed giver */
	bool has_fault;
	bool is_failing;       /* when `later` fires */
	bool holds_answer;     /* until its blocks are taken */
	struct lookup *lookup; /* for the prefill side's address */
	struct call *call;     /* to the prefill side */
	struct event *later;   /* it is written to the other side, or fails */
	size_t n_tokens;       /* that the prefill side holds for it */
	struct buf params;     /* the answer's kv_transfer_params; JSON */
};

/* The rank that a request names or, by its room, means; n = 0: any. `text`
 * may hold it. */
struct slice handoff_rank(const struct worker *w, const struct ask *a,
			  struct slice header, char text[24]);

/* SGLang's prefill workers do no more than that, whatever is asked for. */
bool handoff_is_first_token_only(const struct worker *w);

/* One for each prompt, as x->handoff. The exchange's choices are set up. */
void handoffs_init(struct exchange *x);
void handoffs_fini(struct exchange *x);
/* What the engine would answer 400 to, or NULL. */
const char *handoffs_refused(const struct exchange *x);
/* Sooner or later: exchange_submit() of each prompt, or exchange_fail(). */
void handoffs_begin(struct exchange *x);
/* What the choice's prompt was to begin with is here. */
void handoffs_copied(struct exchange *x, struct choice *c);
/* The choice has its last token: where its blocks go. */
void handoffs_end(struct exchange *x, struct choice *c);

struct transfer *handoff_side(const struct handoff *h);
void handoff_complain(const struct handoff *h, enum complaint_kind kind,
		      const char *text);
/* As soon as the running callback is over: while the exchange is being set
 * up it must not go. */
void handoff_fail_later(struct handoff *h);
/* What a decode leg was to begin with cannot be loaded: fails, or goes on
 * without. The exchange may be gone afterwards. */
void handoff_load_failed(struct handoff *h, enum complaint_kind kind,
			 const char *text);

#endif
