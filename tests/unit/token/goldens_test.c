/* Every tokenizer of the test data against ids made with the reference. */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/sha.h>

#include "common/base/file.h"
#include "common/token/tokenizer.h"

#define MAX_BYTES      (64u << 20)
#define MAX_TOKENIZERS 64
#define MAX_PATH       4096

struct row {
	char name[64];
	struct tokenizer *t;
	struct error refused;
	size_t n_case, n_differ;
	double load_ms; /* of this thread's own time; printed, not tested */
};

static char dir[MAX_PATH / 2];
static struct row row[MAX_TOKENIZERS];
static size_t n_row;

static const char *path_of(const char *name)
{
	static char path[MAX_PATH];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Skips the test, loudly, without the data. */
static void read_bytes(const char *name, struct buf *out)
{
	struct error err;
	const char *path = path_of(name);
	bool gz = strlen(name) > 3 && !strcmp(name + strlen(name) - 3, ".gz");
	enum status status = gz ? file_read_gzip(path, MAX_BYTES, out, &err)
				: file_read(path, MAX_BYTES, out, &err);

	if (status == ERR_NOT_FOUND) {
		print_message("SKIPPED: no %s; set WARMPATH_TESTDATA\n", path);
		skip();
	}
	if (status != OK)
		fail_msg("%s", err.text);
}

static json_t *read_json(const char *name)
{
	struct buf text;
	json_t *root;
	json_error_t why;

	buf_init(&text);
	read_bytes(name, &text);
	root = json_loadb(buf_slice(&text).p, buf_len(&text), JSON_ALLOW_NUL,
			  &why);
	if (!root)
		fail_msg("%s:%d: %s", name, why.line, why.text);
	buf_fini(&text);
	return root;
}

static struct slice text_of(const json_t *s)
{
	return (struct slice){json_string_value(s), json_string_length(s)};
}

static struct row *row_of(const char *name)
{
	for (size_t i = 0; i < n_row; i++)
		if (!strcmp(row[i].name, name))
			return &row[i];
	return NULL;
}

static void encode(const struct row *r, struct slice text, bool special,
		   struct token_list *out)
{
	out->n = 0;
	assert_int_equal(tokenizer_encode(r->t, text, special, SIZE_MAX, out),
			 OK);
}

static void count(struct row *r, bool same, const char *what, size_t number)
{
	r->n_case++;
	if (same)
		return;
	if (r->n_differ++ < 5)
		print_message("%s: %s %zu differs\n", r->name, what, number);
}

static bool equal_ids(const json_t *want, const struct token_list *got)
{
	if (json_array_size(want) != got->n)
		return false;
	for (size_t i = 0; i < got->n; i++)
		if (json_integer_value(json_array_get(want, i)) != got->id[i])
			return false;
	return true;
}

static void check_strings(struct row *r, const json_t *strings,
			  const json_t *want, bool special)
{
	struct token_list got;

	token_list_init(&got);
	for (size_t i = 0; i < json_array_size(strings); i++) {
		encode(r, text_of(json_array_get(strings, i)), special, &got);
		count(r, equal_ids(json_array_get(want, i), &got),
		      special ? "string with special tokens" : "string", i);
	}
	token_list_fini(&got);
}

static void every_string_gives_the_reference_ids(void **state)
{
	json_t *root = read_json("goldens/tokens.json");
	json_t *all = json_object_get(root, "tokenizers"), *one;
	json_t *strings = json_object_get(root, "strings");
	const char *name;

	(void)state;
	json_object_foreach(all, name, one)
	{
		struct row *r = row_of(name);

		if (!r || !r->t)
			continue;
		check_strings(r, strings, json_object_get(one, "ids"), false);
		check_strings(r, strings, json_object_get(one, "ids_special"),
			      true);
		assert_int_equal(r->n_differ, 0);
	}
	json_decref(root);
}

static void digest(const struct token_list *l, char out[65])
{
	unsigned char sum[32];

	/* Both the machine and the golden are little-endian. */
	SHA256((const unsigned char *)l->id, l->n * sizeof(*l->id), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

static void check_long(struct row *r, const json_t *texts, json_t *want)
{
	struct token_list got;
	const char *name;
	json_t *one;
	char sum[65];
	size_t number = 0;

	token_list_init(&got);
	json_object_foreach(want, name, one)
	{
		encode(r, text_of(json_object_get(texts, name)), false, &got);
		digest(&got, sum);
		count(r,
		      !strcmp(sum, json_string_value(json_object_get(
					   one, "sha256_u32le"))),
		      name, number++);
	}
	token_list_fini(&got);
}

static void long_and_hostile_texts_give_the_reference_ids(void **state)
{
	json_t *root = read_json("goldens/long.json.gz");
	json_t *all = json_object_get(root, "tokenizers"), *one;
	const char *name;

	(void)state;
	json_object_foreach(all, name, one)
	{
		struct row *r = row_of(name);

		if (!r || !r->t)
			continue;
		check_long(r, json_object_get(root, "texts"), one);
		assert_int_equal(r->n_differ, 0);
	}
	json_decref(root);
}

static const char boundary[] = "\n__ggml_vocab_test__\n";

/* Texts stand between boundaries; line i of the ids belongs to text i, and
 * the last text has no line. */
static void check_pairs(struct row *r, char *texts, char *lines)
{
	struct token_list got;
	size_t number = 0;

	token_list_init(&got);
	for (char *next; (next = strstr(texts, boundary)); number++) {
		char *end = strchr(lines, '\n'), *at = lines;
		struct slice text = {texts, (size_t)(next - texts)};
		bool same = true;

		assert_non_null(end);
		encode(r, text, false, &got);
		for (size_t i = 0; i < got.n && same; i++) {
			char *was = at;

			same = strtoul(at, &at, 10) == got.id[i] && at != was;
		}
		count(r, same && at + strspn(at, " ") == end, "pair", number);
		texts = next + sizeof(boundary) - 1;
		lines = end + 1;
	}
	assert_true(number > 40);
	token_list_fini(&got);
}

static void pairs_of_another_project_agree(void **state)
{
	static const struct {
		const char *file, *name;
	} pair[] = {
		{"llama-bpe", "llama-3.2"},
		{"llama-spm", "llama-2"},
		{"phi-3", "phi-3-mini"},
		{"qwen2", "qwen2.5"},
		{"falcon", "falcon"},
		{"gpt-2", "gpt-2"},
		{"starcoder", "starcoder"},
		{"deepseek-coder", "deepseek-coder"},
		{"bert-bge", "bert-test-model"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		struct row *r = row_of(pair[i].name);
		struct buf texts, lines;
		char name[256];

		buf_init(&texts);
		buf_init(&lines);
		snprintf(name, sizeof(name),
			 "vectors/llama.cpp/ggml-vocab-%s.gguf.inp",
			 pair[i].file);
		read_bytes(name, &texts);
		snprintf(name, sizeof(name),
			 "vectors/llama.cpp/ggml-vocab-%s.gguf.out",
			 pair[i].file);
		read_bytes(name, &lines);
		buf_putc(&texts, '\0');
		buf_putc(&lines, '\0');
		if (r && r->t)
			check_pairs(r, texts.p, lines.p);
		assert_true(!r || r->n_differ == 0);
		buf_fini(&texts);
		buf_fini(&lines);
	}
}

static void every_tokenizer_is_loaded(void **state)
{
	(void)state;
	if (n_row == 0)
		skip();
	for (size_t i = 0; i < n_row; i++)
		if (!row[i].t)
			fail_msg("%s: %s", row[i].name, row[i].refused.text);
}

/* A directory adds its tokenizer_config.json: that may add tokens and set
 * a template, but does not change plain text. */
static void a_directory_gives_the_same_ids_for_plain_text(void **state)
{
	struct slice text = SLICE("It's 2024; caf\u00e9 \u4f60\u597d\n\n  x");

	(void)state;
	for (size_t i = 0; i < n_row; i++) {
		char name[128];
		struct token_list a, b;
		struct tokenizer *t;
		struct error err;

		if (!row[i].t)
			continue;
		snprintf(name, sizeof(name), "tokenizers/%.60s", row[i].name);
		t = tokenizer_load(path_of(name), &err);
		if (!t)
			fail_msg("%s: %s", row[i].name, err.text);
		token_list_init(&a);
		token_list_init(&b);
		encode(&row[i], text, false, &a);
		assert_int_equal(tokenizer_encode(t, text, false, 99, &b), OK);
		assert_int_equal(a.n, b.n);
		assert_memory_equal(a.id, b.id, a.n * sizeof(*a.id));
		token_list_fini(&a);
		token_list_fini(&b);
		tokenizer_unref(&t);
	}
}

/* One thread does it all: where threads are watched, one of each kind of
 * tokenizer will do. */
static bool is_wanted(const char *name)
{
#ifdef __SANITIZE_THREAD__
	static const char *const few[] = {"gpt-2", "llama-2", "llama-3.2",
					  "bert-test-model"};

	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		if (strcmp(name, few[i]) == 0)
			return true;
	return false;
#else
	return name[0] != '.';
#endif
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void load(const char *name)
{
	struct row *r = &row[n_row];
	char file[128];
	struct buf text;
	struct error err;

	snprintf(file, sizeof(file), "tokenizers/%s/tokenizer.json.gz", name);
	buf_init(&text);
	if (file_read_gzip(path_of(file), MAX_BYTES, &text, &err) == OK) {
		snprintf(r->name, sizeof(r->name), "%s", name);
		r->load_ms = -cpu_ms();
		r->t = tokenizer_parse(buf_slice(&text), &r->refused);
		r->load_ms += cpu_ms();
		n_row++;
	}
	buf_fini(&text);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name,
		      ((const struct row *)b)->name);
}

static int load_all(void **state)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	DIR *d;

	(void)state;
	snprintf(dir, sizeof(dir), "%s", env ? env : "../shared/testdata");
	d = opendir(path_of("tokenizers"));
	if (!d) {
		print_message("SKIPPED: no %s; set WARMPATH_TESTDATA\n",
			      path_of("tokenizers"));
		return 0;
	}
	for (struct dirent *e; (e = readdir(d)) && n_row < MAX_TOKENIZERS;)
		if (is_wanted(e->d_name))
			load(e->d_name);
	closedir(d);
	qsort(row, n_row, sizeof(*row), compare);
	return 0;
}

static int print_table(void **state)
{
	(void)state;
	print_message("tokenizer          cases  differing  bytes held  "
		      "load ms\n");
	for (size_t i = 0; i < n_row; i++)
		if (row[i].t)
			print_message(
				"%-16s %7zu %10zu %11zu %8.0f\n", row[i].name,
				row[i].n_case, row[i].n_differ,
				tokenizer_bytes(row[i].t), row[i].load_ms);
	for (size_t i = 0; i < n_row; i++)
		tokenizer_unref(&row[i].t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tokenizer_is_loaded),
		cmocka_unit_test(a_directory_gives_the_same_ids_for_plain_text),
		cmocka_unit_test(every_string_gives_the_reference_ids),
		cmocka_unit_test(long_and_hostile_texts_give_the_reference_ids),
		cmocka_unit_test(pairs_of_another_project_agree),
	};

	return cmocka_run_group_tests(tests, load_all, print_table);
}
