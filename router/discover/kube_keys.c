#include "router/discover/kube_keys.h"

#include <string.h>

/* More is no value of any of them. */
#define MAX_VALUE 512

/* Names of annotations and labels, and the worker's key that each gives. */
static const struct key {
	const char *name;
	const char *key;
	const char *before; /* what stands before a port; %: the host */
} table[] = {
	{"warmpath.io/role", "role", ""},
	{"warmpath.io/connector", "connector", ""},
	{"warmpath.io/topic", "topic", ""},
	{"warmpath.io/data-parallel", "data_parallel", ""},
	{"warmpath.io/max-inflight", "max_inflight", ""},
	{"warmpath.io/events-port", "events", "tcp://%:"},
	{"warmpath.io/replay-port", "replay", "tcp://%:"},
	{"warmpath.io/peer-port", "peer", "%:"},
};

static const char *value_in(const json_t *metadata, const char *where,
			    const char *name)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(metadata, where), name));

	return text != NULL && strnlen(text, MAX_VALUE + 1) <= MAX_VALUE ? text
									 : NULL;
}

static const char *value_of(const json_t *metadata, const char *name)
{
	const char *text = value_in(metadata, "annotations", name);

	return text != NULL ? text : value_in(metadata, "labels", name);
}

static void print_before(const char *text, const char *host, struct buf *out)
{
	for (; *text != '\0'; text++)
		if (*text == '%')
			buf_puts(out, host);
		else
			buf_putc(out, *text);
}

/* Behind a host nothing but a port, lest it become another host. */
static bool may_stand(const char *value, const char *before)
{
	uint64_t port;

	return *before == '\0' ||
	       slice_to_u64(slice_of(value), 65535, &port) == OK;
}

void kube_keys_print(const json_t *metadata, const char *host, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *value = value_of(metadata, table[i].name);
		struct buf whole = {0};

		if (value == NULL)
			continue;
		print_before(table[i].before, host, &whole);
		buf_puts(&whole, may_stand(value, table[i].before)
					 ? value
					 : "not-a-port");
		buf_printf(out, ",\"%s\":", table[i].key);
		buf_json_string(out, buf_slice(&whole));
		buf_fini(&whole);
	}
}

const char *kube_keys_scheme(const json_t *metadata)
{
	const char *value = value_of(metadata, "warmpath.io/scheme");

	return value != NULL && strcmp(value, "https") == 0 ? "https" : "http";
}
