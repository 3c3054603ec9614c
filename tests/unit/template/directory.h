/* A model directory made for one test. */
#ifndef TESTS_UNIT_TEMPLATE_DIRECTORY_H
#define TESTS_UNIT_TEMPLATE_DIRECTORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

static char model_dir[64];

static inline char *model_path(const char *name)
{
	static char path[192];
	snprintf(path, sizeof(path), "%s/%s", model_dir, name);
	return path;
}

static inline void model_put(const char *name, const char *text)
{
	FILE *f = fopen(model_path(name), "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline void model_put_gzip(const char *name, const char *text)
{
	gzFile f = gzopen(model_path(name), "wb");
	assert_non_null(f);
	assert_int_equal(gzputs(f, text), (int)strlen(text));
	assert_int_equal(gzclose(f), Z_OK);
}

static inline int model_begin(void **state)
{
	(void)state;
	strcpy(model_dir, "/tmp/template-test-XXXXXX");
	assert_non_null(mkdtemp(model_dir));
	return 0;
}

static inline int model_end(void **state)
{
	static const char *const name[] = {
		"tokenizer_config.json", "tokenizer_config.json.gz",
		"config.json",           "chat_template.json",
		"chat_template.jinja",   "other.jinja",
		"tekken.json",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		unlink(model_path(name[i]));
	rmdir(model_path("additional_chat_templates"));
	rmdir(model_dir);
	return 0;
}

#endif
