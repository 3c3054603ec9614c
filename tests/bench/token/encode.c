/* The gateway's side of the tokenizers' benchmark.
 *
 * usage: token PATH
 * PATH is a tokenizer.json, plain or .gz. Says
 *
 *	loaded NANOSECONDS BYTES IDS JANSSON
 *
 * the last of which are the nanoseconds that jansson takes for the text, and
 * then does what its input says, a line each:
 *
 *	texts N   takes N texts, each a length of 32 bits and the bytes
 *	cold      goes on with a fresh memory of words
 *	run       encodes all texts; says nanoseconds and the number of ids
 *	ids       encodes them and gives for each a count and the ids, 32
 *	          bits each
 *
 * Times are the thread's own: the machine is shared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/token/model.h"

#define MAX_BYTES (256u << 20)
#define MAX_TEXTS (1u << 20)

struct side {
	struct tokenizer *t;
	struct buf bytes;   /* of all texts */
	struct slice *text; /* n of them */
	size_t n;
	struct token_list ids;
};

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void give_up(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
	exit(2);
}

static void read_file(const char *path, struct buf *text)
{
	struct error err;
	enum status status;

	if (slice_ends(slice_of(path), SLICE(".gz")))
		status = file_read_gzip(path, MAX_BYTES, text, &err);
	else
		status = file_read(path, MAX_BYTES, text, &err);
	if (status != OK)
		give_up(&err);
}

/* What a library takes to read the same text as a tree. */
static uint64_t parse_ns(struct slice text)
{
	uint64_t start = cpu_ns(), ns;
	json_t *root = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);

	ns = cpu_ns() - start;
	json_decref(root);
	return ns;
}

/* Exit status 2, with the reason, if the tokenizer is refused. */
static void load(struct side *s, const char *path)
{
	struct error err;
	struct buf text;
	uint64_t start, ns;

	buf_init(&text);
	read_file(path, &text);
	start = cpu_ns();
	s->t = tokenizer_parse(buf_slice(&text), &err);
	ns = cpu_ns() - start;
	if (s->t == NULL)
		give_up(&err);
	printf("loaded %llu %zu %zu %llu\n", (unsigned long long)ns,
	       tokenizer_bytes(s->t), tokenizer_vocab_size(s->t),
	       (unsigned long long)parse_ns(buf_slice(&text)));
	fflush(stdout);
	buf_fini(&text);
}

static void read_all(void *to, size_t n)
{
	if (fread(to, 1, n, stdin) != n)
		exit(1);
}

static void read_texts(struct side *s, size_t n)
{
	uint32_t len;

	if (n > MAX_TEXTS)
		exit(1);
	mem_free(s->text);
	s->text = mem_array(n, sizeof(*s->text));
	s->n = n;
	buf_reset(&s->bytes, SIZE_MAX);
	for (size_t i = 0; i < n; i++) {
		read_all(&len, sizeof(len));
		if (len > MAX_BYTES)
			exit(1);
		read_all(buf_reserve(&s->bytes, len), len);
		buf_commit(&s->bytes, len);
		s->text[i].n = len;
	}
	/* Only now do they stand still. */
	for (size_t i = 0, at = 0; i < n; at += s->text[i++].n)
		s->text[i].p = buf_slice(&s->bytes).p + at;
}

static void encode(struct side *s, struct slice text)
{
	if (tokenizer_encode(s->t, text, false, SIZE_MAX, &s->ids) != OK)
		exit(1);
}

static void run(struct side *s)
{
	uint64_t start = cpu_ns(), ns;

	s->ids.n = 0;
	for (size_t i = 0; i < s->n; i++)
		encode(s, s->text[i]);
	ns = cpu_ns() - start;
	printf("%llu %zu\n", (unsigned long long)ns, s->ids.n);
	fflush(stdout);
}

static void give_ids(struct side *s)
{
	for (size_t i = 0; i < s->n; i++) {
		uint32_t n;

		s->ids.n = 0;
		encode(s, s->text[i]);
		n = (uint32_t)s->ids.n;
		if (fwrite(&n, sizeof(n), 1, stdout) != 1 ||
		    fwrite(s->ids.id, sizeof(n), n, stdout) != n)
			exit(1);
	}
	fflush(stdout);
}

/* What was learnt goes with the rooms. */
static void forget(struct side *s)
{
	rooms_fini(s->t->rooms);
	rooms_init(s->t->rooms);
}

int main(int argc, char **argv)
{
	struct side s = {0};
	char line[64];
	size_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: token PATH\n");
		return 1;
	}
	buf_init(&s.bytes);
	token_list_init(&s.ids);
	load(&s, argv[1]);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "texts %zu", &n) == 1)
			read_texts(&s, n);
		else if (strcmp(line, "cold\n") == 0)
			forget(&s);
		else if (strcmp(line, "run\n") == 0)
			run(&s);
		else if (strcmp(line, "ids\n") == 0)
			give_ids(&s);
		else
			return 1;
	}
	return 0;
}
