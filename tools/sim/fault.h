/* What may go wrong with a worker on request.
 *
 * A fault hits the next `count` generation requests (or batches), or all
 * until it is cleared. One thread. */
#ifndef TOOLS_SIM_FAULT_H
#define TOOLS_SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

/* X(name, text, what it does) */
#define FAULTS(X)                                                              \
	X(SLOW, "slow", "wait `ms` before the first byte")                     \
	X(HANG, "hang", "never answer")                                        \
	X(STATUS, "status", "answer with `status`, `retry_after`")             \
	X(HANG_MIDSTREAM, "hang_midstream",                                    \
	  "say no more after `after` chunks")                                  \
	X(CUT_MIDSTREAM, "cut_midstream", "reset after `after` chunks")        \
	X(DIE_MIDSTREAM, "die_midstream", "die after `after` chunks")          \
	X(BAD_CHUNK, "bad_chunk", "break the framing after `after` chunks")    \
	X(SHORT_BODY, "short_body", "promise more bytes than there are")       \
	X(EARLY_STOP, "early_stop", "end by itself after a token")             \
	X(RESET, "reset", "reset the connection instead of answering")

#define X(name, text, help) FAULT_##name,
enum fault_kind { FAULTS(X) FAULT_KINDS };
#undef X

struct fault {
	uint64_t left; /* 0: not set */
	uint64_t ms, after;
	uint64_t retry_after_s; /* of `status`; 0: not said */
	int status;
};

struct faults {
	struct fault fault[FAULT_KINDS];
};

#define FAULT_ALWAYS UINT64_MAX

bool fault_kind_parse(struct slice text, enum fault_kind *out);
/* If it is set: uses it up by one, copies it and says so. */
bool fault_take(struct faults *f, enum fault_kind kind, struct fault *out);

#endif
