/* Sources that fail: in Python too, with the same sentence; at load, for
 * what we do not have; and within bounds, whatever they try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/render.h"

static const struct render_case refused[] = {
	{"{{ d.pop('a') }}",
	 "access to attribute 'pop' of 'dict' object is unsafe."},
	{"{{ l.append(1) }}",
	 "access to attribute 'append' of 'list' object is unsafe."},
	{"{{ x.y }}", "'x' is undefined"},
	{"{{ x + 'a' }}", "'x' is undefined"},
	{"{{ 'a' + x }}", "'x' is undefined"},
	{"{{ 'a' + 1 }}", "can only concatenate str (not \"int\") to str"},
	{"{{ ('a' | safe) + none }}",
	 "unsupported operand type(s) for +: 'Markup' and 'NoneType'"},
	{"{{ 1 + 'a' }}", "unsupported operand type(s) for +: 'int' and 'str'"},
	{"{{ 1/0 }}", "division by zero"},
	{"{{ 1 < 'a' }}",
	 "'<' not supported between instances of 'int' and 'str'"},
	{"{{ none < 1 }}",
	 "'<' not supported between instances of 'NoneType' and 'int"
	 "'"},
	{"{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1,2) }}",
	 "macro 'f' takes not more than 1 argument(s)"},
	{"{% macro f(a) %}{{ a }}{% endmacro %}{{ f(q=2) }}",
	 "macro 'f' takes no keyword argument 'q'"},
	{"{% set q = {} %}{% set q.a = 1 %}",
	 "cannot assign attribute on non-namespace object"},
	{"{{ m|selectattr('role','equalto','user')|map(attribute='co"
	 "ntent')|list }}{{ m|selectattr('content')|list|length }}{{"
	 " m|rejectattr('k.v','==',2)|map(attribute='role')|join('-'"
	 ") }}{{ m|map(attribute='k.v', default=0)|list }}",
	 "'dict object' has no attribute 'k'"},
	{"{{ '%s %s' % 'a' }}", "not enough arguments for format string"},
	{"{{ '%d' % 'a' }}", "%d format: a real number is required, not str"},
	{"{% set a, b = 1 %}", "cannot unpack non-iterable int object"},
	{"{% set a, b = [1,2,3] %}", "too many values to unpack (expected 2)"},
	{"{% for a, b in [[1]] %}{% endfor %}",
	 "not enough values to unpack (expected 2, got 1)"},
	{"{% for i in none %}{% endfor %}",
	 "'NoneType' object is not iterable"},
	{"{% for i in 5 %}{% endfor %}", "'int' object is not iterable"},
	{"{{ raise_exception('bo' ~ 'om') }}", "boom"},
	{"{{ m[0].k.q.r }}", "'dict object' has no attribute 'q'"},
	{"{{ none.a }}{{ none.a.b }}", "'None' has no attribute 'a'"},
	{"{{ s() }}", "'str' object is not callable"},
	{"{{ s|nope }}", "No filter named 'nope'."},
	{"{{ nope() }}", "'nope' is undefined"},
	{"{{ 1 in s }}",
	 "'in <string>' requires string as left operand, not int"},
	{"{{ 1 in none }}", "argument of type 'NoneType' is not iterable"},
	{"{{ s|tojson|length }}{{ (l, 1)|tojson }}{{ x|tojson }}",
	 "Object of type Undefined is not JSON serializable"},
	{"{{ {'a':x}|tojson }}",
	 "Object of type Undefined is not JSON serializable"},
	{"{{ -s }}", "bad operand type for unary -: 'str'"},
	{"{{ l|map('nope')|list }}", "No filter named 'nope'."},
	{"{{ (d|items)|length }}", "object of type 'generator' has no len()"},
	{"{{ l['a':] }}",
	 "slice indices must be integers or None or have an __index_"
	 "_ method"},
	{"{{ d[1:] }}", "unhashable type: 'slice'"},
	{"{{ l[::0] }}", "slice step cannot be zero"},
	{"{% if not x.y %}{% endif %}", "'x' is undefined"},
	{"{{ (x|default({})).y is defined }}{{ x.y is defined }}",
	 "'x' is undefined"},
	{"{{ range(100001) }}",
	 "Range too big. The sandbox blocks ranges larger than MAX_R"
	 "ANGE (100000)."},
	{"{{ 1 is nope }}", "No test named 'nope'."},
	{"{{ s.__class__.__mro__ }}",
	 "access to attribute '__class__' of 'str' object is unsafe."},
};

static void what_fails_in_python_fails_with_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct error err = {0};
		struct buf out;
		buf_init(&out);
		buf_puts(&out, "kept");
		enum status status = render(refused[i].source, RENDER_CONTEXT,
					    NULL, &out, &err);
		assert_int_equal(status, ERR_INVALID);
		assert_string_equal(err.text, refused[i].want);
		assert_true(slice_equal(buf_slice(&out), SLICE("kept")));
		buf_fini(&out);
	}
}

static void check_load(const char *source, enum status want,
		       const char *sentence)
{
	struct template *t = NULL;
	struct error err = {0};
	assert_int_equal(template_load(slice_of(source), &t, &err), want);
	assert_null(t);
	assert_string_equal(err.text, sentence);
}

static void what_we_do_not_have_is_refused_at_load_with_its_line(void **state)
{
	(void)state;
	check_load("a\n{% include 'x' %}", ERR_UNSUPPORTED,
		   "template:2: statement `include` is not supported");
	check_load("\n\n{{ a | groupby('x') }}", ERR_UNSUPPORTED,
		   "template:3: filter `groupby` is not supported");
}

static void malformed_sources_are_refused(void **state)
{
	static const char *const bad[] = {
		"{{",
		"{{ }}",
		"{% if %}",
		"{% if x %}",
		"{% endif %}",
		"{% for x %}{% endfor %}",
		"{% break %}",
		"{{ 'a }}",
		"{{ a b }}",
		"{{ (1 }}",
		"{{ 1) }}",
		"{% nope %}",
		"{# x",
		"{% raw %} x",
		"{% set 1 = 2 %}",
		"{{ a. }}",
		"{{ a[ }}",
		"{{ f(a=1, 2) }}",
		"{{ $ }}",
		"{{ '\\xZZ' }}",
		"{% macro f(a=1, b) %}"
		"{% endmacro %}",
		"{{ a[] }}",
		"{{ {1 2} }}",
		"{% call 1 %}{% endcall %}",
		"{{ a is }}",
		"{{ a | }}",
		"{% set x %}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct template *t = NULL;
		struct error err = {0};
		assert_int_equal(template_load(slice_of(bad[i]), &t, &err),
				 ERR_INVALID);
		assert_memory_equal(err.text, "template:1: ", 12);
	}
}

static void check_limit(const char *source)
{
	struct template_limits limits = template_default_limits();
	struct error err = {0};
	struct buf out;
	limits.max_bytes = 1 << 20;
	limits.max_memory_bytes = 16 << 20;
	buf_init(&out);
	assert_int_equal(render(source, "{}", &limits, &out, &err), ERR_LIMIT);
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&out);
}

static void hostile_sources_meet_a_limit(void **state)
{
	static const char *const hostile[] = {
		"{% for a in range(99999) %}{% for b in range(99999) %}"
		"{% endfor %}{% endfor %}",
		"{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
		"{% set n = namespace(s='aaaaaaaa') %}{% for i in range(99) "
		"%}{% set n.s = n.s + n.s %}{% endfor %}",
		"{% set n = namespace(s=[1]) %}{% for i in range(99) %}"
		"{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}",
		"{% set n = namespace(s=[1]) %}{% for i in range(99) %}"
		"{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s | tojson }}",
		"{% set n = namespace(s=[1]) %}{% for i in range(999) %}"
		"{% set n.s = [n.s] %}{% endfor %}{{ n.s }}",
		"{% for i in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaa' }}"
		"{% endfor %}",
		"{{ 'a' * 999999999999 }}",
		"{{ [1] * 999999999999 }}",
		"{{ '%999s%999s' % (1, 2) * 99999 }}",
		"{{ (['aaaaaaaaaaaaaaaa' * 9999] * 9999) | join }}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
		check_limit(hostile[i]);
}

static void deep_nesting_is_refused(void **state)
{
	char source[4096];
	struct template *t;
	struct error err;
	(void)state;
	memset(source, '(', sizeof(source));
	memcpy(source, "{{", 2);
	assert_int_equal(
		template_load((struct slice){source, sizeof(source)}, &t, &err),
		ERR_INVALID);
}

static void a_template_is_shared_by_count(void **state)
{
	struct template *t, *again;
	(void)state;
	assert_int_equal(template_load(SLICE("{{ a }}"), &t, NULL), OK);
	again = template_ref(t);
	template_unref(&t);
	assert_null(t);
	assert_true(template_has_name(again, SLICE("a")));
	assert_false(template_has_name(again, SLICE("b")));
	template_unref(&again);
	template_unref(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_in_python_fails_with_its_sentence),
		cmocka_unit_test(
			what_we_do_not_have_is_refused_at_load_with_its_line),
		cmocka_unit_test(malformed_sources_are_refused),
		cmocka_unit_test(hostile_sources_meet_a_limit),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(a_template_is_shared_by_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
