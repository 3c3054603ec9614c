#include "router/conf/yaml.h"

#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static const struct yaml *good(const char *text)
{
	const struct yaml *root = NULL;
	struct error err = {0};
	size_t line;

	if (yaml_parse(slice_of(text), &arena, &root, &line, &err) != OK)
		fail_msg("line %zu: %s", line, err.text);
	return root;
}

static void bad(const char *text, size_t wanted_line, enum status wanted)
{
	const struct yaml *root = NULL;
	struct error err = {0};
	size_t line = 99;

	assert_int_equal(yaml_parse(slice_of(text), &arena, &root, &line, &err),
			 wanted);
	assert_null(root);
	assert_int_equal(line, wanted_line);
	assert_true(err.text[0] != '\0');
}

static const struct yaml *at(const struct yaml *map, const char *key)
{
	const struct yaml_child *c = yaml_find(map, slice_of(key));

	assert_non_null(c);
	return c->value;
}

static bool is(const struct yaml *y, const char *text)
{
	return y->kind == YAML_SCALAR && slice_equal(y->text, slice_of(text));
}

static void kinds_and_lines_are_told(void **unused)
{
	const struct yaml *y = good("a: x\nb:\n  - 1\n  - {c: d}\ne:\n");

	(void)unused;
	assert_int_equal(y->kind, YAML_MAP);
	assert_int_equal(y->n, 3);
	assert_true(is(at(y, "a"), "x"));
	assert_int_equal(at(y, "b")->kind, YAML_LIST);
	assert_int_equal(at(y, "b")->n, 2);
	assert_int_equal(at(y, "b")->child->next->line, 4);
	assert_int_equal(yaml_find(y, SLICE("b"))->line, 2);
	assert_int_equal(at(y, "e")->kind, YAML_NULL);
	assert_null(yaml_find(y, SLICE("z")));
	assert_null(yaml_find(at(y, "a"), SLICE("a")));
}

static void quoted_words_are_never_null(void **unused)
{
	const struct yaml *y = good("[~, null, '', 'null', \"~\", NULL]");
	const struct yaml_child *c = y->child;
	static const enum yaml_kind kind[] = {YAML_NULL,   YAML_NULL,
					      YAML_SCALAR, YAML_SCALAR,
					      YAML_SCALAR, YAML_SCALAR};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(kind); i++, c = c->next)
		assert_int_equal(c->value->kind, kind[i]);
	assert_null(c);
}

static void an_alias_is_the_node_itself(void **unused)
{
	const struct yaml *y = good("a: &x {k: v}\nb: *x\nc: &x 5\nd: *x\n");

	(void)unused;
	assert_ptr_equal(at(y, "b"), at(y, "a"));
	assert_true(is(at(y, "d"), "5"));
}

static void written_keys_win_over_merged_ones(void **unused)
{
	const struct yaml *y = good(
		"a: &a {p: 1, q: 2}\nb: &b {q: 3, r: 4}\n"
		"c: {<<: *a, q: 9}\nd: {q: 9, <<: [*a, *b]}\n");

	(void)unused;
	assert_int_equal(at(y, "c")->n, 2);
	assert_true(is(at(at(y, "c"), "p"), "1"));
	assert_true(is(at(at(y, "c"), "q"), "9"));
	assert_int_equal(at(y, "d")->n, 3);
	assert_true(is(at(at(y, "d"), "q"), "9"));
	assert_true(is(at(at(y, "d"), "r"), "4"));
	/* What was merged is a copy: the source keeps its own. */
	assert_true(is(at(at(y, "a"), "q"), "2"));
}

static void empty_documents_are_null(void **unused)
{
	(void)unused;
	assert_int_equal(good("")->kind, YAML_NULL);
	assert_int_equal(good("# only this\n")->kind, YAML_NULL);
	assert_int_equal(good("---\n...\n")->kind, YAML_NULL);
}

static void faults_name_their_line(void **unused)
{
	(void)unused;
	bad("a: 1\nb: 2\na: 3\n", 3, ERR_INVALID);
	bad("a:\n  - x\n  - *y\n", 3, ERR_NOT_FOUND);
	bad("a: 1\n---\nb: 2\n", 2, ERR_INVALID);
	bad("a: 1\nb: \x80\n", 2, ERR_INVALID);
	bad("a: 1\nb: ]\n", 2, ERR_INVALID);
	bad("a: &a\n  b: *a\n", 2, ERR_INVALID);
	bad("{[a]: b}", 1, ERR_INVALID);
	bad("<<: [1]\n", 1, ERR_INVALID);
}

static void sizes_are_bounded(void **unused)
{
	size_t n = YAML_MAX_BYTES + 1;
	char *text = arena_alloc(&arena, n + 1);
	struct buf keys;

	(void)unused;
	memset(text, ' ', n);
	text[n] = '\0';
	bad(text, 0, ERR_LIMIT);
	memset(text, ',', n);
	text[0] = '[';
	for (size_t i = 1; i < 200000; i += 2)
		text[i] = 'x';
	text[200000] = '\0';
	bad(text, 1, ERR_LIMIT);
	bad("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 1, ERR_LIMIT);
	buf_init(&keys);
	for (int i = 0; i <= YAML_MAX_KEYS; i++)
		buf_printf(&keys, "k%d: 1\n", i);
	buf_putc(&keys, '\0');
	bad(buf_slice(&keys).p, YAML_MAX_KEYS + 1, ERR_LIMIT);
	buf_fini(&keys);
}

static void anchors_are_bounded(void **unused)
{
	struct buf list = {0};

	(void)unused;
	for (int i = 0; i <= YAML_MAX_ANCHORS; i++)
		buf_printf(&list, "- &a%d x\n", i);
	buf_putc(&list, '\0');
	bad(buf_slice(&list).p, YAML_MAX_ANCHORS + 2, ERR_LIMIT);
	buf_fini(&list);
}

static void other_bounds_may_be_given(void **unused)
{
	const struct yaml_bounds tight = {.max_bytes = 16, .max_nodes = 5};
	const struct yaml *root;
	struct error err;
	size_t line;

	(void)unused;
	assert_int_equal(yaml_parse_within(SLICE("[1, 2, 3]"), &tight, &arena,
					   &root, &line, &err),
			 OK);
	assert_int_equal(root->n, 3);
	assert_int_equal(yaml_parse_within(SLICE("[1, 2, 3, 4, 5]"), &tight,
					   &arena, &root, &line, &err),
			 ERR_LIMIT);
	assert_int_equal(yaml_parse_within(SLICE("[1,              ]"), &tight,
					   &arena, &root, &line, &err),
			 ERR_LIMIT);
}

static int begin(void **unused)
{
	(void)unused;
	arena_init(&arena);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_and_lines_are_told),
		cmocka_unit_test(quoted_words_are_never_null),
		cmocka_unit_test(an_alias_is_the_node_itself),
		cmocka_unit_test(written_keys_win_over_merged_ones),
		cmocka_unit_test(empty_documents_are_null),
		cmocka_unit_test(faults_name_their_line),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(anchors_are_bounded),
		cmocka_unit_test(other_bounds_may_be_given),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
