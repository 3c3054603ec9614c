/* Decisions for the tests of records and what is done with them. */
#ifndef TESTS_UNIT_DECISION_MADE_H
#define TESTS_UNIT_DECISION_MADE_H

#include <stdio.h>

#include "common/base/mem.h"
#include "router/decision/record.h"

#define MADE_MAX 256

struct made {
	struct policy_candidate candidate[MADE_MAX];
	struct policy_rates rates;
	struct policy_query query;
	struct policy_term term[MADE_MAX];
	struct decision_roster *roster;
	struct decision_made made;
};

/* Candidate i of n costs 100 + i and holds i blocks; the first is chosen. */
static inline void made_begin(struct made *m, const char *policy, size_t n)
{
	char text[MADE_MAX][32];
	const char *name[MADE_MAX];

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof(text[i]), "worker-%zu", i);
		name[i] = text[i];
		m->candidate[i].worker = (unsigned)i;
		m->candidate[i].name_hash = UINT64_MAX - i;
		m->candidate[i].exact = true;
		m->candidate[i].held_blocks = (uint32_t)i;
		m->term[i].cost = 100 + (double)i;
		m->term[i].tokens = 1000 - 16 * (double)i;
		m->term[i].source = -1;
	}
	m->roster = decision_roster_of("demo", "nfs", name, n);
	m->query = (struct policy_query){
		.candidate = m->candidate,
		.n = n,
		.prompt_tokens = 1000,
		.prompt_blocks = 62,
		.block_size = 16,
		.session = 0xfedcba9876543210,
	};
	m->made = (struct decision_made){
		.id = "req-0123456789abcdef",
		.client_id = "mine",
		.roster = m->roster,
		.policy = policy_find(slice_of(policy)),
		.query = &m->query,
		.term = m->term,
		.decision = {0, "cache"},
		.tokenized = "local",
		.wall_us = 1700000000000000,
		.took_ns = 12300,
		.try = 1,
	};
}

static inline struct decision_record *made_record(const struct made *m)
{
	struct decision_record *r = mem_alloc(decision_bytes(&m->made));

	decision_fill(r, &m->made);
	return r;
}

static inline void made_end(struct made *m)
{
	decision_roster_unref(&m->roster);
}

#endif
