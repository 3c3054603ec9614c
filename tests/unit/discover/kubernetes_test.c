#include "router/discover/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/conf/conf.h"
#include "router/discover/kube_store.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define HEAD                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define VERSION(n)          "\"resourceVersion\":\"" n "\"}"
#define PAGE                "{\"metadata\":{" VERSION("7") ",\"items\":["
#define LIST(items)         HEAD PAGE items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define META(name)          "\"metadata\":{\"name\":\"" name "\"," VERSION("8")
#define ENDPOINT(pod, ip)                                                      \
	"{\"addresses\":[\"" ip "\"],\"targetRef\":{\"name\":\"" pod "\"}}"
#define ENDPOINTS(name, port, endpoints)                                       \
	"{" META(name) ",\"ports\":[{\"port\":" port                           \
		       "}],\"endpoints\":[" endpoints "]}"
#define POD(name, ip)                                                          \
	"{" META(name) ",\"spec\":{\"containers\":[{\"ports\":[{"              \
		       "\"containerPort\":8000}]}]},\"status\":{\"podIP\":"    \
		       "\"" ip                                                 \
		       "\",\"conditions\":[{\"type\":\"Ready\",\"status\":"    \
		       "\"True\"}]}}"
#define POOL(name, app, ports)                                                 \
	"{" META(name) ",\"spec\":{\"selector\":{\"matchLabels\":{\"app\":"    \
		       "\"" app "\"}},\"targetPorts\":[" ports "]}}"

#define SLICES "/apis/discovery.k8s.io/v1/namespaces/llm/endpointslices?"
#define PODS   "/api/v1/namespaces/llm/pods?"
#define POOLS                                                                  \
	"/apis/inference.networking.k8s.io/v1/namespaces/llm/inferencepools?"

#define MAX_OPEN 8

/* A finder, and the connections on which it has asked. */
struct bed {
	struct stage stage;
	int listener;
	struct asked {
		int fd; /* -1: free */
		char head[1024];
		size_t n;
	} asked[MAX_OPEN];
	struct conf *conf;
	struct finder *finder;
	size_t sets, confirmed, failures;
	char urls[1024], why[256];
};

static struct bed b;

static void on_found(void *arg, const struct finder *f,
		     struct conf_workers *set)
{
	size_t at = 0;

	(void)arg;
	(void)f;
	b.confirmed += set == NULL;
	b.sets += set != NULL;
	for (size_t i = 0; set != NULL && i < set->n; i++)
		at += (size_t)snprintf(b.urls + at, sizeof(b.urls) - at,
				       "%s%s=%s", i > 0 ? " " : "",
				       set->worker[i].name, set->worker[i].url);
	conf_workers_unref(&set);
}

static void on_failed(void *arg, const struct finder *f, const char *why)
{
	(void)arg;
	(void)f;
	b.failures++;
	snprintf(b.why, sizeof(b.why), "%s", why);
}

static const struct finder_events events = {on_found, on_failed};

/* `keys` of kubernetes besides. */
static void begin(const char *keys)
{
	struct conf_faults faults = {0};
	char text[512], address[ADDR_TEXT_BYTES];
	struct addr at;

	memset(&b, 0, sizeof(b));
	stage_open(&b.stage);
	b.listener = tcp_listen(&at);
	for (size_t i = 0; i < MAX_OPEN; i++)
		b.asked[i].fd = -1;
	snprintf(text, sizeof(text),
		 "models: [{name: m, discover: {settle: 0ms, interval: 100ms, "
		 "kubernetes: {api: \"http://%s\", %s}}}]\n",
		 addr_text(&at, address), keys);
	b.conf = conf_parse_numeric(slice_of(text), "c", &faults);
	assert_string_equal(faults.n > 0 ? buf_slice(&faults.text).p : "", "");
	b.finder = finder_create(&b.stage.loop, b.conf, &b.conf->model[0],
				 &events, NULL);
}

static int end(void **state)
{
	(void)state;
	finder_destroy(&b.finder);
	conf_unref(&b.conf);
	for (size_t i = 0; i < MAX_OPEN; i++)
		if (b.asked[i].fd >= 0)
			close(b.asked[i].fd);
	close(b.listener);
	stage_close(&b.stage);
	return 0;
}

/* --- the API server's end ------------------------------------------------- */

static void hear(struct asked *a)
{
	bool ended;

	if (a->fd < 0)
		a->fd = accept4(b.listener, NULL, NULL, SOCK_CLOEXEC);
	if (a->fd >= 0 && a->n < sizeof(a->head) - 1)
		a->n += (size_t)tcp_hear(a->fd, a->head + a->n,
					 sizeof(a->head) - 1 - a->n, &ended);
}

static struct asked *find(const char *target)
{
	for (size_t i = 0; i < MAX_OPEN; i++) {
		struct asked *a = &b.asked[i];

		hear(a);
		a->head[a->n] = '\0';
		if (strstr(a->head, "\r\n\r\n") != NULL &&
		    strncmp(a->head + 4, target, strlen(target)) == 0)
			return a;
	}
	return NULL;
}

/* Says this much to whoever has asked for a target that begins so; the
 * connection is the caller's. */
static int answer(const char *target, const char *text)
{
	struct asked *a;
	int fd;

	while ((a = find(target)) == NULL) {
		assert_false(b.stage.late);
		loop_turn(&b.stage.loop, false);
	}
	fd = a->fd;
	*a = (struct asked){.fd = -1};
	tcp_say(fd, text);
	return fd;
}

static void answer_whole(const char *target, const char *text)
{
	close(answer(target, text));
}

static void expect(const char *urls)
{
	size_t sets = b.sets;

	STAGE_UNTIL(&b.stage, b.sets > sets);
	assert_string_equal(b.urls, urls);
}

static void expect_failure(const char *why)
{
	size_t failures = b.failures;

	STAGE_UNTIL(&b.stage, b.failures > failures);
	if (strstr(b.why, why) == NULL)
		fail_msg("%s: not %s", b.why, why);
}

/* --- what must be found --------------------------------------------------- */

static void endpoints_of_a_service_come_and_go(void **state)
{
	int fd;

	(void)state;
	begin("service: vllm, namespace: llm");
	answer_whole(
		SLICES "labelSelector=kubernetes.io%2Fservice-name%3Dvllm"
		       "&limit=",
		LIST(ENDPOINTS("s-1", "8000", ENDPOINT("vllm-0", "10.0.0.1"))));
	expect("vllm-0=http://10.0.0.1:8000");
	fd = answer(
		SLICES,
		HEAD EVENT("ADDED", ENDPOINTS("s-2", "8001",
					      ENDPOINT("vllm-1", "10.0.0.2"))));
	expect("vllm-0=http://10.0.0.1:8000 vllm-1=http://10.0.0.2:8001");
	tcp_say(fd, EVENT("MODIFIED", ENDPOINTS("s-1", "8000", "")));
	expect("vllm-1=http://10.0.0.2:8001");
	tcp_say(fd, EVENT("BOOKMARK", "{" META("") "}"));
	STAGE_UNTIL(&b.stage, b.confirmed > 0);
	tcp_say(fd, EVENT("DELETED", "{" META("s-2") "}"));
	expect_failure("it names no worker");
	close(fd);
	assert_int_equal(b.failures, 1);
}

static void pods_with_some_labels_are_workers(void **state)
{
	(void)state;
	begin("selector: \"app=vllm,tier=a\", namespace: llm, port: '9000'");
	answer_whole(PODS "labelSelector=app%3Dvllm%2Ctier%3Da&limit=",
		     LIST(POD("b", "10.0.0.2") "," POD("a", "10.0.0.1")));
	expect("a=http://10.0.0.1:9000 b=http://10.0.0.2:9000");
}

static void a_pool_says_which_pods_and_ports(void **state)
{
	(void)state;
	begin("pool: llama, namespace: llm");
	answer_whole(POOLS "fieldSelector=metadata.name%3Dllama&limit=",
		     LIST(POOL("llama", "x",
			       "{\"number\":8000},{\"number\":8001}")));
	answer_whole(PODS "labelSelector=app%3Dx&limit=",
		     LIST(POD("a", "10.0.0.1")));
	expect("a:8000=http://10.0.0.1:8000 a:8001=http://10.0.0.1:8001");
}

static void another_selector_of_a_pool_takes_the_old_pods_place(void **state)
{
	int pool;

	(void)state;
	begin("pool: llama, namespace: llm");
	answer_whole(POOLS, LIST(POOL("llama", "x", "{\"number\":8000}")));
	answer_whole(PODS "labelSelector=app%3Dx", LIST(POD("a", "10.0.0.1")));
	expect("a=http://10.0.0.1:8000");
	pool = answer(POOLS, HEAD EVENT("MODIFIED", POOL("llama", "y",
							 "{\"number\":8000}")));
	answer_whole(PODS "labelSelector=app%3Dy", LIST(POD("b", "10.0.0.2")));
	expect("b=http://10.0.0.2:8000");
	/* What is said again changes nothing, and asks for nothing. */
	tcp_say(pool,
		EVENT("MODIFIED", POOL("llama", "y", "{\"number\":8000}")));
	close(answer(PODS "labelSelector=app%3Dy&watch=true", HEAD));
	close(pool);
	assert_int_equal(b.sets, 2);
	assert_int_equal(b.failures, 0);
}

/* --- what must change nothing --------------------------------------------- */

static void a_pool_that_is_not_there_is_told(void **state)
{
	(void)state;
	begin("pool: llama, namespace: llm");
	answer_whole(POOLS, LIST(""));
	expect_failure("there is no InferencePool llama");
}

static void another_pool_is_not_heeded(void **state)
{
	(void)state;
	begin("pool: llama, namespace: llm");
	answer_whole(POOLS, LIST(POOL("other", "x", "{\"number\":8000}")));
	expect_failure("there is no InferencePool llama");
}

static void a_pool_that_goes_leaves_its_pods(void **state)
{
	int pool;

	(void)state;
	begin("pool: llama, namespace: llm");
	answer_whole(POOLS, LIST(POOL("llama", "x", "{\"number\":8000}")));
	answer_whole(PODS, LIST(POD("a", "10.0.0.1")));
	expect("a=http://10.0.0.1:8000");
	pool = answer(POOLS, HEAD EVENT("DELETED", "{" META("llama") "}"));
	expect_failure("there is no InferencePool llama");
	close(pool);
	close(answer(PODS "labelSelector=app%3Dx&watch=true",
		     HEAD EVENT("ADDED", POD("b", "10.0.0.2"))));
	expect("a=http://10.0.0.1:8000 b=http://10.0.0.2:8000");
}

static void a_pool_without_selector_or_ports_is_told(void **state)
{
	static const char *const pools[] = {
		LIST("{" META("llama") "}"),
		LIST("{" META("llama") ",\"spec\":[]}"),
		LIST(POOL("llama", "x", "")),
		LIST(POOL("llama", "x", "{\"number\":0}")),
		LIST(POOL("llama", "x", "{\"number\":65536}")),
		LIST("{" META("llama") ",\"spec\":{\"selector\":{\"matchLabels"
				       "\":{\"a\":1}},\"targetPorts\":[{"
				       "\"number\":1}]}}"),
	};

	for (size_t i = 0; i < ARRAY_LEN(pools); i++) {
		begin("pool: llama, namespace: llm");
		answer_whole(POOLS, pools[i]);
		expect_failure("has no selector or no targetPorts");
		assert_int_equal(b.sets, 0);
		if (i + 1 < ARRAY_LEN(pools))
			end(state);
	}
}

static void what_is_no_worker_is_left_out(void **state)
{
	static const char *const items[] = {
		"1,null,[],{},\"s\",{\"metadata\":[]}",
		"{\"metadata\":{\"name\":7}},{" META("none") "}",
		"{" META("odd") ",\"ports\":7,\"endpoints\":{}}",
		ENDPOINTS("far", "65536", ENDPOINT("a", "10.0.0.1")),
		ENDPOINTS("none", "-1", ENDPOINT("a", "10.0.0.1")),
		ENDPOINTS("b", "8000", ENDPOINT("a", "10.0.0.256")),
		ENDPOINTS("c", "8000", ENDPOINT("b", "host.example")),
		ENDPOINTS("d", "8000", ENDPOINT("c", "10.0.0.3/evil")),
		ENDPOINTS("e", "8000", "{\"addresses\":[]},7"),
		ENDPOINTS("f", "8000", "{\"addresses\":[[]]}"),
	};
	struct buf text = {0};

	(void)state;
	begin("service: vllm, namespace: llm");
	buf_puts(&text, HEAD PAGE);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		buf_printf(&text, "%s,", items[i]);
	buf_puts(&text, ENDPOINTS("g", "1", ENDPOINT("../\\\"", "10.0.0.9")));
	buf_puts(&text, "]}");
	buf_putc(&text, '\0');
	answer_whole(SLICES, buf_slice(&text).p);
	buf_fini(&text);
	expect("10.0.0.9:1=http://10.0.0.9:1");
	assert_int_equal(b.failures, 0);
}

static void an_error_is_told_and_keeps_what_was_found(void **state)
{
	(void)state;
	begin("service: vllm, namespace: llm");
	answer_whole(SLICES,
		     "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"
		     "{\"message\":\"no list for you\"}");
	expect_failure("status 403: no list for you");
	answer_whole(SLICES,
		     LIST(ENDPOINTS("s", "8000", ENDPOINT("a", "10.0.0.1"))));
	expect("a=http://10.0.0.1:8000");
	answer_whole(SLICES, HEAD "{\"type\":\"ADDED\",\"object\":[[[[[[\n");
	expect_failure("not JSON");
	answer_whole(SLICES, LIST("{"));
	expect_failure("not JSON");
	assert_int_equal(b.sets, 1);
	assert_string_equal(b.urls, "a=http://10.0.0.1:8000");
}

/* Some of them would be workers, and some of those would be missing. */
static void more_objects_than_are_kept_change_nothing(void **state)
{
	struct buf text = {0};

	(void)state;
	begin("service: vllm, namespace: llm");
	buf_puts(&text, HEAD PAGE);
	buf_puts(&text, ENDPOINTS("s", "8000", ENDPOINT("a", "10.0.0.1")));
	for (size_t i = 0; i <= KUBE_MAX_OBJECTS; i++)
		buf_printf(&text, ",{\"metadata\":{\"name\":\"s%zu\"}}", i);
	buf_puts(&text, "]}");
	buf_putc(&text, '\0');
	answer_whole(SLICES, buf_slice(&text).p);
	buf_fini(&text);
	expect_failure("more than 4096 objects are matched");
	assert_int_equal(b.failures, 1);
	assert_int_equal(b.sets, 0);
	close(answer(SLICES, HEAD EVENT("DELETED", "{" META("s1") "}")));
	expect_failure("more than 4096 objects are matched");
	assert_int_equal(b.sets, 0);
}

static void names_of_a_configuration_are_escaped(void **state)
{
	(void)state;
	begin("selector: \"a=b&watch=true\", namespace: \"x/../y?z\"");
	answer_whole("/api/v1/namespaces/x%2F..%2Fy%3Fz/pods?labelSelector="
		     "a%3Db%26watch%3Dtrue&limit=",
		     LIST(POD("a", "10.0.0.1")));
	expect("a=http://10.0.0.1:8000");
}

/* These tests run in no pod. */
static void a_namespace_that_is_not_known_is_told_again_and_again(void **state)
{
	(void)state;
	begin("service: vllm");
	expect_failure("kubernetes.namespace: ");
	expect_failure("kubernetes.namespace: ");
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(endpoints_of_a_service_come_and_go),
		TEST(pods_with_some_labels_are_workers),
		TEST(a_pool_says_which_pods_and_ports),
		TEST(another_selector_of_a_pool_takes_the_old_pods_place),
		TEST(a_pool_that_is_not_there_is_told),
		TEST(another_pool_is_not_heeded),
		TEST(a_pool_that_goes_leaves_its_pods),
		TEST(a_pool_without_selector_or_ports_is_told),
		TEST(what_is_no_worker_is_left_out),
		TEST(an_error_is_told_and_keeps_what_was_found),
		TEST(more_objects_than_are_kept_change_nothing),
		TEST(names_of_a_configuration_are_escaped),
		TEST(a_namespace_that_is_not_known_is_told_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
