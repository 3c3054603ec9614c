/* What a worker has to say against how its connector was used: what a real
 * engine would fail at, hang at or, worse, not notice.
 *
 * Counted by kind, the latest kept with a sentence, each told in the log as
 * well. The loop's thread. */
#ifndef TOOLS_SIM_COMPLAINT_H
#define TOOLS_SIM_COMPLAINT_H

#include "common/base/buf.h"

/* X(name, text, what has happened) */
#define COMPLAINTS(X)                                                          \
	X(CONNECTOR, "connector", "parameters of a connector that is not run") \
	X(ROLE, "role", "a leg, or a whole request, of the other role")        \
	X(PREFILL, "prefill", "a prefill leg that asks for more than a token") \
	X(MISSING, "missing", "a parameter is missing or of another kind")     \
	X(ALTERED, "altered", "parameters differ from what was handed out")    \
	X(PROMPT, "prompt", "the two legs' prompts differ")                    \
	X(ADDRESS, "address", "the named engine or address is another's")      \
	X(MISMATCH, "mismatch", "the two engines do not go together")          \
	X(UNKNOWN, "unknown", "nobody has prefilled this here")                \
	X(TAKEN, "taken", "it was taken before")                               \
	X(EXPIRED, "expired", "its lease had passed")                          \
	X(REUSED, "reused", "an id that must be fresh was used before")        \
	X(UNREACHABLE, "unreachable", "the other side does not answer")        \
	X(TIMEOUT, "timeout", "the other leg did not come in time")            \
	X(ABANDONED, "abandoned", "the other leg ended without handing over")

#define X(name, text, help) COMPLAINT_##name,
enum complaint_kind { COMPLAINTS(X) COMPLAINT_KINDS };
#undef X

#define COMPLAINT_LOG        256
#define COMPLAINT_TEXT_BYTES 200

struct complaint {
	enum complaint_kind kind;
	char id[96]; /* of the request, cut */
	char text[COMPLAINT_TEXT_BYTES];
};

struct complaints {
	uint64_t count[COMPLAINT_KINDS];
	struct complaint latest[COMPLAINT_LOG]; /* a ring */
	uint64_t n;
};

/* "unknown"; static storage. */
const char *complaint_name(enum complaint_kind kind);
/* COMPLAINT_KINDS if no kind is called so. */
enum complaint_kind complaint_parse(struct slice name);

/* `worker` and `id` are copied. */
void complain(struct complaints *c, enum complaint_kind kind,
	      const char *worker, const char *id, const char *fmt, ...)
	PRINTF_LIKE(5, 6);

/* {"unknown":2,…}: those that occurred. */
void complaints_put_counts(const struct complaints *c, struct buf *b);
/* [{"kind":"unknown","id":"…","text":"…"},…], oldest first. */
void complaints_put_latest(const struct complaints *c, struct buf *b);

#endif
