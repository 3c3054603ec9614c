#include "router/conf/conf.h"

#include "common/base/file.h"
#include "router/conf/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct conf *parse(struct slice yaml)
{
	struct conf_faults f = {0};
	struct conf *c = conf_parse_numeric(yaml, "f.yaml", &f);

	if (c == NULL) {
		buf_putc(&f.text, '\0');
		fail_msg("%s\n%.*s", buf_slice(&f.text).p, SLICE_ARG(yaml));
	}
	buf_fini(&f.text);
	return c;
}

/* Prints what `yaml` means, reads that, and prints it again. */
static void round_trip(const char *yaml, struct buf *first)
{
	struct conf *c = parse(slice_of(yaml)), *again;
	struct buf second;

	buf_init(&second);
	conf_print(c, first);
	again = parse(buf_slice(first));
	conf_print(again, &second);
	buf_putc(first, '\0');
	buf_putc(&second, '\0');
	assert_string_equal(buf_slice(first).p, buf_slice(&second).p);
	buf_fini(&second);
	conf_unref(&again);
	conf_unref(&c);
}

static const char full[] =
	"listen: [127.0.0.1:0, \"[::1]:8080\", unix:/run/w]\n"
	"threads: 3\n"
	"log: {level: debug, format: json, access: false}\n"
	"limits: {max_body: 100000, queue: 0}\n"
	"timeouts: {header: 1500ms, first_byte: 90m, drain: 0ms}\n"
	"policy: {name: session, load_weight: 0.1, bounded_load: 1.3333}\n"
	"models:\n"
	"- name: \"meta: \\\"llama\\\" 70b\"\n"
	"  aliases: [\"null\", \"true\", \"1\", \"- x\", \"a: b\", é]\n"
	"  loras: [sql-lora]\n"
	"  tokenizer: tests\n"
	"  hash: {key: engine, algorithm: sha256_cbor, seed: \"0\"}\n"
	"  policy: {name: prefix}\n"
	"  workers:\n"
	"  - http://127.0.0.1:1\n"
	"  - {url: http://127.0.0.1:2, events: tcp://h:1, replay: tcp://h:2,\n"
	"     api_key: very-secret, max_inflight: 9}\n"
	"- name: other\n"
	"  workers: [http://127.0.0.1:3]\n";

static void what_is_printed_means_the_same(void **unused)
{
	struct buf text;

	(void)unused;
	buf_init(&text);
	round_trip(full, &text);
	assert_non_null(strstr(buf_slice(&text).p, "header: 1500ms"));
	assert_non_null(strstr(buf_slice(&text).p, "load_weight: 0.1\n"));
	assert_non_null(strstr(buf_slice(&text).p, "bounded_load: 1.3333\n"));
	assert_non_null(strstr(buf_slice(&text).p, "seed: \"0\""));
	buf_fini(&text);
}

static void keys_are_not_printed(void **unused)
{
	struct buf text;

	(void)unused;
	buf_init(&text);
	round_trip(full, &text);
	assert_null(strstr(buf_slice(&text).p, "very-secret"));
	assert_non_null(strstr(buf_slice(&text).p, "api_key: \"***\""));
	buf_fini(&text);
}

static void defaults_are_printed_too(void **unused)
{
	struct buf text;

	(void)unused;
	buf_init(&text);
	round_trip("models:\n- {name: m, workers: [http://127.0.0.1:1]}\n",
		   &text);
	assert_non_null(strstr(buf_slice(&text).p, "max_body: 32MiB\n"));
	assert_non_null(strstr(buf_slice(&text).p, "first_byte: 10m\n"));
	assert_non_null(strstr(buf_slice(&text).p, "name: cost\n"));
	assert_null(strstr(buf_slice(&text).p, "tokenizer"));
	buf_fini(&text);
}

static void the_committed_reference_is_the_table(void **unused)
{
	struct buf made, committed;

	(void)unused;
	buf_init(&made);
	buf_init(&committed);
	conf_reference(&made);
	assert_int_equal(
		file_read("config/reference.yaml", 1 << 20, &committed, NULL),
		OK);
	buf_putc(&made, '\0');
	buf_putc(&committed, '\0');
	assert_string_equal(buf_slice(&committed).p, buf_slice(&made).p);
	buf_fini(&made);
	buf_fini(&committed);
}

static void the_reference_and_the_defaults_are_one(void **unused)
{
	struct buf reference, from_reference, from_minimal;
	struct conf *c, *minimal;

	(void)unused;
	buf_init(&reference);
	buf_init(&from_reference);
	buf_init(&from_minimal);
	conf_reference(&reference);
	c = parse(buf_slice(&reference));
	minimal = parse(SLICE("models:\n- name: llama-70b\n"
			      "  workers: [http://127.0.0.1:8000]\n"));
	conf_print(c, &from_reference);
	conf_print(minimal, &from_minimal);
	buf_putc(&from_reference, '\0');
	buf_putc(&from_minimal, '\0');
	assert_string_equal(buf_slice(&from_reference).p,
			    buf_slice(&from_minimal).p);
	conf_unref(&c);
	conf_unref(&minimal);
	buf_fini(&reference);
	buf_fini(&from_reference);
	buf_fini(&from_minimal);
}

static void the_minimal_file_is_taken(void **unused)
{
	struct conf_faults f = {0};
	struct conf *c = conf_load("config/minimal.yaml",
				   (struct conf_settings){0}, &f);

	(void)unused;
	assert_non_null(c);
	conf_unref(&c);
	buf_fini(&f.text);
}

/* Keys that begin the rows of a scope, and no key twice. */
static void no_row_of_the_table_stands_twice(void **unused)
{
	(void)unused;
	for (int scope = SCHEMA_TOP; scope <= SCHEMA_WORKER; scope++) {
		size_t n;
		const struct schema_row *row = schema_rows(
			(enum schema_scope)scope, &n);

		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_ptr_equal(schema_find((enum schema_scope)scope,
						     slice_of(row[i].key)),
					 &row[i]);
	}
}

static void words_of_the_table_are_those_of_the_enums(void **unused)
{
	const char *const *word =
		schema_find(SCHEMA_MODEL, SLICE("hash.algorithm"))->word;
	const char *const *level =
		schema_find(SCHEMA_TOP, SLICE("log.level"))->word;
	enum log_level l;

	(void)unused;
	for (size_t i = 0; word[i] != NULL; i++)
		assert_string_equal(
			word[i], hash_algorithm_name((enum hash_algorithm)i));
	for (size_t i = 0; level[i] != NULL; i++) {
		assert_true(log_level_parse(level[i], &l));
		assert_int_equal(l, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_means_the_same),
		cmocka_unit_test(keys_are_not_printed),
		cmocka_unit_test(defaults_are_printed_too),
		cmocka_unit_test(the_committed_reference_is_the_table),
		cmocka_unit_test(the_reference_and_the_defaults_are_one),
		cmocka_unit_test(the_minimal_file_is_taken),
		cmocka_unit_test(no_row_of_the_table_stands_twice),
		cmocka_unit_test(words_of_the_table_are_those_of_the_enums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
