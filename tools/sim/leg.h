/* Which half of a request this is, by what its body and its id say.
 *
 * Reading is pure: the connector decides which members count, and what is
 * wrong with them comes back as one sentence. Formats: vLLM's
 * `kv_transfer_params`, and SGLang's `bootstrap_…`. */
#ifndef TOOLS_SIM_LEG_H
#define TOOLS_SIM_LEG_H

#include "tools/sim/ask.h"
#include "tools/sim/complaint.h"
#include "tools/sim/connector.h"

#define LEG_KEY_BYTES  192
#define LEG_HOST_BYTES 128

enum leg_side { LEG_WHOLE, LEG_PREFILL, LEG_DECODE };

struct leg_address {
	char host[LEG_HOST_BYTES]; /* "": not named */
	uint16_t port;
};

struct leg {
	enum leg_side side;
	/* By what both sides know the hand-over; "": the prefill side gives
	 * it a name of its own, or nothing is handed over. */
	char key[LEG_KEY_BYTES];
	/* Of the prefill side, as the leg names it: of its side channel, or
	 * of its bootstrap server. */
	struct leg_address prefill;
	struct leg_address decode; /* of the decode side's side channel */
	uint16_t alloc_port;       /* of the decode side, too */
	struct slice engine_id;    /* in the body; n = 0: not named */
	/* A prefill leg that fetches what it goes on from: so many tokens, of
	 * `key` at `prefill`; 0: it computes all. */
	size_t n_held;
	int64_t rank; /* of the prefill side; -1: not named */
};

/* What is wrong, and what comes of it. */
struct leg_fault {
	enum complaint_kind kind;
	/* The engine answers 400, instead of failing on its way. */
	bool is_refused;
	char text[COMPLAINT_TEXT_BYTES];
};

/* What a leg is read from. */
struct leg_source {
	enum connector connector;
	enum role role;
	uint64_t version;        /* minor */
	bool bidirectional;      /* NIXL's */
	json_t *body;            /* an object */
	size_t index, n_prompts; /* which prompt of the body's */
	struct slice request_id; /* X-Request-Id; n = 0: not sent */
	struct slice own_id;     /* the engine's name of the request */
};

/* False with `fault`: `out` then holds the side alone. */
MUST_USE bool leg_read(const struct leg_source *s, struct leg *out,
		       struct leg_fault *fault);

/* A prefill leg must want one token of one choice, and no stream: false
 * with `fault`. */
MUST_USE bool leg_check_prefill(const struct ask *a, struct leg_fault *fault);

/* The body's `kv_transfer_params` if it is an object, or NULL; borrowed. */
json_t *leg_params(json_t *body);

/* Names the parameters, whatever the order of their members, but without
 * those that other mechanisms put beside them. */
uint64_t leg_params_print(json_t *params);

#endif
