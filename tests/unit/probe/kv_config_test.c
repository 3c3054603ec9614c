#include "router/probe/kv_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bed {
	char dir[64], file[128];
	struct conf_model model;
};

static int set_up(void **state)
{
	static struct bed b;

	snprintf(b.dir, sizeof(b.dir), "/tmp/kv_config.XXXXXX");
	assert_non_null(mkdtemp(b.dir));
	snprintf(b.file, sizeof(b.file), "%s/config.json", b.dir);
	b.model = (struct conf_model){.name = (char *)"m", .tokenizer = b.dir};
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	unlink(b->file);
	return rmdir(b->dir);
}

static void put(const struct bed *b, const char *text)
{
	FILE *f = fopen(b->file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void what_config_json_says_is_counted(void **state)
{
	struct bed *b = *state;

	put(b, "{\"num_hidden_layers\":32,\"num_attention_heads\":32,"
	       "\"num_key_value_heads\":8,\"hidden_size\":4096,"
	       "\"torch_dtype\":\"bfloat16\"}");
	assert_true(kv_config_bytes(&b->model) == 131072);
}

static void what_is_not_there_is_not_known(void **state)
{
	struct bed *b = *state;

	assert_true(kv_config_bytes(&b->model) == 0);
	b->model.tokenizer = NULL;
	assert_true(kv_config_bytes(&b->model) == 0);
	b->model.tokenizer = (char *)"/nowhere/at/all";
	assert_true(kv_config_bytes(&b->model) == 0);
}

static void what_is_wrong_is_not_known(void **state)
{
	static const char *const wrong[] = {"", "{", "[]", "{}",
					    "{\"num_hidden_layers\":-1}"};
	struct bed *b = *state;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		put(b, wrong[i]);
		assert_true(kv_config_bytes(&b->model) == 0);
	}
}

static void a_path_beyond_all_bounds_is_not_read(void **state)
{
	struct bed *b = *state;
	char *path = malloc(8192);

	assert_non_null(path);
	memset(path, 'a', 8191);
	path[8191] = '\0';
	b->model.tokenizer = path;
	assert_true(kv_config_bytes(&b->model) == 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_config_json_says_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_known,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_not_known,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_path_beyond_all_bounds_is_not_read, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
