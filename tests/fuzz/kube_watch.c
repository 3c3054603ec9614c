/* Lines of a watch come out the same however they are cut; and whatever the
 * objects in them say, what is made of them is a list of workers that can be
 * read. */
#include <jansson.h>
#include <string.h>

#include "common/base/assert.h"
#include "router/conf/workers.h"
#include "router/discover/kube_line.h"
#include "router/discover/kube_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct told {
	size_t lines, sum;
	struct kube_store *store; /* or NULL */
};

static void put(struct kube_store *s, const json_t *object)
{
	struct kube_ports ports[] = {kube_ports_of("8000"),
				     kube_ports_of("http"),
				     kube_ports_of(NULL),
				     {.number = {1, 70000, 65535}, .n = 3}};
	const char *name = kube_name(object);
	struct kube_items items = {0};
	struct kube_ports of_pool;
	struct buf selector = {0};

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		kube_read_slice(object, &ports[i], &items);
		kube_read_pod(object, &ports[i], &items);
	}
	if (kube_read_pool(object, &selector, &of_pool) == OK)
		kube_read_pod(object, &of_pool, &items);
	buf_fini(&selector);
	if (name == NULL)
		kube_items_clear(&items);
	else if (kube_store_put(s, name, &items) != OK)
		ASSERT(s->now.n == KUBE_MAX_OBJECTS);
}

static bool take(void *arg, struct slice line)
{
	struct told *t = arg;
	json_t *event;

	t->lines++;
	for (size_t i = 0; i < line.n; i++)
		t->sum = t->sum * 31 + (unsigned char)line.p[i];
	if (t->store == NULL)
		return true;
	event = json_loadb(line.p, line.n, 0, NULL);
	put(t->store, json_object_get(event, "object"));
	json_decref(event);
	return true;
}

static struct told watch(struct slice text, size_t step,
			 struct kube_store *store)
{
	struct told t = {.store = store};
	struct kube_line l = {0};

	while (text.n > 0) {
		struct slice part = {text.p, text.n < step ? text.n : step};

		ASSERT(kube_line_feed(&l, part, take, &t) == OK);
		text = slice_from(text, part.n);
	}
	kube_line_reset(&l);
	return t;
}

static void read_again(const struct kube_store *s, bool v6)
{
	const struct conf_model m = {.discover = {.max_workers = 1 << 20}};
	const struct conf_workers_rules rules = {.whence = "watch",
						 .model = &m,
						 .numeric = true,
						 .leave_out = true};
	struct conf_faults faults = {0};
	struct conf_workers *set;
	struct buf text = {0};

	kube_store_print(s, v6, &text);
	set = conf_workers_parse(buf_slice(&text), &rules, &faults);
	ASSERT(set != NULL);
	conf_workers_unref(&set);
	buf_fini(&text);
	buf_fini(&faults.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice text = {(const char *)bytes, n};
	struct kube_store store;
	struct told whole, cut;

	if (n > 65536)
		return 0;
	kube_store_init(&store);
	whole = watch(text, n + 1, &store);
	cut = watch(text, 3, NULL);
	ASSERT(whole.lines == cut.lines && whole.sum == cut.sum);
	read_again(&store, false);
	read_again(&store, true);
	kube_store_fini(&store);
	return 0;
}
