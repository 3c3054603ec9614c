#include "tests/lab/profile.h"

const struct profile profile_l4 = {
	.name = "L4, Qwen3-4B FP8",
	.t0_s = .01873,
	.b_s = 8.19e-5,
	.c_s = 6.68e-9,
	.d_s = 1e-4,
	.r_s = 3.37e-7,
	.f_s = .0063,
	.kv_tokens = 178000,
	.budget = 4096,
	.max_seqs = 256,
	.load_s = .004,
	.load_token_s = 6e-6,
	.pull_s = .026,
	.pull_token_s = 2.4e-5,
};

const struct profile profile_a3b = {
	.name = "Qwen3-30B-A3B",
	.t0_s = .00455,
	.b_s = 3.35e-5,
	.c_s = 1e-9,
	.d_s = 6e-5,
	.r_s = 8.6e-9,
	.f_s = .0964,
	.kv_tokens = 400000,
	.budget = 8192,
	.max_seqs = 256,
	.load_s = .004,
	.load_token_s = 2e-6,
	.pull_s = .026,
	.pull_token_s = 5e-6,
};

const struct profile profile_h100 = {
	.name = "2xH100, Qwen3-32B",
	.t0_s = .014,
	.b_s = 4.2e-5,
	.c_s = 1.2e-9,
	.d_s = 5e-5,
	.r_s = 4.9e-8,
	.f_s = .012,
	.kv_tokens = 307328,
	.budget = 8192,
	.max_seqs = 256,
	.load_s = .004,
	.load_token_s = 5e-6,
	.pull_s = .026,
	.pull_token_s = 1.05e-5,
	.store_s = .03,
	.store_token_s = 1.5e-5,
};

const struct profile profile_h200 = {
	.name = "H200, gpt-oss-120b",
	.t0_s = .020,
	.b_s = 3.8e-5,
	.c_s = 2e-10,
	.d_s = 2e-5,
	.r_s = 6e-9,
	.f_s = .012,
	.kv_tokens = 990000,
	.budget = 16384,
	.max_seqs = 512,
	.load_s = .004,
	.load_token_s = 2e-6,
	.pull_s = .026,
	.pull_token_s = 4.25e-6,
};

double profile_prefill_s(const struct profile *p, double ctx, double n)
{
	double steps =
		1 + (n > 0 ? (double)(size_t)((n - 1) / (double)p->budget) : 0);

	return p->f_s + steps * p->t0_s + p->b_s * n +
	       p->c_s * n * (ctx + n / 2);
}
