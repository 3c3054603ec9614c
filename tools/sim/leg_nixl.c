/* vLLM's NIXL: pulled by the decode side from what it is told of, or pushed
 * by the prefill side to whom has registered with it. */
#include "tools/sim/leg_field.h"

/* [1,2], and [[1,2]] for releases that know groups of layers. */
static bool are_blocks(json_t *ids, bool grouped)
{
	size_t i;
	json_t *id;

	if (!json_is_array(ids))
		return false;
	json_array_foreach(ids, i, id)
	{
		if (grouped ? !are_blocks(id, false) : !json_is_integer(id))
			return false;
	}
	return true;
}

static bool no_blocks(json_t *ids)
{
	size_t i;
	json_t *group;

	json_array_foreach(ids, i, group)
	{
		if (!json_is_array(group) || json_array_size(group) > 0)
			return false;
	}
	return true;
}

static bool read_blocks(const struct leg_source *s, json_t *params,
			struct leg_fault *f)
{
	json_t *ids = json_object_get(params, "remote_block_ids");

	if (!are_blocks(ids, s->version >= 19))
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_block_ids is no list of blocks as "
				"this release has it");
	if (no_blocks(ids))
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_block_ids is empty, though tokens are "
				"to come");
	return true;
}

static bool read_place(json_t *params, struct leg *out, struct leg_fault *f)
{
	out->engine_id = leg_member(params, "remote_engine_id");
	if (out->engine_id.n == 0)
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_engine_id is not there, or no text");
	return leg_text(params, "remote_host", out->prefill.host,
			sizeof(out->prefill.host), f) &&
	       leg_port(json_object_get(params, "remote_port"), "remote_port",
			&out->prefill.port, f);
}

/* Of the turn before, in the decode worker that ended it. */
static bool read_held(const struct leg_source *s, json_t *params,
		      struct leg *out, struct leg_fault *f)
{
	json_t *ids = json_object_get(params, "remote_block_ids");
	json_t *n = json_object_get(params, "remote_num_tokens");

	if (!s->bidirectional || !ids || json_is_null(ids))
		return true;
	if (!read_blocks(s, params, f) ||
	    !leg_text(params, "remote_request_id", out->key, sizeof(out->key),
		      f) ||
	    !read_place(params, out, f))
		return false;
	if (!json_is_integer(n) || json_integer_value(n) < 1)
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_num_tokens is not there, or no number");
	out->n_held = (size_t)json_integer_value(n);
	return true;
}

bool leg_read_nixl(const struct leg_source *s, json_t *params, struct leg *out,
		   struct leg_fault *f)
{
	if (out->side == LEG_PREFILL && s->version >= 21)
		return read_held(s, params, out, f);
	if (out->side == LEG_WHOLE ||
	    (out->side == LEG_PREFILL && s->version >= 13))
		return true;
	if (out->side == LEG_DECODE && !read_blocks(s, params, f))
		return false;
	/* Older engines looked for a request of their own request's id. */
	if (s->version < 13 ? !leg_copy(s->own_id, "the request's id", out->key,
					sizeof(out->key), f)
			    : !leg_text(params, "remote_request_id", out->key,
					sizeof(out->key), f))
		return false;
	return out->side == LEG_PREFILL || read_place(params, out, f);
}

/* Each side pairs by its own request's id, without what the engine puts
 * around it; by `transfer_id` where the router has put one into both legs. */
bool leg_read_nixl_push(const struct leg_source *s, json_t *params,
			struct leg *out, struct leg_fault *f)
{
	struct slice id = leg_member(params, "transfer_id");
	struct slice told = leg_member(params, "remote_request_id");

	if (out->side == LEG_WHOLE)
		return true;
	if (s->request_id.n == 0)
		return leg_fail(f, COMPLAINT_MISSING,
				"without X-Request-Id the legs do not find "
				"each other");
	if (!leg_copy(id.n > 0 ? id : s->request_id, "the request's id",
		      out->key, sizeof(out->key), f))
		return false;
	if (out->side == LEG_PREFILL)
		return true;
	if (!slice_equal(told, s->request_id))
		return leg_fail(f, COMPLAINT_MISSING,
				"remote_request_id is not the legs' "
				"X-Request-Id");
	if (!json_is_integer(json_object_get(params, "tp_size")))
		return leg_fail(f, COMPLAINT_MISSING,
				"tp_size is not there, or no number");
	return read_place(params, out, f);
}
