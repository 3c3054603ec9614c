/* Members of a leg's parameters, checked. Each is false with `fault` where
 * the member is missing or of another kind. Pure. */
#ifndef TOOLS_SIM_LEG_FIELD_H
#define TOOLS_SIM_LEG_FIELD_H

#include "tools/sim/leg.h"

/* False, for the sake of `return leg_fail(…)`. */
bool leg_fail(struct leg_fault *f, enum complaint_kind kind, const char *fmt,
	      ...) PRINTF_LIKE(3, 4);
/* A text, copied with its end; not empty. */
MUST_USE bool leg_copy(struct slice s, const char *key, char *to, size_t size,
		       struct leg_fault *f);
MUST_USE bool leg_text(json_t *object, const char *key, char *to, size_t size,
		       struct leg_fault *f);
MUST_USE bool leg_port(json_t *value, const char *key, uint16_t *to,
		       struct leg_fault *f);
/* "host:port", the host perhaps in brackets. */
MUST_USE bool leg_address(struct slice s, const char *key,
			  struct leg_address *to, struct leg_fault *f);
/* n = 0 if there is no such text. */
struct slice leg_member(json_t *object, const char *key);

/* A reader for each connector. `params`: the body's kv_transfer_params, or
 * NULL. */
bool leg_read_nixl(const struct leg_source *s, json_t *params, struct leg *out,
		   struct leg_fault *f);
bool leg_read_nixl_push(const struct leg_source *s, json_t *params,
			struct leg *out, struct leg_fault *f);
bool leg_read_mooncake(const struct leg_source *s, json_t *params,
		       struct leg *out, struct leg_fault *f);
bool leg_read_p2p_nccl(const struct leg_source *s, json_t *params,
		       struct leg *out, struct leg_fault *f);
bool leg_read_lmcache(const struct leg_source *s, json_t *params,
		      struct leg *out, struct leg_fault *f);
bool leg_read_sglang(const struct leg_source *s, json_t *params,
		     struct leg *out, struct leg_fault *f);

#endif
