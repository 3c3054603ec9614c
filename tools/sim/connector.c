#include "tools/sim/connector.h"

#define X(name, text) text,
static const char *const names[] = {CONNECTORS(X)};
#undef X

bool connector_parse(struct slice text, enum connector *out)
{
	for (size_t i = 0; i < CONNECTOR_KINDS; i++) {
		if (!slice_equal(text, slice_of(names[i])))
			continue;
		*out = (enum connector)i;
		return true;
	}
	return false;
}

bool role_parse(struct slice text, enum role *out)
{
	static const char *const roles[] = {"both", "prefill", "decode"};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		if (!slice_equal(text, slice_of(roles[i])))
			continue;
		*out = (enum role)i;
		return true;
	}
	return false;
}

const char *connector_name(enum connector c)
{
	return names[c];
}

bool connector_is_concurrent(enum connector c)
{
	return c == CONNECTOR_NIXL_PUSH || c == CONNECTOR_MOONCAKE ||
	       c == CONNECTOR_SGLANG;
}
