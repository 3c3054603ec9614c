/* LMCache: the prefill side sends its chunks to whom the leg names, and the
 * decode side finds them by their content; its leg is like any request. */
#include "tools/sim/leg_field.h"

static bool read_port_list(json_t *spec, const char *key, uint16_t *to,
			   struct leg_fault *f)
{
	json_t *list = json_object_get(spec, key);

	if (json_array_size(list) != 1)
		return leg_fail(f, COMPLAINT_MISSING,
				"disagg_spec.%s is no list of a port for each "
				"tensor-parallel rank",
				key);
	return leg_port(json_array_get(list, 0), key, to, f);
}

bool leg_read_lmcache(const struct leg_source *s, json_t *params,
		      struct leg *out, struct leg_fault *f)
{
	json_t *spec = json_object_get(params, "disagg_spec");

	(void)s;
	out->side = spec ? LEG_PREFILL : LEG_WHOLE;
	if (!spec)
		return true;
	return leg_text(spec, "req_id", out->key, sizeof(out->key), f) &&
	       leg_text(spec, "receiver_host", out->decode.host,
			sizeof(out->decode.host), f) &&
	       read_port_list(spec, "receiver_init_port", &out->decode.port,
			      f) &&
	       read_port_list(spec, "receiver_alloc_port", &out->alloc_port, f);
}
