#include "tools/sim/kv_source.h"

#include <string.h>
#include <strings.h>

/* False: missing, empty, of another kind or too long. */
static bool text_of(json_t *object, const char *key, char *to, size_t size)
{
	json_t *j = json_object_get(object, key);
	size_t n = json_string_length(j);

	if (!json_is_string(j) || n == 0 || n >= size)
		return false;
	memcpy(to, json_string_value(j), n + 1);
	return strlen(to) == n;
}

static bool is_store(json_t *tier)
{
	const char *medium = json_string_value(json_object_get(tier, "medium"));

	return json_is_object(tier) &&
	       (medium == NULL || strcasecmp(medium, "CPU") != 0);
}

bool kv_source_has_store(json_t *body)
{
	json_t *params = json_object_get(body, "kv_transfer_params");
	json_t *tiers = json_object_get(params, "kv_load_tiers"), *tier;
	size_t i;

	json_array_foreach(tiers, i, tier) if (is_store(tier)) return true;
	return !json_is_array(tiers);
}

enum kv_source_found kv_source_read(json_t *body, struct kv_source *out)
{
	json_t *params = json_object_get(body, "kv_transfer_params");
	json_t *named = json_object_get(params, "remote_kv_source");
	json_t *port = json_object_get(named, "remote_port");
	struct kv_source s = {.port = 0};

	if (!named || json_is_null(named))
		return KV_SOURCE_NONE;
	if (!text_of(named, "kv_request_id", s.id, sizeof(s.id)) ||
	    !text_of(named, "remote_host", s.host, sizeof(s.host)) ||
	    !json_is_integer(port) || json_integer_value(port) < 1 ||
	    json_integer_value(port) > 65535)
		return KV_SOURCE_FAULTY;
	s.port = (uint16_t)json_integer_value(port);
	*out = s;
	return KV_SOURCE_NAMED;
}
