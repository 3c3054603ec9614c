#include "router/discover/kube_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/discover/kube_escape.h"

#define PAGE_OBJECTS   250
#define MAX_PAGES      64
#define MAX_PAGE_BYTES ((size_t)64 << 20)
#define MAX_SAID_BYTES 4096  /* of an error's body */
#define ANSWER_MS      10000 /* its head; a silence within */
#define PAGE_MS        60000
#define LEAST_MS       200
#define MOST_MS        30000
/* A watch that ends sooner has not gone well. */
#define SHORT_MS 1000

static void ask_again(struct kube_watch *w, uint64_t in_ms)
{
	timer_set(&w->again, in_ms);
}

/* --- failures ------------------------------------------------------------- */

/* Twice as long each time, and half of that by chance, so that gateways that
 * failed together do not come back together. */
static uint64_t pause_ms(struct kube_watch *w)
{
	size_t doublings = w->failures < 8 ? w->failures : 8;
	uint64_t ms = (uint64_t)LEAST_MS << doublings;

	if (ms > MOST_MS)
		ms = MOST_MS;
	w->failures++;
	return ms / 2 + rng_below(&w->rng, ms / 2 + 1);
}

static void forget(struct kube_watch *w)
{
	mem_free(w->version);
	mem_free(w->page);
	w->version = w->page = NULL;
	w->n_pages = 0;
}

/* Whatever it was, a listing puts it right. */
static void fail(struct kube_watch *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct kube_watch *w, const char *fmt, ...)
{
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	oneshot_cancel(&w->get);
	forget(w);
	ask_again(w, pause_ms(w));
	w->events->failed(w->arg, why);
}

/* The server has forgotten what we saw last: no failure, unless that goes
 * on. */
static void list_again(struct kube_watch *w)
{
	oneshot_cancel(&w->get);
	forget(w);
	ask_again(w, pause_ms(w));
}

/* --- JSON ---------------------------------------------------------------- */

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static char *copy_at(const json_t *metadata, const char *key)
{
	const char *text = text_at(metadata, key);

	return text != NULL && *text != '\0' ? mem_strdup(text) : NULL;
}

static json_t *parse(struct slice text)
{
	return json_loadb(text.p, text.n, 0, NULL);
}

static void take_version(struct kube_watch *w, const json_t *object)
{
	char *version = copy_at(json_object_get(object, "metadata"),
				"resourceVersion");

	if (version == NULL)
		return;
	mem_free(w->version);
	w->version = version;
}

/* --- a watch's events ---------------------------------------------------- */

static void take_error(struct kube_watch *w, const json_t *status)
{
	json_int_t code = json_integer_value(json_object_get(status, "code"));
	const char *message = text_at(status, "message");

	if (code == 410)
		list_again(w);
	else
		fail(w,
		     "the watch ended with an error: %" JSON_INTEGER_FORMAT
		     ": %.200s",
		     code, message != NULL ? message : "no message");
}

/* False: the watch is over. */
static bool take_event(struct kube_watch *w, const json_t *event)
{
	const char *type = text_at(event, "type");
	const json_t *object = json_object_get(event, "object");

	if (type == NULL || !json_is_object(object)) {
		fail(w, "a line of the watch is no event");
		return false;
	}
	if (strcmp(type, "ERROR") == 0) {
		take_error(w, object);
		return false;
	}
	if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0)
		w->events->put(w->arg, object);
	else if (strcmp(type, "DELETED") == 0)
		w->events->drop(w->arg, object);
	take_version(w, object);
	w->failures = 0;
	w->events->synced(w->arg, strcmp(type, "BOOKMARK") != 0);
	/* It may have been stopped, or started anew. */
	return w->is_watching && w->again.due_ms == 0;
}

static bool take_line(void *arg, struct slice line)
{
	struct kube_watch *w = arg;
	json_t *event = parse(line);
	bool goes_on = event != NULL;

	if (event == NULL)
		fail(w, "a line of the watch is not JSON");
	else
		goes_on = take_event(w, event);
	json_decref(event);
	return goes_on;
}

/* --- a listing's pages --------------------------------------------------- */

static void take_items(struct kube_watch *w, const json_t *list)
{
	size_t i;
	json_t *object;

	json_array_foreach(json_object_get(list, "items"), i, object)
		w->events->put(w->arg, object);
}

static void take_page(struct kube_watch *w, const json_t *list)
{
	const json_t *metadata = json_object_get(list, "metadata");
	const char *version = text_at(metadata, "resourceVersion");

	if (!json_is_array(json_object_get(list, "items")) || version == NULL ||
	    *version == '\0') {
		fail(w, "its answer is no list");
		return;
	}
	if (w->page == NULL)
		w->events->begin(w->arg);
	take_items(w, list);
	mem_free(w->page);
	w->page = copy_at(metadata, "continue");
	if (w->page != NULL && ++w->n_pages == MAX_PAGES) {
		fail(w, "its list has more than %d pages", MAX_PAGES);
		return;
	}
	if (w->page == NULL) {
		take_version(w, list);
		w->failures = 0;
		w->n_pages = 0;
		w->events->synced(w->arg, true);
	}
	if (w->again.due_ms == 0)
		ask_again(w, 0);
}

/* --- answers ------------------------------------------------------------- */

static void on_body(void *arg, unsigned status, struct slice bytes)
{
	struct kube_watch *w = arg;
	size_t most = status == 200 ? MAX_PAGE_BYTES : MAX_SAID_BYTES;

	if (status == 200 && w->is_watching) {
		if (kube_line_feed(&w->line, bytes, take_line, w) != OK)
			fail(w, "a line of the watch is over %zu bytes",
			     KUBE_MAX_LINE);
		return;
	}
	if (buf_len(&w->body) + bytes.n <= most)
		buf_append(&w->body, bytes);
	else if (status == 200)
		fail(w, "its list is over %zu bytes", MAX_PAGE_BYTES);
}

/* What a Status object says, in its own words. */
static void refused(struct kube_watch *w, unsigned status)
{
	json_t *said = parse(buf_slice(&w->body));
	const char *message = text_at(said, "message");

	if (status == 410)
		list_again(w);
	else
		fail(w, "status %u%s%.300s", status,
		     message != NULL ? ": " : "",
		     message != NULL ? message : "");
	json_decref(said);
}

/* In its time, or cut: it goes on where it was, and of a line that was cut
 * the event comes again. */
static void watch_ended(struct kube_watch *w)
{
	bool was_short = clock_ms() - w->began_ms < SHORT_MS;

	ask_again(w, was_short ? pause_ms(w) : 0);
}

static void on_done(void *arg, unsigned status, const char *failure)
{
	struct kube_watch *w = arg;
	json_t *list;

	if (status != 0 && status != 200 && failure == NULL) {
		refused(w, status);
		return;
	}
	if (w->is_watching && status == 200 &&
	    (failure == NULL || w->get.was_cut)) {
		watch_ended(w);
		return;
	}
	if (failure != NULL) {
		fail(w, "%s", failure);
		return;
	}
	list = parse(buf_slice(&w->body));
	if (list == NULL)
		fail(w, "its answer is not JSON");
	else
		take_page(w, list);
	json_decref(list);
}

static const struct oneshot_events get_events = {
	.body = on_body,
	.done = on_done,
};

/* --- questions ----------------------------------------------------------- */

static void write_target(const struct kube_watch *w, struct buf *out)
{
	uint64_t seconds = w->conf->watch_timeout_ms / 1000;

	buf_printf(out, "%s?%s%s", w->path, w->selection,
		   w->selection[0] != '\0' ? "&" : "");
	if (w->is_watching) {
		buf_printf(out,
			   "watch=true&allowWatchBookmarks=true&"
			   "timeoutSeconds=%" PRIu64 "&resourceVersion=",
			   seconds > 0 ? seconds : 1);
		kube_escape(slice_of(w->version), out);
		return;
	}
	buf_printf(out, "limit=%d", PAGE_OBJECTS);
	if (w->page == NULL)
		return;
	buf_puts(out, "&continue=");
	kube_escape(slice_of(w->page), out);
}

static struct oneshot_times times(const struct kube_watch *w)
{
	struct oneshot_times t = {ANSWER_MS, ANSWER_MS, PAGE_MS};
	uint64_t ms = w->conf->watch_timeout_ms;

	/* Longer than the server would keep a watch of its own. */
	if (w->is_watching) {
		t.between_ms = ms + ms / 4 + 1000;
		t.whole_ms = 2 * t.between_ms;
	}
	return t;
}

static void ask(void *arg)
{
	struct kube_watch *w = arg;
	struct buf target = {0};
	struct error err = {0};
	struct oneshot_times t;

	w->is_watching = w->version != NULL;
	w->began_ms = clock_ms();
	buf_reset(&w->body, 0);
	kube_line_reset(&w->line);
	if (kube_access_read(&w->access, w->conf, &err) != OK) {
		fail(w, "%s", err.text);
		return;
	}
	write_target(w, &target);
	t = times(w);
	kube_get_start(&w->get, &w->access.server, buf_slice(&target), &t);
	buf_fini(&target);
}

/* --- its life ------------------------------------------------------------ */

void kube_watch_init(struct kube_watch *w, struct loop *l,
		     const struct conf_kubernetes *c,
		     const struct kube_watch_events *events, void *arg)
{
	uint64_t seed;

	memset(w, 0, sizeof(*w));
	w->loop = l;
	w->conf = c;
	w->events = events;
	w->arg = arg;
	rng_system(&seed, sizeof(seed));
	rng_seed(&w->rng, seed);
	oneshot_init(&w->get, l, &get_events, w);
	timer_init(&w->again, l, ask, w);
}

void kube_watch_stop(struct kube_watch *w)
{
	oneshot_cancel(&w->get);
	timer_clear(&w->again);
	forget(w);
	w->is_watching = false;
	w->failures = 0;
}

void kube_watch_fini(struct kube_watch *w)
{
	kube_watch_stop(w);
	oneshot_fini(&w->get);
	timer_fini(&w->again);
	kube_access_clear(&w->access);
	kube_line_reset(&w->line);
	buf_fini(&w->body);
	mem_free(w->path);
	mem_free(w->selection);
}

static char *selection_of(const char *label, const char *field)
{
	struct buf text = {0};
	char *copy;

	if (label != NULL) {
		buf_puts(&text, "labelSelector=");
		kube_escape(slice_of(label), &text);
	}
	if (field != NULL) {
		buf_puts(&text,
			 label != NULL ? "&fieldSelector=" : "fieldSelector=");
		kube_escape(slice_of(field), &text);
	}
	buf_putc(&text, '\0');
	copy = mem_strdup(buf_slice(&text).p);
	buf_fini(&text);
	return copy;
}

void kube_watch_start(struct kube_watch *w, const char *path, const char *label,
		      const char *field)
{
	kube_watch_stop(w);
	mem_free(w->path);
	mem_free(w->selection);
	w->path = mem_strdup(path);
	w->selection = selection_of(label, field);
	ask_again(w, 0);
}
