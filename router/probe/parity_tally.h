/* One round of cases put to a worker, summed up: what of its ids is ours, and
 * a print of them. Pure; one owner. */
#ifndef ROUTER_PROBE_PARITY_TALLY_H
#define ROUTER_PROBE_PARITY_TALLY_H

#include "router/probe/parity_compare.h"

enum parity_path { PARITY_PATH_TEXT, PARITY_PATH_CHAT, PARITY_PATHS };

struct parity_tally {
	struct {
		uint64_t theirs; /* a print of all their ids */
		size_t n;        /* cases compared */
		bool differs;
		struct buf unknown; /* why a case was not answered */
	} path[PARITY_PATHS];
	/* The first difference of each check: "" is none. */
	struct buf says[PARITY_CHECKS];
};

void parity_tally_init(struct parity_tally *t);
void parity_tally_fini(struct parity_tally *t);

void parity_tally_add(struct parity_tally *t, const struct parity_case *c,
		      const struct tokenizer *tokenizer, struct parity_ids ours,
		      struct parity_ids theirs);
/* The case has no answer that can be compared. */
void parity_tally_miss(struct parity_tally *t, const struct parity_case *c,
		       const char *why);

/* What it comes to for TOKENIZER, SPECIAL or TEMPLATE. `dir` is the
 * configured tokenizer's. Texts live as long as the tally or `room`. */
struct parity_verdict {
	enum parity_state state;
	const char *says, *mend; /* or NULL */
};
struct parity_verdict parity_tally_judge(const struct parity_tally *t,
					 enum parity_check check,
					 const char *dir, struct buf *room);
/* PARITY_OURS, another print, or PARITY_NO_PRINT. */
uint64_t parity_tally_print(const struct parity_tally *t,
			    enum parity_path path);

#endif
