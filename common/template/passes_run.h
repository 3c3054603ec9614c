/* A loop over the messages while it runs. Private to passes_*.c. */
#ifndef COMMON_TEMPLATE_PASSES_RUN_H
#define COMMON_TEMPLATE_PASSES_RUN_H

#include "common/template/eval.h"

struct passes_run {
	struct eval *e;
	struct passes *p;
	struct passes_loop *l;
	size_t old_low, old_n; /* passes of the last rendering */
	size_t from;           /* of `old`: where the pass at hand began then */
	uint64_t names[PASSES_NAMES / 64]; /* that changed */
	uint32_t slots;                    /* that differ now */
	struct mark old_slot[PASSES_SLOTS];
};

/* passes_state.c */
/* What differs at the loop's start from what it was; and what it is now. */
void passes_compare_start(struct passes_run *r);
/* The old pass's deeds, or NULL, and the new one's. */
void passes_compare_sets(struct passes_run *r, const struct pass *old,
			 const struct pass *now);
/* An old pass that there is no message for any more. */
void passes_leave_out(struct passes_run *r, const struct pass *old);
void passes_set_again(struct passes_run *r, const struct pass_set *s);
/* What it looked at is as it was, but for its messages. */
bool passes_sees_the_same(const struct passes_run *r, const struct pass *pass);

/* passes_text.c */
size_t passes_text_so_far(const struct passes_run *r);
/* Whether the text so far is the old one's, and all of it. */
bool passes_text_is_old(const struct passes_run *r);
/* What has been put out since, if it is what it was. */
void passes_text_catch_up(struct passes_run *r);
/* The old text of the pass at hand, which ended at `to`. */
void passes_text_take_over(struct passes_run *r, size_t to);

/* passes_block.c */
/* Of the whole blocks that have passes in [low, high), what they come to. */
void passes_sum_blocks(struct passes_loop *l, bool backwards, size_t low,
		       size_t high);

#endif
