#include "common/base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char dir[] = "/tmp/file-XXXXXX", path[64];

static int make_dir(void **unused)
{
	(void)unused;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int remove_dir(void **unused)
{
	(void)unused;
	unlink(path);
	return rmdir(dir);
}

static void put(const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void put_gzip(const void *bytes, unsigned n)
{
	gzFile gz = gzopen(path, "wb");

	assert_non_null(gz);
	assert_int_equal(gzwrite(gz, bytes, n), n);
	gzclose(gz);
}

typedef enum status reader(const char *file, size_t max_bytes, struct buf *out,
			   struct error *err);

/* What was in the buffer stays, and only that. */
static void assert_refused(reader *read_it, const char *file, size_t max,
			   enum status want)
{
	struct error err = {0};
	struct buf b = {0};

	buf_puts(&b, "xbefore");
	buf_consume(&b, 1);
	assert_int_equal(read_it(file, max, &b, &err), want);
	assert_int_equal(err.status, want);
	assert_non_null(strstr(err.text, file));
	assert_int_equal(buf_len(&b), 6);
	assert_memory_equal(buf_slice(&b).p, "before", 6);
	buf_fini(&b);
}

static void assert_reads(reader *read_it, size_t max, size_t n)
{
	struct buf b = {0};

	buf_puts(&b, "before");
	assert_int_equal(read_it(path, max, &b, NULL), OK);
	assert_int_equal(buf_len(&b), 6 + n);
	assert_memory_equal(buf_slice(&b).p, "before", 6);
	buf_fini(&b);
}

static void bytes_are_appended(void **unused)
{
	struct buf b = {0};

	(void)unused;
	put("a\0b", 3);
	assert_int_equal(file_read(path, 3, &b, NULL), OK);
	assert_int_equal(file_read(path, 3, &b, NULL), OK);
	assert_int_equal(buf_len(&b), 6);
	assert_memory_equal(buf_slice(&b).p, "a\0ba\0b", 6);
	buf_fini(&b);
}

static void a_file_at_its_bound_is_read(void **unused)
{
	static char many[600000];

	(void)unused;
	put("", 0);
	assert_reads(file_read, 0, 0);
	put(many, sizeof(many));
	assert_reads(file_read, sizeof(many), sizeof(many));
	put_gzip(many, sizeof(many));
	assert_reads(file_read_gzip, sizeof(many), sizeof(many));
}

static void a_file_over_its_bound_is_refused(void **unused)
{
	static char many[600000];

	(void)unused;
	put(many, sizeof(many));
	assert_refused(file_read, path, sizeof(many) - 1, ERR_LIMIT);
	put("x", 1);
	assert_refused(file_read, path, 0, ERR_LIMIT);
	/* A bomb: small as a file, large when unpacked. */
	put_gzip(many, sizeof(many));
	assert_refused(file_read_gzip, path, sizeof(many) - 1, ERR_LIMIT);
}

static void what_is_not_there_is_not_found(void **unused)
{
	(void)unused;
	assert_refused(file_read, "/nowhere/at/all", 10, ERR_NOT_FOUND);
	assert_refused(file_read_gzip, "/nowhere/at/all", 10, ERR_NOT_FOUND);
	assert_false(file_exists("/nowhere/at/all"));
	put("x", 1);
	assert_true(file_exists(path));
}

static void only_plain_files_are_read(void **unused)
{
	(void)unused;
	assert_refused(file_read, dir, 10, ERR_INVALID);
	assert_refused(file_read, "/dev/zero", 10, ERR_INVALID);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(file_read, path, 10, ERR_INVALID);
	unlink(path);
}

static void damaged_gzip_leaves_nothing_behind(void **unused)
{
	struct buf b = {0};
	char many[5000];

	(void)unused;
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (char)(i * i >> 3);
	put_gzip(many, sizeof(many));
	assert_int_equal(file_read(path, 10000, &b, NULL), OK);
	put(b.p, buf_len(&b) - 5);
	assert_refused(file_read_gzip, path, 10000, ERR_INVALID);
	put(b.p, buf_len(&b) / 2);
	assert_refused(file_read_gzip, path, 10000, ERR_INVALID);
	b.p[buf_len(&b) / 2] ^= 0x55;
	put(b.p, buf_len(&b));
	assert_refused(file_read_gzip, path, 10000, ERR_INVALID);
	buf_fini(&b);
}

static void what_is_not_gzip_is_refused_as_gzip(void **unused)
{
	(void)unused;
	put("plain text", 10);
	assert_refused(file_read_gzip, path, 100, ERR_INVALID);
	put("", 0);
	assert_refused(file_read_gzip, path, 100, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_appended),
		cmocka_unit_test(a_file_at_its_bound_is_read),
		cmocka_unit_test(a_file_over_its_bound_is_refused),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(only_plain_files_are_read),
		cmocka_unit_test(damaged_gzip_leaves_nothing_behind),
		cmocka_unit_test(what_is_not_gzip_is_refused_as_gzip),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
