/* What hostile templates take before a limit ends them: each filter, method,
 * test, operator and function in an endless loop, on all kinds of values, and
 * beside it a loop of a fixed number of turns, by which another machine can
 * be judged. All are tried with a small part of the limits, the slowest of
 * them then with all.
 *
 * Thread CPU time, the least of a few. One line each for the slowest, then
 * for the worst of all: name, value, unit, goal, moonshot, note, with tabs
 * between. */
#include "tests/unit/template/hostile.h"

#include <stdlib.h>
#include <time.h>

#include "common/base/arena.h"
#include "common/base/slice.h"
#include "common/template/from_json.h"
#include "common/template/template.h"

#define ENDLESS 99999
#define PART    4  /* of the limits, to begin with */
#define SLOW    40 /* those tried with all */
#define SHOWN   10
#define REPEATS 3

static const size_t sizes[] = {1, 3000, 200000};

struct found {
	double ms;
	const char *before, *body, *on;
	bool is_use;
	size_t size;
	struct error err;
};

static struct found slow[SLOW];
/* What does not go together, of whatever size. */
static bool is_refused[ARRAY_LEN(hostile_use)][ARRAY_LEN(hostile_value)];
static size_t n_runs;
static struct buf source, context;
static size_t context_size;
static struct arena context_values;
static struct value variables;

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Some 20 ms where the goals were measured. */
static double reference(void)
{
	volatile uint64_t x = 1;
	double start = cpu_ms();

	for (int i = 0; i < 4000000; i++)
		x = x * 6364136223846793005u + 1442695040888963407u;
	return cpu_ms() - start;
}

static double render_once(const struct template *t, uint64_t part,
			  struct error *err)
{
	struct template_limits limits = template_default_limits();
	static const struct tm now = {.tm_year = 125, .tm_mday = 3};
	struct arena arena;
	struct buf out;
	double start;

	limits.max_steps /= part;
	limits.max_bytes /= part;
	limits.max_memory_bytes /= part;
	arena_init(&arena);
	buf_init(&out);
	*err = (struct error){.text = "done"};
	start = cpu_ms();
	if (template_render(t, variables.dict, &now, &limits, NULL, NULL,
			    &arena, &out, err) == OK)
		*err = (struct error){.text = "done"};
	arena_fini(&arena);
	buf_fini(&out);
	return cpu_ms() - start;
}

static void remember(const struct found *f)
{
	size_t i = SLOW;

	while (i > 0 && slow[i - 1].ms < f->ms)
		i--;
	if (i == SLOW)
		return;
	memmove(&slow[i + 1], &slow[i], (SLOW - 1 - i) * sizeof(*slow));
	slow[i] = *f;
}

static void make_context(size_t size)
{
	size = size < 30000 ? size : 30000;
	if (size == context_size)
		return;
	arena_reset(&context_values);
	hostile_context(&context, size);
	if (value_from_json(buf_slice(&context), 128, &context_values,
			    &variables) != OK)
		exit(1);
	context_size = size;
}

static void measure(struct found *f, uint64_t part)
{
	char use[200];
	struct template *t;

	snprintf(use, sizeof(use), f->is_use ? "{%% set x = v%s %%}" : "%s",
		 f->body);
	hostile_loop(&source, f->before, use, f->size, ENDLESS);
	make_context(f->size);
	if (template_load(buf_slice(&source), &t, &f->err) != OK) {
		fprintf(stderr, "%s: %s\n", f->body, f->err.text);
		exit(1);
	}
	f->ms = 1e9;
	for (int i = 0; i < (part == 1 ? REPEATS : 1); i++) {
		double ms = render_once(t, part, &f->err);

		f->ms = ms < f->ms ? ms : f->ms;
	}
	n_runs++;
	template_unref(&t);
}

/* False if it is refused. */
static bool try(struct found f)
{
	measure(&f, PART);
	remember(&f);
	return strstr(f.err.text, "more than") || strstr(f.err.text, "done");
}

static void try_size(size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(hostile_case); i++)
		try((struct found){.before = hostile_case[i].before,
				   .body = hostile_case[i].body,
				   .on = hostile_case[i].name,
				   .size = size});
	for (size_t i = 0; i < ARRAY_LEN(hostile_use); i++)
		for (size_t k = 0; k < ARRAY_LEN(hostile_value); k++) {
			struct found f = {.before = hostile_value[k].set,
					  .body = hostile_use[i],
					  .on = hostile_value[k].name,
					  .is_use = true,
					  .size = size};

			if (!is_refused[i][k])
				is_refused[i][k] = !try(f);
		}
}

int main(int argc, char **argv)
{
	size_t shown = argc > 1 ? SLOW : SHOWN;
	double fixed = reference();
	struct found tried[SLOW];

	(void)argv;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		try_size(sizes[i]);
	memcpy(tried, slow, sizeof(slow));
	memset(slow, 0, sizeof(slow));
	for (size_t i = 0; i < SLOW; i++) {
		measure(&tried[i], 1);
		remember(&tried[i]);
	}
	for (size_t i = 0; i < shown; i++)
		printf("hostile template: %s, on %s of %zu\t%.3g\tms\t-\t-\t"
		       "%.60s\n",
		       slow[i].is_use ? slow[i].body : "itself", slow[i].on,
		       slow[i].size, slow[i].ms, slow[i].err.text);
	printf("hostile templates, the worst of %zu\t%.3g\tms\t50\t-\t"
	       "a fixed loop beside it takes %.3g ms\n",
	       n_runs, slow[0].ms, fixed);
	buf_fini(&source);
	buf_fini(&context);
	arena_fini(&context_values);
	return 0;
}
