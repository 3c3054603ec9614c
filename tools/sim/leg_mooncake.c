/* vLLM's MooncakeConnector: both legs bear the router's transfer_id, and the
 * decode side finds the prefill side by its bootstrap server. */
#include "tools/sim/leg_field.h"

/* "http://host:port" */
static bool read_bootstrap(json_t *params, struct leg *out, struct leg_fault *f)
{
	struct slice url = leg_member(params, "remote_bootstrap_addr");

	if (!slice_starts(url, SLICE("http://")))
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_bootstrap_addr is no URL");
	url = slice_from(url, sizeof("http://") - 1);
	if (slice_ends(url, SLICE("/")))
		url.n--;
	return leg_address(url, "remote_bootstrap_addr", &out->prefill, f);
}

/* A producer asserts that it fetches nothing, a consumer that it hands
 * nothing over. */
static bool check_role(const struct leg_source *s, const struct leg *out,
		       struct leg_fault *f)
{
	if ((out->side == LEG_DECODE && s->role == ROLE_PREFILL) ||
	    (out->side == LEG_PREFILL && s->role == ROLE_DECODE))
		return leg_fail(f, COMPLAINT_ROLE,
				"the engine asserts that this is not its leg");
	return true;
}

bool leg_read_mooncake(const struct leg_source *s, json_t *params,
		       struct leg *out, struct leg_fault *f)
{
	if (out->side == LEG_WHOLE)
		return true;
	if (!check_role(s, out, f) ||
	    !leg_text(params, "transfer_id", out->key, sizeof(out->key), f))
		return false;
	if (out->side == LEG_PREFILL)
		return true;
	out->engine_id = leg_member(params, "remote_engine_id");
	if (out->engine_id.n == 0)
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_engine_id is not there, or no text");
	return read_bootstrap(params, out, f);
}
