/* The gateway's side of the comparison with the reference library.
 *
 * usage: encode FILE [special]
 * FILE is a tokenizer.json, plain or .gz, or a directory. Reads records of
 * a length and that many bytes of text until the input ends, and answers
 * each with a count of ids and the ids; a text that is refused has the
 * count UINT32_MAX. All numbers have 32 bits in the machine's order. Exit
 * status 2, with the reason, if the tokenizer is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/token/tokenizer.h"

#define MAX_BYTES (256u << 20)

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct tokenizer *load(const char *path, struct error *err)
{
	struct tokenizer *t = NULL;
	struct buf text;
	enum status status;

	if (is_directory(path))
		return tokenizer_load(path, err);
	buf_init(&text);
	if (slice_ends(slice_of(path), SLICE(".gz")))
		status = file_read_gzip(path, MAX_BYTES, &text, err);
	else
		status = file_read(path, MAX_BYTES, &text, err);
	if (status == OK)
		t = tokenizer_parse(buf_slice(&text), err);
	buf_fini(&text);
	return t;
}

/* Without numbers it is a refusal. */
static void put(uint32_t n, const uint32_t *id)
{
	size_t count = id ? n : 0;

	if (fwrite(&n, sizeof(n), 1, stdout) != 1)
		exit(1);
	if (count > 0 && fwrite(id, sizeof(*id), count, stdout) != count)
		exit(1);
}

static void answer(const struct tokenizer *t, struct slice text, bool special,
		   struct token_list *ids)
{
	ids->n = 0;
	if (tokenizer_encode(t, text, special, SIZE_MAX, ids) != OK)
		put(UINT32_MAX, NULL);
	else
		put((uint32_t)ids->n, ids->id);
	/* A pipe's reader may wait for this one before it asks again. */
	fflush(stdout);
}

static void answer_all(const struct tokenizer *t, bool special)
{
	struct token_list ids;
	struct buf text;
	uint32_t n;

	token_list_init(&ids);
	buf_init(&text);
	while (fread(&n, sizeof(n), 1, stdin) == 1 && n <= MAX_BYTES) {
		buf_reset(&text, SIZE_MAX);
		if (fread(buf_reserve(&text, n), 1, n, stdin) != n)
			exit(1);
		buf_commit(&text, n);
		answer(t, buf_slice(&text), special, &ids);
	}
	buf_fini(&text);
	token_list_fini(&ids);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct tokenizer *t;
	double start = now_ms();

	if (argc < 2) {
		fprintf(stderr, "usage: encode FILE [special]\n");
		return 1;
	}
	t = load(argv[1], &err);
	if (t == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	fprintf(stderr, "%.0f %zu\n", now_ms() - start, tokenizer_bytes(t));
	answer_all(t, argc > 2 && strcmp(argv[2], "special") == 0);
	tokenizer_unref(&t);
	return 0;
}
