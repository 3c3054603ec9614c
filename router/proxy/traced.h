/* What a request tells of itself where it is traced: from what it knows to
 * the spans of router/tracing. Nothing but a test of a pointer is done for
 * one that is not. Private to this folder; the lane's thread.
 *
 * The request is a span; under it the decision and each leg to a worker,
 * which gets its own leg's id as the parent of what it does. */
#ifndef ROUTER_PROXY_TRACED_H
#define ROUTER_PROXY_TRACED_H

#include "router/proxy/send.h"
#include "router/tracing/trace.h"

struct traced {
	struct trace *trace;
	/* Of the last try; NULL: there was none, or no room for it. */
	struct trace_span *prefill, *decode, *fetch;
	uint64_t decided_ns; /* of the last decision that is told */
	uint64_t failed_ns;  /* of the last try that failed; 0: none did */
};

/* Its head is here. The client says whether it is traced; otherwise chance
 * does. A copy of its head is then what workers are told. */
void traced_begin(struct request *r);
static inline void traced_head(struct request *r)
{
	if (UNLIKELY(r->fleet->conf->tracing.endpoint != NULL) &&
	    r->responder != NULL)
		traced_begin(r);
}

/* A leg is sent to its worker: what stands in its head about that. */
void traced_write_leg(struct request *r, const struct send_to *to,
		      struct buf *out);
static inline void traced_leg(struct request *r, const struct send_to *to,
			      struct buf *out)
{
	if (UNLIKELY(r->traced != NULL))
		traced_write_leg(r, to, out);
}

/* The prefill leg is over: a static word says how. `at_ns`: when its answer
 * was here; 0: it has none. */
void traced_end_prefill(struct request *r, const char *outcome, unsigned status,
			uint64_t at_ns);
static inline void traced_prefill(struct request *r, const char *outcome,
				  unsigned status, uint64_t at_ns)
{
	if (UNLIKELY(r->traced != NULL))
		traced_end_prefill(r, outcome, status, at_ns);
}

/* It is tried elsewhere; static words. */
void traced_end_try(struct request *r, const char *why);
static inline void traced_retry(struct request *r, const char *why)
{
	if (UNLIKELY(r->traced != NULL))
		traced_end_try(r, why);
}

/* What its trace is called, in hexadecimal; n = 0: it is not traced. */
struct slice traced_id(const struct request *r, char out[2 * TRACE_ID_BYTES]);

/* For traced.c and traced_end.c: NULL is not recorded; what GenAI's
 * conventions call what is asked for, or NULL. */
void traced_put(struct traced *t, const struct trace_span *s,
		enum trace_attribute a, const char *text);
const char *traced_operation(const struct request *r);

/* It is over, and hands its trace over. */
void traced_finish(struct request *r, const struct ending *e);
static inline void traced_end(struct request *r, const struct ending *e)
{
	if (UNLIKELY(r->traced != NULL))
		traced_finish(r, e);
}

#endif
