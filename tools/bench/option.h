/* Command-line options of warmpath-bench: one row each. */
#ifndef TOOLS_BENCH_OPTION_H
#define TOOLS_BENCH_OPTION_H

#include "common/base/addr.h"

struct bench_options {
	struct addr target;   /* load, relay: where to connect */
	struct addr listen;   /* backend, relay: where to listen */
	uint64_t connections; /* load: kept open, or streams at once */
	uint64_t seconds_ms;  /* load: length of the measured part */
	uint64_t rate;        /* load: requests a second; 0: closed loop */
	uint64_t body_bytes;  /* load: about this size of request body */
	uint64_t sessions;    /* load: different prompts */
	bool stream;          /* load: ask for event streams */
	bool completions;     /* load: prompts as text, not as messages */
	const char *text;     /* load: long chats cut from this file, or NULL */
	uint64_t shared_bytes; /* load: of their system message */
	bool grow;             /* load: only their last turn is new */
	const char *key;       /* load: sent as Bearer, or NULL */
	bool hold;             /* load: be ready, then wait to be told */
	bool burst;            /* load: warm all connections at once */
	uint64_t units;        /* load: ends after so many; 0: by time */
	uint64_t events;       /* load: asked for in each stream */
	uint64_t every_us;     /* load: asked for between two events */
	uint64_t answer_bytes; /* backend: padding of a plain answer */
};

/* ERR_INVALID with a sentence that names the option. */
MUST_USE enum status bench_options_parse(int argc, char **argv,
					 struct bench_options *out,
					 struct error *err);
void bench_options_help(void); /* to standard output */

#endif
