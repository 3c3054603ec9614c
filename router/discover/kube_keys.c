#include "router/discover/kube_keys.h"

#include <string.h>

/* More is no value of any of them. */
#define MAX_VALUE 512
/* And of a label. */
#define MAX_LABEL 63

#define ZONE "zone"

/* Names of annotations and labels, and the worker's key that each gives;
 * those of a section stand together, and last. */
static const struct key {
	const char *name;
	const char *section; /* NULL: none */
	const char *key;
	const char *before; /* what stands before a port; %: the host */
} table[] = {
	{"warmpath.io/role", NULL, "role", ""},
	{"warmpath.io/zone", NULL, ZONE, ""},
	{"warmpath.io/rack", NULL, "rack", ""},
	{"warmpath.io/connector", NULL, "connector", ""},
	{"warmpath.io/topic", NULL, "topic", ""},
	{"warmpath.io/data-parallel", NULL, "data_parallel", ""},
	{"warmpath.io/max-inflight", NULL, "max_inflight", ""},
	{"warmpath.io/events-port", NULL, "events", "tcp://%:"},
	{"warmpath.io/replay-port", NULL, "replay", "tcp://%:"},
	{"warmpath.io/peer-port", NULL, "peer", "%:"},
	{"warmpath.io/transfer-port", "transfer", "port", ""},
	{"warmpath.io/transfer-alloc-port", "transfer", "alloc_port", ""},
	{"warmpath.io/transfer-engine-id", "transfer", "engine_id", ""},
	{"warmpath.io/transfer-tp-size", "transfer", "tp_size", ""},
	{"warmpath.io/transfer-pp-size", "transfer", "pp_size", ""},
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

static void print_value(const struct key *k, const char *value,
			const char *host, struct buf *out)
{
	struct buf whole = {0};

	print_before(k->before, host, &whole);
	buf_puts(&whole, may_stand(value, k->before) ? value : "not-a-port");
	buf_json_string(out, buf_slice(&whole));
	buf_fini(&whole);
}

/* What nobody wrote for us makes no worker faulty. */
static const char *zone_of(const json_t *metadata, const char *told)
{
	const char *zone = told;
	size_t n;

	if (zone == NULL)
		zone = value_of(metadata, "topology.kubernetes.io/zone");
	n = zone != NULL ? strnlen(zone, MAX_LABEL + 1) : 0;
	return n > 0 && n <= MAX_LABEL ? zone : NULL;
}

void kube_keys_print(const json_t *metadata, const char *host, const char *zone,
		     struct buf *out)
{
	const char *section = NULL;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct key *k = &table[i];
		const char *value = value_of(metadata, k->name);

		if (value == NULL && strcmp(k->key, ZONE) == 0)
			value = zone_of(metadata, zone);
		if (value == NULL)
			continue;
		buf_putc(out, ',');
		if (section == NULL && k->section != NULL)
			buf_printf(out, "\"%s\":{", k->section);
		section = k->section;
		buf_printf(out, "\"%s\":", k->key);
		print_value(k, value, host, out);
	}
	if (section != NULL)
		buf_putc(out, '}');
}

const char *kube_keys_scheme(const json_t *metadata)
{
	const char *value = value_of(metadata, "warmpath.io/scheme");

	return value != NULL && strcmp(value, "https") == 0 ? "https" : "http";
}
