#include "tools/sim/leg.h"

#include "common/base/fingerprint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct leg_fault *f, enum complaint_kind kind, const char *fmt,
		 ...) PRINTF_LIKE(3, 4);
static bool fail(struct leg_fault *f, enum complaint_kind kind, const char *fmt,
		 ...)
{
	va_list args;

	f->kind = kind;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	return false;
}

static struct slice text_of(json_t *object, const char *key)
{
	json_t *j = json_object_get(object, key);

	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

/* A text member that must be there, copied. */
static bool copy_text(json_t *object, const char *key, char *to, size_t size,
		      struct leg_fault *f)
{
	struct slice s = text_of(object, key);

	if (s.n == 0)
		return fail(f, COMPLAINT_MISSING, "%s is not there, or no text",
			    key);
	if (s.n >= size)
		return fail(f, COMPLAINT_MISSING, "%s is longer than %zu bytes",
			    key, size - 1);
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return true;
}

static bool read_port(json_t *object, const char *key, uint16_t *to,
		      struct leg_fault *f)
{
	json_t *j = json_object_get(object, key);

	if (!json_is_integer(j) || json_integer_value(j) < 1 ||
	    json_integer_value(j) > 65535)
		return fail(f, COMPLAINT_MISSING,
			    "%s is not there, or no port number", key);
	*to = (uint16_t)json_integer_value(j);
	return true;
}

static bool read_engine(json_t *params, struct leg *out, struct leg_fault *f)
{
	out->engine_id = text_of(params, "remote_engine_id");
	if (out->engine_id.n > 0)
		return true;
	return fail(f, COMPLAINT_MISSING,
		    "remote_engine_id is not there, or no text");
}

static bool use_request_id(const struct leg_source *s, struct leg *out,
			   struct leg_fault *f)
{
	if (s->request_id.n >= sizeof(out->key))
		return fail(f, COMPLAINT_MISSING,
			    "the request's id is longer than %zu bytes",
			    sizeof(out->key) - 1);
	memcpy(out->key, s->request_id.p, s->request_id.n);
	return true;
}

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

static bool read_nixl(const struct leg_source *s, json_t *params,
		      struct leg *out, struct leg_fault *f)
{
	json_t *ids = json_object_get(params, "remote_block_ids");

	if (out->side == LEG_PREFILL)
		return s->version >= 13 || use_request_id(s, out, f);
	if (!are_blocks(ids, s->version >= 19))
		return fail(f, COMPLAINT_MISSING,
			    "remote_block_ids is no list of blocks as this "
			    "release has it");
	if (no_blocks(ids))
		return fail(f, COMPLAINT_MISSING,
			    "remote_block_ids is empty, though tokens are to "
			    "come");
	/* Older engines looked for a request of their own request's id. */
	if (s->version < 13 ? !use_request_id(s, out, f)
			    : !copy_text(params, "remote_request_id", out->key,
					 sizeof(out->key), f))
		return false;
	return read_engine(params, out, f) &&
	       copy_text(params, "remote_host", out->host, sizeof(out->host),
			 f) &&
	       read_port(params, "remote_port", &out->port, f);
}

/* By the flags that all of vLLM's own connectors share. */
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

	*out = (struct leg){.side = side_of(params)};
	if (s->connector == CONNECTOR_NONE) {
		out->side = LEG_WHOLE;
		return !is_leg_of_some(s->body) ||
		       fail(f, COMPLAINT_CONNECTOR,
			    "this worker runs no connector");
	}
	if (out->side == LEG_WHOLE)
		return true;
	return read_nixl(s, params, out, f);
}

bool leg_check_prefill(const struct ask *a, struct leg_fault *f)
{
	if (a->stream)
		return fail(f, COMPLAINT_PREFILL,
			    "a stream carries no parameters back");
	if (a->n_prompts != 1 || a->n != 1)
		return fail(f, COMPLAINT_PREFILL,
			    "%zu prompts with %zu choices each", a->n_prompts,
			    a->n);
	if (a->n_output[0] != 1)
		return fail(f, COMPLAINT_PREFILL,
			    "up to %zu tokens are asked for", a->n_output[0]);
	return true;
}

json_t *leg_params(json_t *body)
{
	json_t *params = json_object_get(body, "kv_transfer_params");

	return json_is_object(params) ? params : NULL;
}

uint64_t leg_params_print(json_t *params)
{
	static const char *const others[] = {"prompt_token_ids",
					     "remote_kv_source"};
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
