#include "router/discover/kube_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

static struct kube_items one(const char *pod, const char *text, bool v6)
{
	struct kube_items items = {.item = mem_zalloc(sizeof(*items.item)),
				   .n = 1};

	items.item[0] = (struct kube_item){
		.pod = mem_strdup(pod), .text = mem_strdup(text), .v6 = v6};
	return items;
}

static void put(struct kube_store *s, const char *name, const char *pod,
		const char *text, bool v6)
{
	struct kube_items items = one(pod, text, v6);

	assert_int_equal(kube_store_put(s, name, &items), OK);
}

static void prints(const struct kube_store *s, bool v6, const char *wanted)
{
	struct buf out = {0};

	kube_store_print(s, v6, &out);
	buf_putc(&out, '\0');
	assert_string_equal(buf_slice(&out).p, wanted);
	buf_fini(&out);
}

static void workers_stand_in_the_order_of_their_names(void **unused)
{
	struct kube_store s;

	(void)unused;
	kube_store_init(&s);
	prints(&s, false, "[]\n");
	put(&s, "x", "b", "B", false);
	put(&s, "y", "a", "A", false);
	prints(&s, false, "[\nA,\nB]\n");
	put(&s, "x", "c", "C", false);
	prints(&s, false, "[\nA,\nC]\n");
	kube_store_drop(&s, "y");
	kube_store_drop(&s, "no such");
	prints(&s, false, "[\nC]\n");
	kube_store_fini(&s);
}

static void a_listing_takes_effect_when_it_is_whole(void **unused)
{
	struct kube_store s;

	(void)unused;
	kube_store_init(&s);
	put(&s, "x", "a", "A", false);
	kube_store_begin(&s);
	put(&s, "y", "b", "B", false);
	prints(&s, false, "[\nA]\n");
	kube_store_end(&s);
	prints(&s, false, "[\nB]\n");
	kube_store_fini(&s);
}

static void a_listing_that_breaks_off_leaves_nothing(void **unused)
{
	struct kube_store s;

	(void)unused;
	kube_store_init(&s);
	kube_store_begin(&s);
	put(&s, "x", "a", "A", false);
	kube_store_begin(&s);
	put(&s, "y", "b", "B", false);
	kube_store_end(&s);
	prints(&s, false, "[\nB]\n");
	kube_store_fini(&s);
}

static void a_pod_of_two_families_is_one_worker(void **unused)
{
	struct kube_store s;

	(void)unused;
	kube_store_init(&s);
	put(&s, "x", "a", "A6", true);
	put(&s, "y", "a", "A4", false);
	put(&s, "z", "b", "B6", true);
	prints(&s, false, "[\nA4,\nB6]\n");
	prints(&s, true, "[\nA6,\nB6]\n");
	kube_store_fini(&s);
}

static void a_worker_in_several_slices_is_one(void **unused)
{
	struct kube_store s;

	(void)unused;
	kube_store_init(&s);
	put(&s, "x", "a", "A", false);
	put(&s, "y", "a", "A", false);
	prints(&s, false, "[\nA]\n");
	kube_store_drop(&s, "x");
	prints(&s, false, "[\nA]\n");
	kube_store_fini(&s);
}

static void objects_are_bounded(void **unused)
{
	struct kube_store s;
	struct kube_items more = one("a", "A", false);
	char name[16];

	(void)unused;
	kube_store_init(&s);
	for (int i = 0; i < KUBE_MAX_OBJECTS; i++) {
		struct kube_items none = {0};

		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(kube_store_put(&s, name, &none), OK);
	}
	assert_int_equal(kube_store_put(&s, "more", &more), ERR_LIMIT);
	assert_null(more.item);
	put(&s, "7", "a", "A", false);
	prints(&s, false, "[\nA]\n");
	kube_store_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_stand_in_the_order_of_their_names),
		cmocka_unit_test(a_listing_takes_effect_when_it_is_whole),
		cmocka_unit_test(a_listing_that_breaks_off_leaves_nothing),
		cmocka_unit_test(a_pod_of_two_families_is_one_worker),
		cmocka_unit_test(a_worker_in_several_slices_is_one),
		cmocka_unit_test(objects_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
