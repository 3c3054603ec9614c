/* The requests of one client, one after the other, as the options want
 * them: the same with another number, or a long chat that goes on. */
#ifndef TOOLS_BENCH_SESSION_H
#define TOOLS_BENCH_SESSION_H

#include "tools/bench/dialogue.h"
#include "tools/bench/option.h"

/* What all of them share. */
struct sessions {
	const struct bench_options *options;
	struct dialogue_text text; /* empty: no long chats */
};

struct session {
	struct dialogue dialogue;
	bool begun;
};

/* ERR_NOT_FOUND, ERR_INVALID, ...: of the text's file, with a sentence. */
MUST_USE enum status sessions_init(struct sessions *all,
				   const struct bench_options *options,
				   struct error *err);
void sessions_fini(struct sessions *all);

/* The first request of client `i`; the caller frees it. Returns the events
 * it asks for; 0: a plain answer. */
uint64_t session_begin(struct session *s, const struct sessions *all,
		       struct slice host, size_t i, struct message_request *m);
/* Makes it the next one, in place, but for its number. The first call after
 * session_begin leaves it. */
void session_go_on(struct session *s, struct message_request *m);

#endif
