/* A model directory made for one test. */
#ifndef TESTS_UNIT_TOKEN_DIRECTORY_H
#define TESTS_UNIT_TOKEN_DIRECTORY_H

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/token/fixture.h"

static char model_dir[64];

static inline void model_put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", model_dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline int model_begin(void **state)
{
	json_t *root = demo_json();
	char *text = json_dumps(root, 0);

	(void)state;
	strcpy(model_dir, "/tmp/token-test-XXXXXX");
	assert_non_null(mkdtemp(model_dir));
	model_put("tokenizer.json", text);
	free(text);
	json_decref(root);
	return 0;
}

static inline int model_end(void **state)
{
	static const char *const name[] = {
		"tokenizer.json", "tokenizer_config.json",
		"special_tokens_map.json", "added_tokens.json"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		snprintf(path, sizeof(path), "%s/%s", model_dir, name[i]);
		unlink(path);
	}
	rmdir(model_dir);
	return 0;
}

#endif
