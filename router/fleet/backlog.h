/* What a worker has in hand by this gateway's own counting, and how long
 * that will keep a new prompt waiting.
 *
 * Each request is thought to take some time of prefill. A stream shows by
 * its first token that its turn is over, and what is thought of the rest is
 * set right; an answer that comes whole shows nothing before its end, so
 * that its turn is over when its time is. All of it is atomic: lanes add
 * and take away without a lock, and a reader finds what is nearly right. */
#ifndef ROUTER_FLEET_BACKLOG_H
#define ROUTER_FLEET_BACKLOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct backlog {
	atomic_uint unanswered; /* streams without a first token */
	atomic_uint silent;     /* requests that will be answered whole */
	_Atomic uint64_t unanswered_us, silent_us; /* their prefill */
	_Atomic uint64_t done_us;     /* when all is prefilled, it is thought */
	_Atomic uint64_t live_tokens; /* that all hold when they end */
	/* Ever: tokens that came into use by requests, and those that the
	 * ended ones held. */
	_Atomic uint64_t added_tokens, ended_tokens;
	atomic_uint sent; /* ever; wraps round */
	/* When it will have given what peers fetch from it, and loaded what
	 * is in its other tier. */
	_Atomic uint64_t giving_us, loading_us;
};

#define BACKLOG_MAX_US INT32_MAX

/* One request's part; there are as many as there are streams. */
struct backlog_part {
	uint32_t prefill_us : 31;
	uint32_t silent : 1;
	uint32_t live_tokens;
};

/* As a new prompt finds it. */
struct backlog_view {
	uint32_t unanswered; /* of both kinds, as far as one can tell */
	uint32_t silent;     /* of these: will be answered whole */
	double ahead_ms, giving_ms, loading_ms;
	uint64_t live_tokens, added_tokens, ended_tokens;
};

/* `now_us`: monotonic. Each part is added, prefilled and ended once. Of its
 * live tokens `new_tokens` were not in use there before. */
void backlog_add(struct backlog *b, const struct backlog_part *p,
		 uint64_t new_tokens, uint64_t now_us);
/* Its first token is here, or all of it, or it has failed. */
void backlog_prefilled(struct backlog *b, const struct backlog_part *p,
		       uint64_t now_us);
void backlog_end(struct backlog *b, const struct backlog_part *p);

/* A transfer of `us` begins, behind those that are under way. */
void backlog_give(struct backlog *b, uint64_t us, uint64_t now_us);
void backlog_load(struct backlog *b, uint64_t us, uint64_t now_us);

struct backlog_view backlog_look(const struct backlog *b, uint64_t now_us);

#endif
