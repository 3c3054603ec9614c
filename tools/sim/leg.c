#include "tools/sim/leg.h"

#include "common/base/fingerprint.h"
#include "tools/sim/leg_field.h"

#include <stdlib.h>

typedef bool leg_reader(const struct leg_source *s, json_t *params,
			struct leg *out, struct leg_fault *f);

static leg_reader *const reader[CONNECTOR_KINDS] = {
	[CONNECTOR_NIXL] = leg_read_nixl,
	[CONNECTOR_NIXL_PUSH] = leg_read_nixl_push,
	[CONNECTOR_MOONCAKE] = leg_read_mooncake,
	[CONNECTOR_P2P_NCCL] = leg_read_p2p_nccl,
	[CONNECTOR_LMCACHE] = leg_read_lmcache,
	[CONNECTOR_SGLANG] = leg_read_sglang,
};

/* By the flags that most of vLLM's own connectors share. */
static enum leg_side side_of(json_t *params)
{
	if (ask_bool(params, "do_remote_prefill", false))
		return LEG_DECODE;
	if (ask_bool(params, "do_remote_decode", false))
		return LEG_PREFILL;
	return LEG_WHOLE;
}

static bool is_leg_of_some(json_t *body)
{
	json_t *room = json_object_get(body, "bootstrap_room");

	return side_of(leg_params(body)) != LEG_WHOLE ||
	       (room && !json_is_null(room));
}

bool leg_read(const struct leg_source *s, struct leg *out, struct leg_fault *f)
{
	json_t *params = leg_params(s->body);

	*out = (struct leg){.side = side_of(params), .rank = -1};
	*f = (struct leg_fault){0};
	if (reader[s->connector])
		return reader[s->connector](s, params, out, f);
	out->side = LEG_WHOLE;
	return !is_leg_of_some(s->body) ||
	       leg_fail(f, COMPLAINT_CONNECTOR,
			"this worker runs no connector");
}

bool leg_check_prefill(const struct ask *a, struct leg_fault *f)
{
	if (a->stream)
		return leg_fail(f, COMPLAINT_PREFILL,
				"a stream carries no parameters back");
	if (a->n_prompts != 1 || a->n != 1)
		return leg_fail(f, COMPLAINT_PREFILL,
				"%zu prompts with %zu choices each",
				a->n_prompts, a->n);
	if (a->n_output[0] != 1)
		return leg_fail(f, COMPLAINT_PREFILL,
				"up to %zu tokens are asked for",
				a->n_output[0]);
	return true;
}

json_t *leg_params(json_t *body)
{
	json_t *params = json_object_get(body, "kv_transfer_params");

	return json_is_object(params) ? params : NULL;
}

uint64_t leg_params_print(json_t *params)
{
	static const char *const others[] = {
		"prompt_token_ids", "remote_kv_source", "kv_load_tiers"};
	json_t *own = json_copy(params);
	char *text;
	uint64_t print;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		(void)json_object_del(own, others[i]);
	text = json_dumps(own, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(own);
	ASSERT(text != NULL);
	print = fingerprint64(slice_of(text), 0);
	free(text);
	return print;
}
