#include "common/base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
	int number;
	struct list link;
};

static struct item *next_of(struct list *head)
{
	return LIST_ENTRY(head->next, struct item, link);
}

static void a_new_list_is_empty(void **unused)
{
	struct list head;

	(void)unused;
	list_init(&head);
	assert_true(list_empty(&head));
	assert_null(list_pop_front(&head));
}

static void back_comes_last_and_front_first(void **unused)
{
	struct item a = {1}, b = {2}, c = {3};
	struct list head;

	(void)unused;
	list_init(&head);
	list_push_back(&head, &a.link);
	list_push_back(&head, &b.link);
	list_push_front(&head, &c.link);
	assert_int_equal(next_of(&head)->number, 3);
	assert_ptr_equal(list_pop_front(&head), &c.link);
	assert_ptr_equal(list_pop_front(&head), &a.link);
	assert_ptr_equal(list_pop_front(&head), &b.link);
	assert_true(list_empty(&head));
}

static void removing_twice_is_once(void **unused)
{
	struct item a = {1}, b = {2};
	struct list head;

	(void)unused;
	list_init(&head);
	list_push_back(&head, &a.link);
	list_push_back(&head, &b.link);
	list_remove(&a.link);
	assert_true(list_empty(&a.link));
	list_remove(&a.link);
	assert_ptr_equal(list_pop_front(&head), &b.link);
	assert_true(list_empty(&b.link));
}

static void a_walk_may_remove_what_it_stands_on(void **unused)
{
	struct item item[6];
	struct list head, *it, *tmp;
	int left = 0;

	(void)unused;
	list_init(&head);
	for (int i = 0; i < 6; i++) {
		item[i].number = i;
		list_push_back(&head, &item[i].link);
	}
	LIST_EACH (it, tmp, &head)
		if (LIST_ENTRY(it, struct item, link)->number % 2 == 0)
			list_remove(it);
	LIST_EACH (it, tmp, &head) {
		assert_int_equal(LIST_ENTRY(it, struct item, link)->number % 2,
				 1);
		left++;
	}
	assert_int_equal(left, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_list_is_empty),
		cmocka_unit_test(back_comes_last_and_front_first),
		cmocka_unit_test(removing_twice_is_once),
		cmocka_unit_test(a_walk_may_remove_what_it_stands_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
