#include "router/discover/kube_object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

static json_t *load(const char *text)
{
	json_t *j = json_loads(text, 0, NULL);

	assert_non_null(j);
	return j;
}

/* The texts of what is read, joined by blanks. */
static void reads(void (*read)(const json_t *object,
			       const struct kube_ports *ports,
			       struct kube_items *out),
		  const char *json, struct kube_ports ports, const char *wanted)
{
	json_t *object = load(json);
	struct kube_items items = {0};
	struct buf all = {0};

	read(object, &ports, &items);
	for (size_t i = 0; i < items.n; i++)
		buf_printf(&all, "%s%s", i > 0 ? " " : "", items.item[i].text);
	buf_putc(&all, '\0');
	assert_string_equal(buf_slice(&all).p, wanted);
	buf_fini(&all);
	kube_items_clear(&items);
	json_decref(object);
}

#define SLICE_WITH(endpoints)                                                  \
	"{\"metadata\":{\"name\":\"s\"},\"ports\":[{\"name\":\"metrics\","     \
	"\"port\":9},{\"name\":\"http\",\"port\":8000}],\"endpoints\":"        \
	"[" endpoints "]}"
#define POD_WITH(status)                                                       \
	"{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{},{"        \
	"\"ports\":"                                                           \
	"[{\"name\":\"http\",\"containerPort\":8000}]}]},\"status\":{" status  \
	"}}"
#define IS_READY "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]"

static void an_endpoint_is_a_worker_by_its_pods_name(void **unused)
{
	(void)unused;
	reads(kube_read_slice,
	      SLICE_WITH("{\"addresses\":[\"10.0.0.1\"],\"conditions\":{"
			 "\"ready\":true},\"targetRef\":{\"name\":\"vllm-0\"}},"
			 "{\"addresses\":[\"10.0.0.2\"],\"hostname\":\"two\"},"
			 "{\"addresses\":[\"10.0.0.3\"]}"),
	      kube_ports_of("http"),
	      "{\"url\":\"http://10.0.0.1:8000\",\"name\":\"vllm-0\"} "
	      "{\"url\":\"http://10.0.0.2:8000\",\"name\":\"two\"} "
	      "{\"url\":\"http://10.0.0.3:8000\",\"name\":\"10.0.0.3:8000\"}");
}

static void an_endpoint_stands_in_its_own_zone(void **unused)
{
	(void)unused;
	reads(kube_read_slice,
	      SLICE_WITH("{\"addresses\":[\"10.0.0.1\"],\"zone\":\"a\"},"
			 "{\"addresses\":[\"10.0.0.2\"],\"zone\":7}"),
	      kube_ports_of("http"),
	      "{\"url\":\"http://10.0.0.1:8000\",\"name\":\"10.0.0.1:8000\","
	      "\"zone\":\"a\"} "
	      "{\"url\":\"http://10.0.0.2:8000\",\"name\":"
	      "\"10.0.0.2:8000\"}");
}

static void the_port_goes_by_name_or_number_or_is_the_first(void **unused)
{
	static const char slice[] = SLICE_WITH(
		"{\"addresses\":[\"fd00:0::1\"]}");

	(void)unused;
	reads(kube_read_slice, slice, kube_ports_of("7"),
	      "{\"url\":\"http://[fd00::1]:7\",\"name\":\"[fd00::1]:7\"}");
	reads(kube_read_slice, slice, kube_ports_of(NULL),
	      "{\"url\":\"http://[fd00::1]:9\",\"name\":\"[fd00::1]:9\"}");
	reads(kube_read_slice, slice, kube_ports_of("other"), "");
	reads(kube_read_slice, slice, kube_ports_of("70000"), "");
}

static void an_endpoint_that_is_not_ready_or_ends_is_none(void **unused)
{
	(void)unused;
	reads(kube_read_slice,
	      SLICE_WITH("{\"addresses\":[\"10.0.0.1\"],\"conditions\":{"
			 "\"ready\":false}},{\"addresses\":[\"10.0.0.2\"],"
			 "\"conditions\":{\"ready\":true,\"terminating\":true}}"
			 ",{\"addresses\":[\"10.0.0.3\"],\"conditions\":{"
			 "\"ready\":false,\"serving\":true,"
			 "\"terminating\":true}}"),
	      kube_ports_of("1"), "");
}

static void what_is_no_address_is_no_worker(void **unused)
{
	(void)unused;
	reads(kube_read_slice,
	      SLICE_WITH("{\"addresses\":[]},{\"addresses\":[7]},"
			 "{\"addresses\":[\"db.example\"]},{},7,"
			 "{\"addresses\":[\"10.0.0.1\\\",\"]},"
			 "{\"addresses\":\"10.0.0.1\"}"),
	      kube_ports_of("1"), "");
	reads(kube_read_slice, "{\"endpoints\":{}}", kube_ports_of("1"), "");
	reads(kube_read_slice, "[]", kube_ports_of("1"), "");
}

static void a_ready_pod_is_a_worker_by_each_address(void **unused)
{
	(void)unused;
	reads(kube_read_pod, POD_WITH("\"podIP\":\"10.0.0.1\"," IS_READY),
	      kube_ports_of("http"),
	      "{\"url\":\"http://10.0.0.1:8000\",\"name\":\"p\"}");
	reads(kube_read_pod,
	      POD_WITH("\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":"
		       "\"10.0.0.1\"},{\"ip\":\"fd00::1\"},{}]," IS_READY),
	      kube_ports_of(NULL),
	      "{\"url\":\"http://10.0.0.1:8000\",\"name\":\"p\"} "
	      "{\"url\":\"http://[fd00::1]:8000\",\"name\":\"p\"}");
}

static void several_ports_are_several_workers(void **unused)
{
	const struct kube_ports two = {.number = {1, 2}, .n = 2};

	(void)unused;
	reads(kube_read_pod, POD_WITH("\"podIP\":\"10.0.0.1\"," IS_READY), two,
	      "{\"url\":\"http://10.0.0.1:1\",\"name\":\"p:1\"} "
	      "{\"url\":\"http://10.0.0.1:2\",\"name\":\"p:2\"}");
}

static void a_pod_that_is_not_ready_or_ends_is_none(void **unused)
{
	(void)unused;
	reads(kube_read_pod, POD_WITH("\"podIP\":\"10.0.0.1\""),
	      kube_ports_of("1"), "");
	reads(kube_read_pod,
	      POD_WITH("\"podIP\":\"10.0.0.1\",\"conditions\":[{\"type\":"
		       "\"Ready\",\"status\":\"False\"}]"),
	      kube_ports_of("1"), "");
	reads(kube_read_pod,
	      "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":\"now\"},"
	      "\"status\":{\"podIP\":\"10.0.0.1\"," IS_READY "}}",
	      kube_ports_of("1"), "");
	reads(kube_read_pod, POD_WITH(IS_READY), kube_ports_of("1"), "");
	reads(kube_read_pod, POD_WITH("\"podIP\":\"10.0.0.1\"," IS_READY),
	      kube_ports_of("grpc"), "");
}

static void a_name_that_no_worker_may_have_gives_way(void **unused)
{
	struct buf json = {0};

	(void)unused;
	buf_puts(&json, "{\"metadata\":{\"name\":\"");
	for (int i = 0; i < 200; i++)
		buf_putc(&json, 'a');
	buf_puts(&json,
		 "\"},\"status\":{\"podIP\":\"10.0.0.1\"," IS_READY "}}");
	buf_putc(&json, '\0');
	reads(kube_read_pod, buf_slice(&json).p, kube_ports_of("1"),
	      "{\"url\":\"http://10.0.0.1:1\",\"name\":\"10.0.0.1:1\"}");
	buf_fini(&json);
	reads(kube_read_pod,
	      "{\"metadata\":{\"name\":\"a/b\"},\"status\":{\"podIP\":"
	      "\"10.0.0.1\"," IS_READY "}}",
	      kube_ports_of("1"),
	      "{\"url\":\"http://10.0.0.1:1\",\"name\":\"10.0.0.1:1\"}");
}

static void pool(const char *spec, enum status wanted, const char *selector,
		 size_t n)
{
	struct kube_ports ports = {0};
	struct buf text = {0};
	json_t *object = load(spec);

	assert_int_equal(kube_read_pool(object, &text, &ports), wanted);
	assert_int_equal(ports.n, n);
	buf_putc(&text, '\0');
	assert_string_equal(buf_slice(&text).p, selector);
	buf_fini(&text);
	json_decref(object);
}

static void a_pool_has_a_selector_and_ports(void **unused)
{
	(void)unused;
	pool("{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\",\"c\":"
	     "\"d\"}},\"targetPorts\":[{\"number\":1},{\"number\":2}]}}",
	     OK, "a=b,c=d", 2);
}

static void a_pool_without_is_invalid(void **unused)
{
	static const char *const spec[] = {
		"{}",
		"{\"spec\":{\"targetPorts\":[{\"number\":1}]}}",
		"{\"spec\":{\"selector\":{\"matchLabels\":{}},\"targetPorts\":"
		"[{\"number\":1}]}}",
		"{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":7}},"
		"\"targetPorts\":[{\"number\":1}]}}",
		"{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}",
		"{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"
		"\"targetPorts\":[{\"number\":70000}]}}",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(spec); i++)
		pool(spec[i], ERR_INVALID, "", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_endpoint_is_a_worker_by_its_pods_name),
		cmocka_unit_test(an_endpoint_stands_in_its_own_zone),
		cmocka_unit_test(
			the_port_goes_by_name_or_number_or_is_the_first),
		cmocka_unit_test(an_endpoint_that_is_not_ready_or_ends_is_none),
		cmocka_unit_test(what_is_no_address_is_no_worker),
		cmocka_unit_test(a_ready_pod_is_a_worker_by_each_address),
		cmocka_unit_test(several_ports_are_several_workers),
		cmocka_unit_test(a_pod_that_is_not_ready_or_ends_is_none),
		cmocka_unit_test(a_name_that_no_worker_may_have_gives_way),
		cmocka_unit_test(a_pool_has_a_selector_and_ports),
		cmocka_unit_test(a_pool_without_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
