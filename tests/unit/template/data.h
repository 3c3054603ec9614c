/* Files of the test data; without them a test is skipped, loudly. */
#ifndef TESTS_UNIT_TEMPLATE_DATA_H
#define TESTS_UNIT_TEMPLATE_DATA_H

#include <stdlib.h>

#include "common/base/file.h"
#include "common/template/from_json.h"

static struct arena data;

/* The text, in the arena; a file that is there only as ".gz", too. */
static inline struct slice data_text(const char *name)
{
	struct error err;
	const char *dir = getenv("WARMPATH_TESTDATA");
	char *path = arena_printf(&data, "%s/%s",
				  dir ? dir : "../shared/testdata", name);
	char *gz = arena_printf(&data, "%s.gz", path);
	struct buf b;
	buf_init(&b);
	enum status status = file_exists(gz)
				     ? file_read_gzip(gz, 64u << 20, &b, &err)
				     : file_read(path, 64u << 20, &b, &err);
	if (status != OK) {
		print_message("SKIPPED, no test data: %s\n", err.text);
		buf_fini(&b);
		skip();
	}
	/* The README's table of models counts them. */
	print_message("golden: %s\n", name);
	struct slice text = arena_copy(&data, buf_slice(&b));
	buf_fini(&b);
	return text;
}

static inline struct value json_of(struct slice text)
{
	struct value v;
	assert_int_equal(value_from_json(text, 100, &data, &v), OK);
	return v;
}

static inline struct value data_json(const char *name)
{
	return json_of(data_text(name));
}

/* Shows where two texts part. */
static inline void check_text(struct slice got, struct slice want)
{
	size_t n = 0;
	while (n < got.n && n < want.n && got.p[n] == want.p[n])
		n++;
	if (n < got.n || n < want.n)
		print_message(
			"differs at %zu:\n got  %.*s\n want %.*s\n", n,
			(int)(got.n - n > 200 ? 200 : got.n - n), got.p + n,
			(int)(want.n - n > 200 ? 200 : want.n - n), want.p + n);
	assert_true(n == got.n && n == want.n);
}

#endif
