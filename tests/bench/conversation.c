/* From a chat's body to its chain: scan, find what is known, parse, render,
 * tokenize, hash. Conversations of 1k to 200k tokens, cold (nothing of it
 * was seen) and warm (one more turn of about 600 tokens, the rest was seen
 * in the request before), for the demo's model and for published ones where
 * the test data has them. Some turns follow one another, as they do; the
 * first of them finds the processor's caches full of what the cold request
 * went through, so that it is told apart.
 *
 * Thread CPU time, medians. One line each: name, value, unit, goal,
 * moonshot, note, with tabs between. */
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/api/request.h"
#include "router/prompt/recall.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS       15
#define TURNS        4 /* warm ones of a round */
#define BLOCK        16
#define ANSWER_BYTES 600  /* of an assistant's message */
#define ASK_BYTES    1800 /* of what comes back: tools' results and the like */
#define MOST_BYTES   (4u << 20)

struct bench {
	struct tokenizer *tokenizer;
	struct chat_model *chat;
	struct hash_scheme engine, tokens;
	struct recall *recall;
	struct rng rng;
	struct buf source; /* texts to cut messages from */
	struct buf body;   /* without its end */
	struct arena request, values;
	struct buf room;
	struct recalled recalled;
	struct chain_keys *held[2];
	size_t n_messages, n_tokens;
};

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void read_source(struct buf *out)
{
	static const char *const pattern[] = {"tools/demo/text/*.txt",
					      "router/*/*.[ch]"};

	for (size_t i = 0; i < ARRAY_LEN(pattern); i++) {
		glob_t found;
		struct error err;

		if (glob(pattern[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			if (file_read(found.gl_pathv[k], MOST_BYTES, out,
				      &err) != OK)
				fprintf(stderr, "%s\n", err.text);
		globfree(&found);
	}
}

/* Any piece of the source, with a number that makes it new. */
static void add_message(struct bench *b, const char *role, size_t bytes)
{
	struct slice all = buf_slice(&b->source);
	size_t at = rng_below(&b->rng, all.n - bytes);
	struct buf text;

	buf_init(&text);
	buf_printf(&text, "%llu: ", (unsigned long long)rng_next(&b->rng));
	buf_append(&text, (struct slice){all.p + at, bytes});
	buf_printf(&b->body, "%s{\"role\":\"%s\",\"content\":",
		   b->n_messages++ ? "," : "", role);
	buf_json_string(&b->body, buf_slice(&text));
	buf_putc(&b->body, '}');
	buf_fini(&text);
}

static void add_turn(struct bench *b)
{
	add_message(b, "assistant", ANSWER_BYTES);
	add_message(b, "user", ASK_BYTES);
}

static size_t known(void *arg, struct slice rest)
{
	struct bench *b = arg;

	recall_find(b->recall, 0, rest, &b->request, &b->recalled);
	return b->recalled.n_turns ? b->recalled.bytes : 0;
}

static void must(enum status status, const char *what)
{
	if (status == OK)
		return;
	fprintf(stderr, "%s: %s\n", what, status_name(status));
	exit(1);
}

static struct recall_end *ends_of(struct bench *b, const struct api_request *a)
{
	struct recall_end *end = arena_array(&b->request, a->n_turns + 1,
					     sizeof(*end));
	struct slice text = slice_from(a->messages, 1);

	for (size_t i = 0; i < a->n_turns; i++)
		end[i] = recall_end_at(
			&b->recalled, text,
			(size_t)(a->turn[i].p + a->turn[i].n - text.p));
	return end;
}

static void go_on(struct bench *b, const struct api_request *a)
{
	const struct fingerprint_value scope = {1, 1};
	const struct tm now = {.tm_year = 125};
	struct conversation_input in = {
		.tokenizer = b->tokenizer,
		.chat = b->chat,
		.request = {.add_generation_prompt = true, .now = &now},
		.turn = a->turn,
		.n_turns = a->n_turns,
		.max_tokens = 1 << 20,
		.limits = template_default_limits(),
	};
	struct recall_end *end = ends_of(b, a);
	struct chain engine, tokens;
	struct conversation *c = recall_lend(b->recall, &b->recalled, scope,
					     &in.kept);
	struct error err;
	size_t last = a->n_turns ? end[a->n_turns - 1].at : b->recalled.bytes;

	must(conversation_go_on(c, &in, &b->values, &b->room, &err),
	     "conversation");
	must(conversation_chain(c, CONVERSATION_TOKENS, &b->tokens, NULL,
				&b->held[0], &tokens),
	     "chain");
	must(conversation_chain(c, CONVERSATION_ENGINE, &b->engine, NULL,
				&b->held[1], &engine),
	     "chain");
	b->n_tokens = c->tokens.n;
	recall_keep(b->recall, c, b->recalled.chunk, chunk_count(last), end,
		    in.kept);
	chain_keys_give_back(&b->held[0]);
	chain_keys_give_back(&b->held[1]);
}

/* The whole way, in us. */
static double serve(struct bench *b)
{
	const struct api_limits limits = {
		.max_depth = 64,
		.max_members = 64,
		.max_prompts = 1,
		.max_prompt_tokens = 1 << 20,
		.max_messages = 1 << 20,
	};
	const struct api_known k = {known, b};
	struct api_request a;
	struct api_error err;
	struct buf body;
	double start;

	buf_init(&body);
	buf_append(&body, buf_slice(&b->body));
	buf_puts(&body, "],\"model\":\"m\",\"stream\":true}");
	start = cpu_us();
	must(api_request_parse(API_CHAT, buf_slice(&body), &limits, &k,
			       &b->request, &a, &err),
	     "body");
	go_on(b, &a);
	start = cpu_us() - start;
	arena_reset(&b->request);
	arena_reset(&b->values);
	buf_fini(&body);
	return start;
}

/* That the bytes are known must be seen of each of them. */
static double fingerprints(struct bench *b)
{
	struct fingerprint_value *key = arena_array(
		&b->request, chunk_count(buf_len(&b->body)) + 1, sizeof(*key));
	double start = cpu_us();

	chunk_keys(1, buf_slice(&b->body), key);
	start = cpu_us() - start;
	arena_reset(&b->request);
	return start;
}

static void begin(struct bench *b, size_t tokens)
{
	buf_reset(&b->body, SIZE_MAX);
	buf_puts(&b->body, "{\"messages\":[");
	b->n_messages = 0;
	add_message(b, "system", 400);
	/* A byte is about a quarter of a token, and a turn the last one. */
	while (buf_len(&b->body) + ANSWER_BYTES + ASK_BYTES < tokens * 4)
		add_turn(b);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *value, size_t n)
{
	qsort(value, n, sizeof(*value), by_value);
	return value[n / 2];
}

struct result {
	double cold, warm;
};

static struct result measure(struct bench *b, const char *name, size_t tokens)
{
	double cold[ROUNDS], warm[ROUNDS * TURNS], bytes[ROUNDS];
	double first[ROUNDS];
	size_t before = 0, n_warm = 0;

	for (int i = 0; i < ROUNDS; i++) {
		begin(b, tokens);
		cold[i] = serve(b);
		for (int k = 0; k < TURNS; k++) {
			before = b->n_tokens;
			add_turn(b);
			warm[n_warm++] = serve(b);
		}
		first[i] = warm[n_warm - TURNS];
		bytes[i] = fingerprints(b);
	}
	struct result r = {median(cold, ROUNDS), median(warm, n_warm)};

	printf("%s: body to chain, %zuk tokens, cold\t%.4g\tus\t-\t-\t"
	       "%zu messages, %zu bytes\n",
	       name, tokens / 1000, r.cold, b->n_messages - 2 * TURNS,
	       buf_len(&b->body));
	printf("%s: body to chain, %zuk tokens, warm\t%.4g\tus\t-\t-\t"
	       "the last: %zu tokens, %zu of them new; the first: %.3g us; "
	       "fingerprints of the bytes: %.3g us\n",
	       name, tokens / 1000, r.warm, b->n_tokens, b->n_tokens - before,
	       median(first, ROUNDS), median(bytes, ROUNDS));
	return r;
}

static void measure_model(struct bench *b, const char *name, const char *dir)
{
	struct error err;

	b->tokenizer = tokenizer_load(dir, &err);
	if (b->tokenizer)
		b->chat = chat_model_load(dir, NULL, &err);
	if (!b->chat || chat_model_fault(b->chat)) {
		fprintf(stderr, "skipped %s: %s\n", name,
			b->chat ? chat_model_fault(b->chat) : err.text);
	} else {
		b->recall = recall_create((size_t)256 << 20);
		measure(b, name, 1000);
		struct result small = measure(b, name, 8000);
		measure(b, name, 64000);
		struct result large = measure(b, name, 200000);

		printf("%s: warm, 200k / 8k tokens\t%.4g\tratio\t3\t-\t\n",
		       name, large.warm / small.warm);
		printf("%s: 200k tokens, warm / cold\t%.4g\tratio\t0.02\t-\t\n",
		       name, large.warm / large.cold);
		recall_destroy(&b->recall);
	}
	chat_model_unref(&b->chat);
	tokenizer_unref(&b->tokenizer);
}

int main(void)
{
	static const char *const published[] = {"qwen3", "llama-3.2",
						"mistral-7b"};
	const char *data = getenv("WARMPATH_TESTDATA");
	struct bench b = {0};
	char dir[512];

	if (hash_scheme_init(&b.engine, HASH_SHA256_CBOR, SLICE("0"), BLOCK) !=
		    OK ||
	    hash_scheme_init(&b.tokens, HASH_TOKENS, SLICE(""), BLOCK) != OK)
		return 1;
	rng_seed(&b.rng, 1);
	read_source(&b.source);
	measure_model(&b, "demo", "models/demo");
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		snprintf(dir, sizeof(dir), "%s/tokenizers/%s",
			 data ? data : "../shared/testdata", published[i]);
		if (file_exists(dir))
			measure_model(&b, published[i], dir);
		else
			fprintf(stderr, "skipped: no %s\n", dir);
	}
	buf_fini(&b.source);
	buf_fini(&b.body);
	buf_fini(&b.room);
	arena_fini(&b.request);
	arena_fini(&b.values);
	return 0;
}
