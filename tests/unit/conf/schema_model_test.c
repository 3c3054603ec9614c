#include "router/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A model with these keys; the caller's to end, or NULL with its faults. */
static struct conf *model_with(const char *keys, struct conf_faults *faults)
{
	struct buf text = {0};
	struct conf *c;

	buf_printf(&text,
		   "policy: {name: prefix, load_weight: 3}\n"
		   "models:\n"
		   "  - name: m\n"
		   "    workers: [\"http://127.0.0.1:1\"]\n%s",
		   keys);
	c = conf_parse(buf_slice(&text), "test.yaml", faults);
	buf_fini(&text);
	return c;
}

static const struct policy *named(const char *name)
{
	return policy_find(slice_of(name));
}

static void a_shadow_is_a_policy_with_options_of_its_own(void **unused)
{
	struct conf_faults faults = {0};
	struct conf *c = model_with(
		"    shadow: {name: kv_aware, load_weight: 2}\n", &faults);

	(void)unused;
	assert_non_null(c);
	assert_ptr_equal(c->model[0].policy, named("prefix"));
	assert_true(c->model[0].policy_options.load_weight == 3);
	assert_ptr_equal(c->model[0].shadow, named("kv_aware"));
	assert_true(c->model[0].shadow_options.load_weight == 2);
	assert_true(c->model[0].shadow_options.bounded_load == 1.25);
	conf_unref(&c);
}

static void its_name_alone_is_enough_and_none_is_usual(void **unused)
{
	struct conf_faults faults = {0};
	struct conf *c = model_with("    shadow: session\n", &faults);

	(void)unused;
	assert_ptr_equal(c->model[0].shadow, named("session"));
	conf_unref(&c);
	c = model_with("", &faults);
	assert_null(c->model[0].shadow);
	conf_unref(&c);
}

static void blocks_are_needed_if_one_of_both_needs_them(void **unused)
{
	static const struct {
		const char *keys;
		bool needs;
	} row[] = {
		{"    policy: random\n", false},
		{"    policy: random\n    shadow: session\n", false},
		{"    policy: random\n    shadow: cost\n", true},
		{"    policy: cost\n    shadow: random\n", true},
		{"    policy: cost\n", true},
	};
	struct conf_faults faults = {0};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct conf *c = model_with(row[i].keys, &faults);

		assert_int_equal(conf_needs_blocks(&c->model[0]), row[i].needs);
		conf_unref(&c);
	}
}

static void what_is_printed_gives_the_same_again(void **unused)
{
	struct conf_faults faults = {0};
	struct conf *c = model_with("    shadow: {name: cost}\n", &faults);
	struct buf out = {0}, none = {0};

	(void)unused;
	conf_print(c, &out);
	conf_unref(&c);
	c = conf_parse(buf_slice(&out), "printed", &faults);
	assert_non_null(c);
	assert_ptr_equal(c->model[0].shadow, named("cost"));
	conf_unref(&c);
	c = model_with("", &faults);
	conf_print(c, &none);
	conf_unref(&c);
	c = conf_parse(buf_slice(&none), "printed", &faults);
	assert_non_null(c);
	assert_null(c->model[0].shadow);
	conf_unref(&c);
	buf_fini(&out);
	buf_fini(&none);
}

static void what_is_no_policy_is_refused(void **unused)
{
	static const char *const bad[] = {
		"    shadow: nothing\n",
		"    shadow: {name: kv_awar}\n",
		"    shadow: {name: cost, load_weight: -1}\n",
		"    shadow: {name: cost, weight: 1}\n",
		"    shadow: [cost]\n",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct conf_faults faults = {0};

		assert_null(model_with(bad[i], &faults));
		assert_true(faults.n > 0);
		buf_putc(&faults.text, '\0');
		assert_non_null(strstr(faults.text.p, "test.yaml:5: "));
		buf_fini(&faults.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shadow_is_a_policy_with_options_of_its_own),
		cmocka_unit_test(its_name_alone_is_enough_and_none_is_usual),
		cmocka_unit_test(blocks_are_needed_if_one_of_both_needs_them),
		cmocka_unit_test(what_is_printed_gives_the_same_again),
		cmocka_unit_test(what_is_no_policy_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
