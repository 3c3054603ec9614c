#include "router/discover/kube_object.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "router/discover/kube_keys.h"

/* With a port behind it, what the name of a worker may have. */
#define MAX_POD   120
#define NAME_ROOM 160
#define MAX_HOST  64
#define MAX_PORT  65535

/* An address on its way to a worker. */
struct spot {
	const char *pod; /* a name, or NULL */
	const char *ip;
	const char *zone; /* or NULL */
	const json_t *metadata;
	bool several; /* ports: the name tells which */
};

static const json_t *at(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool says(const json_t *object, const char *key, bool otherwise)
{
	const json_t *v = json_object_get(object, key);

	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

const char *kube_name(const json_t *object)
{
	return text_at(at(object, "metadata"), "name");
}

/* --- ports ---------------------------------------------------------------- */

static unsigned port_at(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 && n <= MAX_PORT ? (unsigned)n : 0;
}

struct kube_ports kube_ports_of(const char *text)
{
	struct kube_ports p = {0};
	uint64_t number;

	if (text == NULL || *text == '\0')
		return p;
	if (slice_to_u64(slice_of(text), MAX_PORT, &number) == OK &&
	    number > 0) {
		p.number[0] = (unsigned)number;
		p.n = 1;
	} else {
		p.name = text;
	}
	return p;
}

/* The port of this name among some, or the first of all; 0: none. */
static unsigned find_port(const json_t *list, const char *key, const char *name)
{
	size_t i;
	json_t *port;

	json_array_foreach((json_t *)list, i, port)
	{
		const char *is = text_at(port, "name");

		if (name == NULL || (is != NULL && strcmp(is, name) == 0))
			return port_at(port, key);
	}
	return 0;
}

/* --- items --------------------------------------------------------------- */

static void add_item(struct kube_items *out, const char *pod, bool v6,
		     const struct buf *text)
{
	struct slice s = buf_slice(text);

	out->item = mem_realloc(out->item, (out->n + 1) * sizeof(*out->item));
	out->item[out->n++] = (struct kube_item){
		.pod = mem_strdup(pod),
		.text = mem_strndup(s.p, s.n),
		.v6 = v6,
	};
}

void kube_items_clear(struct kube_items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		mem_free(items->item[i].pod);
		mem_free(items->item[i].text);
	}
	mem_free(items->item);
	*items = (struct kube_items){0};
}

/* False: it is no address. */
static bool write_host(const char *ip, char host[MAX_HOST], bool *v6)
{
	struct in6_addr any;
	char plain[INET6_ADDRSTRLEN];

	*v6 = false;
	if (inet_pton(AF_INET, ip, &any) == 1) {
		snprintf(host, MAX_HOST, "%s",
			 inet_ntop(AF_INET, &any, plain, sizeof(plain)));
		return true;
	}
	*v6 = true;
	if (inet_pton(AF_INET6, ip, &any) != 1)
		return false;
	snprintf(host, MAX_HOST, "[%s]",
		 inet_ntop(AF_INET6, &any, plain, sizeof(plain)));
	return true;
}

static void write_name(const struct spot *s, const char *host, unsigned port,
		       char name[NAME_ROOM])
{
	bool fits = s->pod != NULL && strlen(s->pod) <= MAX_POD &&
		    strchr(s->pod, '/') == NULL;

	if (!fits)
		snprintf(name, NAME_ROOM, "%s:%u", host, port);
	else if (s->several)
		snprintf(name, NAME_ROOM, "%s:%u", s->pod, port);
	else
		snprintf(name, NAME_ROOM, "%s", s->pod);
}

static void add_worker(const struct spot *s, unsigned port,
		       struct kube_items *out)
{
	char host[MAX_HOST], name[NAME_ROOM];
	struct buf text = {0};
	bool v6;

	if (port == 0 || out->n == KUBE_MAX_ITEMS ||
	    !write_host(s->ip, host, &v6))
		return;
	write_name(s, host, port, name);
	buf_printf(&text, "{\"url\":\"%s://%s:%u\",\"name\":",
		   kube_keys_scheme(s->metadata), host, port);
	buf_json_string(&text, slice_of(name));
	kube_keys_print(s->metadata, host, s->zone, &text);
	buf_putc(&text, '}');
	add_item(out, name, v6, &text);
	buf_fini(&text);
}

/* `list` has what ports are called, and `key` their number. */
static void add_workers(struct spot *s, const struct kube_ports *ports,
			const json_t *list, const char *key,
			struct kube_items *out)
{
	s->several = ports->n > 1;
	if (ports->n == 0)
		add_worker(s, find_port(list, key, ports->name), out);
	for (size_t i = 0; i < ports->n; i++)
		add_worker(s, ports->number[i], out);
}

/* --- EndpointSlices ------------------------------------------------------ */

static void read_endpoint(const json_t *slice, const json_t *endpoint,
			  const struct kube_ports *ports,
			  struct kube_items *out)
{
	const json_t *conditions = at(endpoint, "conditions");
	const char *pod = text_at(at(endpoint, "targetRef"), "name");
	struct spot s = {
		.pod = pod != NULL ? pod : text_at(endpoint, "hostname"),
		.ip = json_string_value(
			json_array_get(at(endpoint, "addresses"), 0)),
		.zone = text_at(endpoint, "zone"),
		.metadata = at(slice, "metadata"),
	};

	/* What is not told of readiness means that it is ready. */
	if (s.ip != NULL && says(conditions, "ready", true) &&
	    !says(conditions, "terminating", false))
		add_workers(&s, ports, at(slice, "ports"), "port", out);
}

void kube_read_slice(const json_t *slice, const struct kube_ports *ports,
		     struct kube_items *out)
{
	size_t i;
	json_t *endpoint;

	json_array_foreach(at(slice, "endpoints"), i, endpoint)
		read_endpoint(slice, endpoint, ports, out);
}

/* --- pods ---------------------------------------------------------------- */

static bool is_ready(const json_t *pod)
{
	const json_t *list = at(at(pod, "status"), "conditions");
	size_t i;
	json_t *c;

	json_array_foreach((json_t *)list, i, c)
	{
		const char *type = text_at(c, "type");
		const char *is = text_at(c, "status");

		if (type != NULL && strcmp(type, "Ready") == 0)
			return is != NULL && strcmp(is, "True") == 0;
	}
	return false;
}

static unsigned container_port(const json_t *pod, const char *name)
{
	const json_t *list = at(at(pod, "spec"), "containers");
	size_t i;
	json_t *c;
	unsigned port = 0;

	json_array_foreach((json_t *)list, i, c)
	{
		port = find_port(at(c, "ports"), "containerPort", name);
		if (port != 0)
			return port;
	}
	return 0;
}

static void read_address(const json_t *pod, const char *ip,
			 const struct kube_ports *ports, struct kube_items *out)
{
	struct spot s = {
		.pod = kube_name(pod),
		.ip = ip,
		.metadata = at(pod, "metadata"),
	};
	struct kube_ports by_number = *ports;

	if (ip == NULL)
		return;
	if (by_number.n == 0) {
		by_number.number[0] = container_port(pod, ports->name);
		by_number.n = 1;
	}
	add_workers(&s, &by_number, NULL, NULL, out);
}

void kube_read_pod(const json_t *pod, const struct kube_ports *ports,
		   struct kube_items *out)
{
	const json_t *status = at(pod, "status");
	const json_t *list = at(status, "podIPs");
	size_t i;
	json_t *one;

	if (!is_ready(pod) ||
	    text_at(at(pod, "metadata"), "deletionTimestamp") != NULL)
		return;
	if (json_array_size(list) == 0)
		read_address(pod, text_at(status, "podIP"), ports, out);
	json_array_foreach((json_t *)list, i, one)
		read_address(pod, text_at(one, "ip"), ports, out);
}

/* --- InferencePools ------------------------------------------------------ */

static enum status read_selector(const json_t *labels, struct buf *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)labels, key, value)
	{
		if (!json_is_string(value))
			return ERR_INVALID;
		buf_printf(out, "%s%s=%s", buf_len(out) > 0 ? "," : "", key,
			   json_string_value(value));
	}
	return buf_len(out) > 0 ? OK : ERR_INVALID;
}

enum status kube_read_pool(const json_t *pool, struct buf *selector,
			   struct kube_ports *ports)
{
	const json_t *spec = at(pool, "spec");
	struct kube_ports p = {0};
	struct buf text = {0};
	size_t i;
	json_t *one;
	enum status st = read_selector(at(at(spec, "selector"), "matchLabels"),
				       &text);

	json_array_foreach(at(spec, "targetPorts"), i, one)
	{
		if (p.n < KUBE_MAX_PORTS)
			p.number[p.n++] = port_at(one, "number");
	}
	if (st == OK && (p.n == 0 || p.number[0] == 0))
		st = ERR_INVALID;
	if (st == OK) {
		buf_append(selector, buf_slice(&text));
		*ports = p;
	}
	buf_fini(&text);
	return st;
}
