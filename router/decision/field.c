#include "router/decision/field.h"

#include <math.h>

#define FIELD(owner, kind, field, name, flags)                                 \
	{                                                                      \
		name, DECISION_##kind, offsetof(struct owner, field), flags    \
	}
#define CANDIDATE(kind, field, flags)                                          \
	FIELD(policy_candidate, kind, field, #field, flags)
#define TERM(field, flags) FIELD(policy_term, NUMBER, field, #field, flags)
#define RATE(field)        FIELD(policy_rates, NUMBER, field, #field, 0)
#define SIDE(kind, field, name)                                                \
	FIELD(pair_side, kind, field, name, DECISION_TOO)
#define PART(name, make)                                                       \
	{                                                                      \
		name, DECISION_MADE, 0, DECISION_PRICED | DECISION_COLUMN,     \
			make                                                   \
	}

/* It waits and fetches at the same time. */
double decision_expected_ms(const struct policy_term *t)
{
	return fmax(t->wait, t->transfer) + t->compute + t->adapter;
}

static double others_ms(const struct policy_term *t)
{
	return t->work + t->memory + t->eviction;
}

static double spread(const struct policy_term *t)
{
	return t->recent + t->away + t->placement;
}

const struct decision_field decision_part_field[] = {
	PART("expected_ms", decision_expected_ms),
	PART("others_ms", others_ms),
	PART("spread", spread),
	{NULL},
};

const struct decision_field decision_candidate_field[] = {
	CANDIDATE(U32, held_blocks, DECISION_COLUMN),
	FIELD(policy_candidate, U32, other_blocks, "other_tier_blocks",
	      DECISION_COLUMN),
	CANDIDATE(U32, store_blocks, DECISION_TOO | DECISION_COLUMN),
	CANDIDATE(U32, approx_blocks, DECISION_COLUMN),
	CANDIDATE(BOOL, exact, 0),
	CANDIDATE(U32, coming_blocks, DECISION_TOO),
	CANDIDATE(BOOL, follows, DECISION_TOO),
	CANDIDATE(U32, inflight, DECISION_COLUMN),
	CANDIDATE(U64, inflight_tokens, DECISION_COLUMN),
	CANDIDATE(U32, running, 0),
	CANDIDATE(U32, waiting, 0),
	CANDIDATE(NUMBER, kv_usage, 0),
	CANDIDATE(U64, recent_tokens, DECISION_TOO),
	CANDIDATE(U32, max_inflight, DECISION_TOO),
	CANDIDATE(U32, unanswered, DECISION_TOO),
	CANDIDATE(U32, silent, DECISION_TOO),
	CANDIDATE(NUMBER, ahead_ms, DECISION_TOO),
	CANDIDATE(NUMBER, others_running, DECISION_TOO),
	CANDIDATE(NUMBER, others_waiting, DECISION_TOO),
	CANDIDATE(U32, max_running, DECISION_TOO),
	CANDIDATE(U64, live_tokens, DECISION_TOO),
	CANDIDATE(U64, kv_tokens, DECISION_TOO),
	CANDIDATE(BOOL, gives, DECISION_TOO),
	CANDIDATE(BOOL, fetches, DECISION_TOO),
	CANDIDATE(NUMBER, fetching_ms, DECISION_TOO),
	CANDIDATE(NUMBER, loading_ms, DECISION_TOO),
	CANDIDATE(NUMBER, store_ms, DECISION_TOO),
	CANDIDATE(NUMBER, store_token_ms, DECISION_TOO),
	CANDIDATE(BOOL, store_optional, DECISION_TOO),
	CANDIDATE(NUMBER, reuse, DECISION_TOO),
	CANDIDATE(BOOL, spills, DECISION_TOO),
	CANDIDATE(NUMBER, slow_start, DECISION_TOO),
	CANDIDATE(U32, zone, DECISION_TOO),
	CANDIDATE(U32, rack, DECISION_TOO),
	CANDIDATE(NUMBER, away_ms, DECISION_TOO),
	CANDIDATE(BOOL, lacks_adapter, DECISION_TOO),
	CANDIDATE(NUMBER, favour_ms, DECISION_TOO),
	{NULL},
};

const struct decision_field decision_side_field[] = {
	SIDE(BOOL, gives, "prefills_for_others"),
	SIDE(BOOL, takes, "goes_on_for_others"),
	SIDE(BOOL, decodes, "only_decodes"),
	SIDE(BOOL, steered, "steered_as_prefill"),
	SIDE(U32, kind, "pair_kind"),
	{NULL},
};

const struct decision_field decision_term_field[] = {
	TERM(cost, DECISION_COLUMN),
	TERM(tokens, DECISION_COLUMN),
	TERM(prefill, 0),
	TERM(load, 0),
	TERM(wait, DECISION_PRICED | DECISION_COLUMN),
	TERM(compute, DECISION_PRICED | DECISION_COLUMN),
	TERM(transfer, DECISION_PRICED | DECISION_COLUMN),
	TERM(work, DECISION_PRICED | DECISION_COLUMN),
	TERM(memory, DECISION_PRICED | DECISION_COLUMN),
	TERM(eviction, DECISION_PRICED | DECISION_COLUMN),
	TERM(recent, DECISION_PRICED | DECISION_COLUMN),
	TERM(away, DECISION_TOO | DECISION_COLUMN),
	TERM(adapter, DECISION_TOO | DECISION_COLUMN),
	TERM(placement, DECISION_TOO | DECISION_COLUMN),
	FIELD(policy_term, BOOL, leaves_store, "leaves_store", DECISION_TOO),
	{NULL},
};

const struct decision_field decision_rates_field[] = {
	RATE(overhead_ms),
	RATE(step_ms),
	RATE(token_ms),
	RATE(attention_ms),
	RATE(sequence_ms),
	RATE(kv_ms),
	RATE(budget),
	RATE(load_ms),
	RATE(load_token_ms),
	RATE(fetch_ms),
	RATE(fetch_token_ms),
	RATE(fetch_rack_token_ms),
	RATE(fetch_across_token_ms),
	RATE(room_tokens),
	{NULL},
};

static const void *at(const struct decision_field *f, const void *owner)
{
	return (const char *)owner + f->offset;
}

double decision_field_get(const struct decision_field *f, const void *owner)
{
	const void *p = at(f, owner);

	switch (f->kind) {
	case DECISION_U32: return *(const uint32_t *)p;
	case DECISION_U64: return (double)*(const uint64_t *)p;
	case DECISION_BOOL: return *(const bool *)p;
	case DECISION_MADE: return f->make(owner);
	default: return *(const double *)p;
	}
}

void decision_field_write(const struct decision_field *f, const void *owner,
			  bool exact, struct buf *out)
{
	const void *p = at(f, owner);
	double value;

	switch (f->kind) {
	case DECISION_U32: buf_u64(out, *(const uint32_t *)p); return;
	case DECISION_U64: buf_u64(out, *(const uint64_t *)p); return;
	case DECISION_BOOL:
		buf_puts(out, *(const bool *)p ? "true" : "false");
		return;
	default: break;
	}
	value = decision_field_get(f, owner);
	if (!isfinite(value))
		buf_puts(out, "null");
	else
		buf_printf(out, exact ? "%.17g" : "%.6g", value);
}

static bool is_whole(double value, double max)
{
	return value >= 0 && value <= max && value == floor(value);
}

bool decision_field_set(const struct decision_field *f, void *owner,
			double value)
{
	void *p = (char *)owner + f->offset;

	if (!isfinite(value))
		return false;
	switch (f->kind) {
	case DECISION_MADE: return false;
	case DECISION_NUMBER: *(double *)p = value; return true;
	case DECISION_U32:
		if (!is_whole(value, UINT32_MAX))
			return false;
		*(uint32_t *)p = (uint32_t)value;
		return true;
	case DECISION_U64:
		/* Past this a double skips numbers. */
		if (!is_whole(value, 9007199254740992.0))
			return false;
		*(uint64_t *)p = (uint64_t)value;
		return true;
	default:
		if (!is_whole(value, 1))
			return false;
		*(bool *)p = value != 0;
		return true;
	}
}
