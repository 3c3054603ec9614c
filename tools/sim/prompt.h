/* The prompts of a request, from its body to token ids. */
#ifndef TOOLS_SIM_PROMPT_H
#define TOOLS_SIM_PROMPT_H

#include "tools/sim/ask.h"

/* Fill `a->prompt`; on false, with `no` filled, ask_fini still frees what
 * was made. */
MUST_USE bool prompt_of_chat(const struct ask_limits *limits, struct ask *a,
			     struct refusal *no);
MUST_USE bool prompt_of_completion(const struct ask_limits *limits,
				   struct ask *a, struct refusal *no);

#endif
