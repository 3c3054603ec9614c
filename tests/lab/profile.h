/* How fast a simulated worker is: what was fitted to published
 * measurements of one model on one kind of GPU.
 *
 * A step lasts t0 + b*sum(n) + c*sum(n*(ctx + n/2)) + d*n_decode +
 * r*sum(kv of the decoding), n being the tokens prefilled for a request in
 * this step and ctx those it had before. */
#ifndef TESTS_LAB_PROFILE_H
#define TESTS_LAB_PROFILE_H

#include <stddef.h>

struct profile {
	const char *name;
	double t0_s, b_s, c_s, d_s, r_s;
	double f_s;       /* from arrival to the queue */
	size_t kv_tokens; /* room */
	size_t budget;    /* tokens a step may take */
	size_t max_seqs;
	/* Blocks from host memory, from a peer's cache, and from a store that
	 * all workers share. */
	double load_s, load_token_s;
	double pull_s, pull_token_s;
	double store_s, store_token_s;
};

extern const struct profile profile_l4, profile_a3b, profile_h100, profile_h200;

/* Seconds that a prompt takes on an idle worker, `ctx` tokens given. */
double profile_prefill_s(const struct profile *p, double ctx, double n);

#endif
