/* SGLang: both workers get the same body, in which each prompt has a room to
 * meet in; their roles say which leg it is. */
#include "tools/sim/leg_field.h"

#include <stdio.h>

#define DEFAULT_BOOTSTRAP_PORT 8998

/* Whoever probes a worker's health names this host: nobody will come. */
#define NOBODY "2.2.2.2"

/* The prompt's own value, where a batch brings a list of them. */
static json_t *value_of(const struct leg_source *s, const char *key)
{
	json_t *j = json_object_get(s->body, key);

	return json_is_array(j) ? json_array_get(j, s->index) : j;
}

static bool check_list(const struct leg_source *s, const char *key,
		       struct leg_fault *f)
{
	json_t *j = json_object_get(s->body, key);

	if (s->n_prompts > 1 ? json_array_size(j) == s->n_prompts
			     : !json_is_array(j))
		return true;
	f->is_refused = true;
	return leg_fail(f, COMPLAINT_MISSING,
			"%s is no list with an entry for each prompt", key);
}

static bool read_room(const struct leg_source *s, struct leg *out,
		      struct leg_fault *f)
{
	json_t *room = value_of(s, "bootstrap_room");

	if (!json_is_integer(room) || json_integer_value(room) < 0) {
		f->is_refused = true;
		return leg_fail(f, COMPLAINT_MISSING,
				"Disaggregated request received without "
				"bootstrap room id");
	}
	snprintf(out->key, sizeof(out->key), "%lld",
		 (long long)json_integer_value(room));
	return true;
}

static bool read_bootstrap(const struct leg_source *s, struct leg *out,
			   struct leg_fault *f)
{
	json_t *host = value_of(s, "bootstrap_host");
	json_t *port = value_of(s, "bootstrap_port");
	struct slice text = {json_string_value(host), json_string_length(host)};

	if (!leg_copy(text, "bootstrap_host", out->prefill.host,
		      sizeof(out->prefill.host), f))
		return false;
	out->prefill.port = DEFAULT_BOOTSTRAP_PORT;
	return !port || json_is_null(port) ||
	       leg_port(port, "bootstrap_port", &out->prefill.port, f);
}

static void read_rank(const struct leg_source *s, struct leg *out)
{
	json_t *rank = value_of(s, "disagg_prefill_dp_rank");

	if (json_is_integer(rank))
		out->rank = json_integer_value(rank);
}

bool leg_read_sglang(const struct leg_source *s, json_t *params,
		     struct leg *out, struct leg_fault *f)
{
	(void)params;
	out->side = LEG_WHOLE;
	if (s->role == ROLE_BOTH)
		return true;
	out->side = s->role == ROLE_PREFILL ? LEG_PREFILL : LEG_DECODE;
	if (!check_list(s, "bootstrap_room", f) || !read_room(s, out, f) ||
	    !read_bootstrap(s, out, f))
		return false;
	read_rank(s, out);
	if (slice_equal(slice_of(out->prefill.host), SLICE(NOBODY)))
		out->side = LEG_WHOLE;
	return true;
}
