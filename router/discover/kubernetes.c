/* Workers that the Kubernetes API tells of: endpoints of a service, or pods
 * with some labels, which may be an InferencePool's.
 *
 * What is known of the collection becomes a list whenever it is whole and
 * whenever the watch has told of a change. A pod that ends, or is not ready,
 * is no worker any more: it gets no new work, and ends what it has. */
#include <stdio.h>

#include "common/base/mem.h"
#include "router/discover/kinds.h"
#include "router/discover/kube_escape.h"
#include "router/discover/kube_store.h"
#include "router/discover/kube_watch.h"

#define SLICES "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices"
#define PODS   "/api/v1/namespaces/%s/pods"
#define POOLS                                                                  \
	"/apis/inference.networking.k8s.io/v1/namespaces/%s/inferencepools"

struct kubernetes {
	struct finder *finder;
	const struct conf_kubernetes *conf;
	struct kube_watch watch, pool; /* `pool`: if there is one */
	struct kube_store store;
	struct kube_ports ports;
	struct buf selector; /* of the pool as it is known */
	bool has_pool;       /* in the listing under way */
	bool too_many;       /* objects, since the last listing began */
	struct timer retry;  /* to begin at all */
};

/* --- what is asked for ---------------------------------------------------- */

/* A path with the namespace in it, the heap's; NULL: it is not known, which
 * was told. */
static char *path_of(struct kubernetes *k, const char *form)
{
	struct error err = {0};
	char *name = kube_namespace(k->conf, &err), *path;
	struct buf escaped = {0}, text = {0};

	if (name == NULL) {
		finder_fail(k->finder, "kubernetes.namespace: %s", err.text);
		return NULL;
	}
	kube_escape(slice_of(name), &escaped);
	buf_putc(&escaped, '\0');
	buf_printf(&text, form, buf_slice(&escaped).p);
	buf_putc(&text, '\0');
	path = mem_strdup(buf_slice(&text).p);
	buf_fini(&escaped);
	buf_fini(&text);
	mem_free(name);
	return path;
}

static bool watch_from(struct kubernetes *k, struct kube_watch *w,
		       const char *form, const char *label, const char *field)
{
	char *path = path_of(k, form);

	if (path == NULL)
		return false;
	kube_watch_start(w, path, label, field);
	mem_free(path);
	return true;
}

/* "prefix=value". */
static char *selector_of(const char *prefix, const char *value)
{
	size_t n = strlen(prefix) + strlen(value) + 2;
	char *text = mem_alloc(n);

	snprintf(text, n, "%s=%s", prefix, value);
	return text;
}

/* --- pods and endpoints -------------------------------------------------- */

static void on_begin(void *arg)
{
	struct kubernetes *k = arg;

	k->too_many = false;
	kube_store_begin(&k->store);
}

static void on_put(void *arg, const json_t *object)
{
	struct kubernetes *k = arg;
	const char *name = kube_name(object);
	struct kube_items items = {0};

	if (name == NULL)
		return;
	if (k->conf->service != NULL)
		kube_read_slice(object, &k->ports, &items);
	else
		kube_read_pod(object, &k->ports, &items);
	if (kube_store_put(&k->store, name, &items) != OK)
		k->too_many = true;
}

static void on_drop(void *arg, const json_t *object)
{
	struct kubernetes *k = arg;
	const char *name = kube_name(object);

	if (name != NULL)
		kube_store_drop(&k->store, name);
}

static void on_synced(void *arg, bool moved)
{
	struct kubernetes *k = arg;
	struct buf text = {0};

	if (k->store.listing)
		kube_store_end(&k->store);
	/* What is left out may be a worker. */
	if (k->too_many) {
		finder_fail(k->finder, "more than %d objects are matched",
			    KUBE_MAX_OBJECTS);
		return;
	}
	if (!moved) {
		finder_confirm(k->finder);
		return;
	}
	kube_store_print(&k->store, k->conf->family == CONF_FAMILY_IPV6, &text);
	finder_take(k->finder, buf_slice(&text));
	buf_fini(&text);
}

static void on_failed(void *arg, const char *why)
{
	struct kubernetes *k = arg;

	finder_fail(k->finder, "%s", why);
}

static const struct kube_watch_events watch_events = {
	.begin = on_begin,
	.put = on_put,
	.drop = on_drop,
	.synced = on_synced,
	.failed = on_failed,
};

/* --- an InferencePool ---------------------------------------------------- */

static void on_pool_begin(void *arg)
{
	((struct kubernetes *)arg)->has_pool = false;
}

static bool same_ports(const struct kube_ports *a, const struct kube_ports *b)
{
	return a->n == b->n &&
	       memcmp(a->number, b->number, a->n * sizeof(a->number[0])) == 0;
}

/* Its pods are others if its selector or ports are; those that were found
 * stay until these are known. */
static void on_pool(void *arg, const json_t *object)
{
	struct kubernetes *k = arg;
	const char *name = kube_name(object);
	struct buf selector = {0};
	struct kube_ports ports;
	bool same;

	if (name == NULL || strcmp(name, k->conf->pool) != 0)
		return;
	k->has_pool = true;
	if (kube_read_pool(object, &selector, &ports) != OK) {
		finder_fail(k->finder,
			    "InferencePool %s has no selector or no "
			    "targetPorts",
			    name);
		return;
	}
	buf_putc(&selector, '\0');
	same = slice_equal(buf_slice(&selector), buf_slice(&k->selector)) &&
	       same_ports(&ports, &k->ports);
	buf_fini(&k->selector);
	k->selector = selector;
	k->ports = ports;
	if (!same)
		watch_from(k, &k->watch, PODS, buf_slice(&k->selector).p, NULL);
}

static void on_pool_drop(void *arg, const json_t *object)
{
	struct kubernetes *k = arg;
	const char *name = kube_name(object);

	if (name != NULL && strcmp(name, k->conf->pool) == 0)
		k->has_pool = false;
}

static void on_pool_synced(void *arg, bool moved)
{
	struct kubernetes *k = arg;

	(void)moved;
	if (!k->has_pool)
		finder_fail(k->finder, "there is no InferencePool %s",
			    k->conf->pool);
}

static const struct kube_watch_events pool_events = {
	.begin = on_pool_begin,
	.put = on_pool,
	.drop = on_pool_drop,
	.synced = on_pool_synced,
	.failed = on_failed,
};

/* --- its life ------------------------------------------------------------ */

static bool begin(struct kubernetes *k)
{
	const struct conf_kubernetes *c = k->conf;
	char *selector;
	bool begun;

	if (c->selector != NULL)
		return watch_from(k, &k->watch, PODS, c->selector, NULL);
	selector = selector_of(c->pool != NULL ? "metadata.name"
					       : "kubernetes.io/service-name",
			       c->pool != NULL ? c->pool : c->service);
	if (c->pool != NULL)
		begun = watch_from(k, &k->pool, POOLS, NULL, selector);
	else
		begun = watch_from(k, &k->watch, SLICES, selector, NULL);
	mem_free(selector);
	return begun;
}

static void begin_again(void *arg)
{
	struct kubernetes *k = arg;

	if (!begin(k))
		timer_set(&k->retry, finder_conf(k->finder)->interval_ms);
}

static void *start(struct finder *f)
{
	struct kubernetes *k = mem_zalloc(sizeof(*k));

	k->finder = f;
	k->conf = &finder_conf(f)->kubernetes;
	k->ports = kube_ports_of(k->conf->port);
	kube_store_init(&k->store);
	kube_watch_init(&k->watch, finder_loop(f), k->conf, &watch_events, k);
	kube_watch_init(&k->pool, finder_loop(f), k->conf, &pool_events, k);
	timer_init(&k->retry, finder_loop(f), begin_again, k);
	timer_set(&k->retry, 0);
	return k;
}

static void stop(void *own)
{
	struct kubernetes *k = own;

	kube_watch_fini(&k->watch);
	kube_watch_fini(&k->pool);
	kube_store_fini(&k->store);
	buf_fini(&k->selector);
	timer_fini(&k->retry);
	mem_free(k);
}

const struct finder_type kinds_kubernetes = {
	.name = "kubernetes",
	.lenient = true,
	.start = start,
	.stop = stop,
};
