/* How fast text becomes token ids, and how much slower hostile text is.
 *
 * The demo tokenizer always; llama-3.2 and qwen3 where the test data is
 * (WARMPATH_TESTDATA). English is the tree's prose, code is this tree's,
 * the Chinese-like text is random words of common characters. A value is
 * the best of several rounds in the thread's own time: the machine is
 * shared. One line each: name,
 * value, unit, goal, moonshot, note, with tabs between. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "common/token/tokenizer.h"
#include "common/token/utf8.h"

#define TEXT_BYTES  (1u << 20)
#define ROUNDS      7
#define MAX_FILE    (8u << 20)
#define COMMON_HAN  0x4e00
#define COMMON_HANS 600

struct text {
	const char *name;
	struct buf bytes;
	const char *must, *moonshot;
};

static struct text text[3] = {
	{.name = "english", .must = ">=35", .moonshot = ">=120"},
	{.name = "code", .must = ">=35", .moonshot = ">=120"},
	{.name = "cjk", .must = ">=12", .moonshot = ">=60"},
};

static void read_glob(const char *pattern, struct buf *out)
{
	glob_t found;
	struct error err;

	if (glob(pattern, 0, NULL, &found) != 0) {
		fprintf(stderr,
			"%s: nothing there; run this from the tree's "
			"root\n",
			pattern);
		exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (file_read(found.gl_pathv[i], MAX_FILE, out, &err) != OK)
			exit(1);
	globfree(&found);
}

/* The facts beside the test data are more English than the tree has: with
 * little text, repeated, the processor learns it by heart. */
static void read_english(struct buf *out)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/../*.md",
		 env ? env : "../shared/testdata");
	if (glob(pattern, 0, NULL, &found) != 0) {
		fprintf(stderr, "no %s: English is little and repeated\n",
			pattern);
		return;
	}
	globfree(&found);
	read_glob(pattern, out);
}

/* Repeats what is there; cut at a character. */
static void fill(struct buf *b)
{
	while (buf_len(b) < TEXT_BYTES) {
		struct buf copy;

		buf_init(&copy);
		buf_append(&copy, buf_slice(b));
		buf_append(b, buf_slice(&copy));
		buf_fini(&copy);
	}
	b->end = b->start + utf8_last(b->p + b->start, TEXT_BYTES);
}

static void make_chinese(struct buf *b)
{
	struct rng rng;

	rng_seed(&rng, 5);
	while (buf_len(b) < TEXT_BYTES) {
		size_t n = 3 + rng_below(&rng, 15);

		/* Squaring favours the first ones, as texts do. */
		for (size_t i = 0; i < n; i++) {
			double unit = rng_unit(&rng);
			uint32_t c = COMMON_HAN +
				     (uint32_t)(unit * unit * COMMON_HANS) * 17;

			buf_commit(b, utf8_put(buf_reserve(b, 4), c));
		}
		buf_puts(b, rng_below(&rng, 4) ? "\uff0c" : "\u3002\n");
	}
	fill(b);
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Best time of some rounds, in nanoseconds. */
static double best_ns(const struct tokenizer *t, struct slice s,
		      struct token_list *ids)
{
	double best = 1e18;

	for (size_t i = 0; i < ROUNDS; i++) {
		double start = cpu_ns(), took;

		ids->n = 0;
		if (tokenizer_encode(t, s, false, SIZE_MAX, ids) != OK)
			abort();
		took = cpu_ns() - start;
		if (took < best)
			best = took;
	}
	return best;
}

static double bench_texts(const struct tokenizer *t, const char *name)
{
	struct token_list ids;
	double english = 0;

	token_list_init(&ids);
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		struct slice s = buf_slice(&text[i].bytes);
		double ns = best_ns(t, s, &ids);

		printf("token_%s_%s\t%.1f\tMB/s\t%s\t%s\t%zu bytes, %zu "
		       "tokens\n",
		       name, text[i].name, (double)s.n * 1000 / ns,
		       text[i].must, text[i].moonshot, s.n, ids.n);
		if (i == 0)
			english = ns;
	}
	token_list_fini(&ids);
	return english;
}

static void random_bytes(struct buf *b)
{
	struct rng rng;

	rng_seed(&rng, 9);
	while (buf_len(b) < TEXT_BYTES - 4)
		buf_commit(b, utf8_put(buf_reserve(b, 4),
				       (uint32_t)rng_below(&rng, 0xd000)));
}

static void repeat(struct buf *b, const char *what)
{
	while (buf_len(b) < TEXT_BYTES)
		buf_puts(b, what);
}

/* Time beside that of English of the same length. */
static void bench_worst(const struct tokenizer *t, const char *name,
			const char *kind, const char *what, double english)
{
	struct token_list ids;
	struct buf b;
	double ns;

	token_list_init(&ids);
	buf_init(&b);
	if (what)
		repeat(&b, what);
	else
		random_bytes(&b);
	ns = best_ns(t, buf_slice(&b), &ids);
	printf("token_%s_worst_%s\t%.2f\tratio\t<=10\t<=3\tto English; %.1f "
	       "MB/s, %zu tokens\n",
	       name, kind, ns / english, (double)buf_len(&b) * 1000 / ns,
	       ids.n);
	buf_fini(&b);
	token_list_fini(&ids);
}

static void bench(const char *name, const char *dir)
{
	struct error err;
	double start = cpu_ns();
	struct tokenizer *t = tokenizer_load(dir, &err);
	double english;

	if (t == NULL) {
		fprintf(stderr, "skipped %s: %s\n", name, err.text);
		return;
	}
	printf("token_%s_load\t%.0f\tms\t<=500\t<=150\t%zu ids, %zu bytes "
	       "held\n",
	       name, (cpu_ns() - start) / 1e6, tokenizer_vocab_size(t),
	       tokenizer_bytes(t));
	english = bench_texts(t, name);
	bench_worst(t, name, "one_letter", "a", english);
	bench_worst(t, name, "two_letters", "ab", english);
	bench_worst(t, name, "random", NULL, english);
	bench_worst(t, name, "marks", "q\u0307\u0323", english);
	bench_worst(t, name, "spaces", " ", english);
	tokenizer_unref(&t);
}

int main(void)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	char dir[4096];
	static const char *const more[] = {"llama-3.2", "qwen3"};

	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		buf_init(&text[i].bytes);
	read_glob("*/*/*.md", &text[0].bytes);
	read_glob("tools/demo/text/[amp]*.txt", &text[0].bytes);
	read_english(&text[0].bytes);
	read_glob("common/[bhj]*/*.[ch]", &text[1].bytes);
	read_glob("router/*/*.[ch]", &text[1].bytes);
	fill(&text[0].bytes);
	fill(&text[1].bytes);
	make_chinese(&text[2].bytes);
	bench("demo", "models/demo");
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		snprintf(dir, sizeof(dir), "%s/tokenizers/%s",
			 env ? env : "../shared/testdata", more[i]);
		bench(more[i], dir);
	}
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		buf_fini(&text[i].bytes);
	return 0;
}
