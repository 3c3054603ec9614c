#include "tests/scenario/script.h"

#include "common/base/file.h"
#include "common/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct statement {
	const char *name;
	size_t least; /* words after the name */
	bool needs_workers;
	void (*run)(struct script *s, const struct slice *word, size_t n);
};

void script_fail(struct script *s, const char *fmt, ...)
{
	va_list args;

	s->faults++;
	if (s->must_fail)
		return;
	printf("FAIL %s:%zu: ", s->file, s->line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

bool script_number(struct slice text, double *out)
{
	static const struct {
		const char *name;
		double times;
	} unit[] = {{"", 1},    {"%", 0.01}, {"ms", 1},
		    {"s", 1e3}, {"m", 6e4},  {"k", 1e3}};
	char copy[40], *end;

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*out = strtod(copy, &end);
	if (end == copy)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(unit); i++) {
		if (strcmp(end, unit[i].name) != 0)
			continue;
		*out *= unit[i].times;
		return true;
	}
	return false;
}

bool script_worker(struct script *s, struct slice word, unsigned *out)
{
	uint64_t number;

	if (word.n > 1 && word.p[0] == 'w' &&
	    slice_to_u64(slice_from(word, 1), s->world->n, &number) == OK &&
	    number > 0) {
		*out = (unsigned)number - 1;
		return true;
	}
	script_fail(s, "%.*s: no such worker", SLICE_ARG(word));
	return false;
}

/* --- parameters: name=value ------------------------------------------ */

struct parameter {
	const char *name;
	double *value;
};

static void set_parameter(struct script *s, struct slice word,
			  const struct parameter *p, size_t n)
{
	struct slice rest = word, name = slice_split(&rest, '=');

	for (size_t i = 0; i < n; i++) {
		if (!slice_equal(name, slice_of(p[i].name)))
			continue;
		if (!script_number(rest, p[i].value))
			script_fail(s, "%.*s: not a number", SLICE_ARG(word));
		return;
	}
	script_fail(s, "%.*s: no such parameter", SLICE_ARG(word));
}

static void set_parameters(struct script *s, const struct slice *word, size_t n,
			   const struct parameter *p, size_t n_p)
{
	for (size_t i = 0; i < n; i++)
		set_parameter(s, word[i], p, n_p);
}

/* --- statements ------------------------------------------------------ */

static void use_policy(struct script *s)
{
	if (s->world == NULL)
		return;
	s->world->policy = s->policy;
	s->world->options = s->options;
}

static void run_workers(struct script *s, const struct slice *word, size_t n)
{
	double rate = 10000, blocks = 20000, slots = 256, block_size = 16;
	double max_inflight = 0, events = 1, late = 0, slow_start = 0;
	double admission = 0, peers = 0, placement = 0, prefill = 0;
	const struct parameter p[] = {
		{"rate", &rate},
		{"blocks", &blocks},
		{"slots", &slots},
		{"block_size", &block_size},
		{"max_inflight", &max_inflight},
		{"events", &events},
		{"late", &late},
		{"slow_start", &slow_start},
		{"admission", &admission},
		{"peers", &peers},
		{"placement", &placement},
		{"prefill", &prefill},
	};
	uint64_t count;

	set_parameters(s, word + 1, n - 1, p, ARRAY_LEN(p));
	if (slice_to_u64(word[0], WORLD_MAX_WORKERS, &count) != OK ||
	    count == 0 || prefill < 0 || prefill >= (double)count ||
	    rate <= 0 || blocks < 1 || slots < 1 || block_size < 1) {
		script_fail(s, "workers: 1 to %d of them", WORLD_MAX_WORKERS);
		return;
	}
	world_destroy(&s->world);
	s->world = world_create(&(struct world_fleet){
		.n = (size_t)count,
		.n_prefill = (size_t)prefill,
		.tokens_per_s = rate,
		.blocks = (size_t)blocks,
		.slots = (size_t)slots,
		.block_size = (size_t)block_size,
		.max_inflight = (size_t)max_inflight,
		.exact = events != 0,
		.admission = admission != 0,
		.peers = peers != 0,
		.placement = placement != 0,
		.event_delay_us = (uint64_t)(late * 1e3),
		.slow_start_ms = (uint64_t)slow_start,
	});
	use_policy(s);
}

/* Of names with | between them; the last one again where they are fewer. */
static struct slice this_turns(struct script *s, struct slice names)
{
	struct slice name = {NULL, 0};
	size_t n = 0;

	while (names.n > 0) {
		struct slice next = slice_split(&names, '|');

		if (n++ <= s->turn)
			name = next;
	}
	if (n > s->turns)
		s->turns = n;
	return name;
}

static void run_policy(struct script *s, const struct slice *word, size_t n)
{
	double imbalance = s->options.imbalance_abs;
	const struct parameter p[] = {
		{"load_weight", &s->options.load_weight},
		{"bounded_load", &s->options.bounded_load},
		{"prefix_threshold", &s->options.prefix_threshold},
		{"imbalance_abs", &imbalance},
		{"imbalance_rel", &s->options.imbalance_rel},
	};
	const struct policy *policy = policy_find(this_turns(s, word[0]));

	if (policy == NULL)
		script_fail(s, "%.*s: no such policy", SLICE_ARG(word[0]));
	else
		s->policy = policy;
	set_parameters(s, word + 1, n - 1, p, ARRAY_LEN(p));
	s->options.imbalance_abs = (uint32_t)imbalance;
	use_policy(s);
}

static void run_hold(struct script *s, const struct slice *word, size_t n)
{
	unsigned w;

	(void)n;
	if (script_worker(s, word[0], &w) && !world_hold(s->world, w, word[1]))
		script_fail(s, "%.*s: not a prompt", SLICE_ARG(word[1]));
}

static void run_store(struct script *s, const struct slice *word, size_t n)
{
	double ms = 10, token_ms = 0.02, optional = 0;
	const struct parameter p[] = {{"ms", &ms},
				      {"ms_per_token", &token_ms},
				      {"optional", &optional}};

	set_parameters(s, word + 1, n - 1, p, ARRAY_LEN(p));
	s->world->store_optional = optional != 0;
	if (!world_store(s->world, word[0], ms, token_ms))
		script_fail(s, "%.*s: not a prompt", SLICE_ARG(word[0]));
}

static void run_drop(struct script *s, const struct slice *word, size_t n)
{
	unsigned w;

	(void)n;
	if (script_worker(s, word[0], &w))
		world_drop(s->world, w);
}

static void run_load(struct script *s, const struct slice *word, size_t n)
{
	double inflight = 0, running = 0, waiting = 0, tokens = 0, recent = 0,
	       usage = 0;
	const struct parameter p[] = {
		{"inflight", &inflight}, {"running", &running},
		{"waiting", &waiting},   {"tokens", &tokens},
		{"recent", &recent},     {"usage", &usage},
	};
	unsigned w;

	if (!script_worker(s, word[0], &w))
		return;
	set_parameters(s, word + 1, n - 1, p, ARRAY_LEN(p));
	world_load(s->world, w,
		   &(struct world_load){
			   .inflight = (uint32_t)inflight,
			   .running = (uint32_t)running,
			   .waiting = (uint32_t)waiting,
			   .tokens = (uint64_t)tokens,
			   .recent = (uint64_t)recent,
			   .usage = usage,
		   });
}

static void run_place(struct script *s, const struct slice *word, size_t n)
{
	double zone = 0, rack = 0;
	const struct parameter p[] = {{"zone", &zone}, {"rack", &rack}};
	unsigned w;

	if (!script_worker(s, word[0], &w))
		return;
	set_parameters(s, word + 1, n - 1, p, ARRAY_LEN(p));
	s->world->worker[w].zone = (uint32_t)zone;
	s->world->worker[w].rack = (uint32_t)rack;
}

static void set_state(struct script *s, struct slice word,
		      enum policy_exclusion state)
{
	unsigned w;

	if (script_worker(s, word, &w))
		world_set_state(s->world, w, state);
}

static void run_up(struct script *s, const struct slice *word, size_t n)
{
	(void)n;
	set_state(s, word[0], POLICY_ALLOWED);
}

static void run_down(struct script *s, const struct slice *word, size_t n)
{
	(void)n;
	set_state(s, word[0], POLICY_DOWN);
}

static void run_drain(struct script *s, const struct slice *word, size_t n)
{
	(void)n;
	set_state(s, word[0], POLICY_DRAINING);
}

static uint64_t session_of(struct slice name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return h;
}

/* "… -> w2" or "-> nobody". */
static void check_target(struct script *s, struct slice target)
{
	int chosen = s->last.decision.chosen;
	unsigned w;

	if (slice_equal(target, SLICE("nobody")) ||
	    slice_equal(target, SLICE("queue"))) {
		if (chosen >= 0)
			script_fail(s, "expected %.*s, got w%d (%s)",
				    SLICE_ARG(target), chosen + 1,
				    s->last.decision.reason);
		return;
	}
	if (script_worker(s, target, &w) && chosen != (int)w)
		script_fail(s, "expected w%u, got w%d (%s)", w + 1, chosen + 1,
			    s->last.decision.reason);
}

static bool set_class(struct slice word, enum residents_class *out)
{
	static const char *const name[RESIDENTS_CLASSES] = {
		"background", "default", "interactive"};

	for (unsigned i = 0; i < RESIDENTS_CLASSES; i++)
		if (slice_equal(word, slice_of(name[i]))) {
			*out = (enum residents_class)i;
			return true;
		}
	return false;
}

/* What a request says of itself; false: it is something else. */
static bool set_who(struct script *s, struct slice word)
{
	struct slice value = word, what = slice_split(&value, '=');
	struct world_request *r = &s->last;

	if (slice_equal(what, SLICE("session")))
		r->session = session_of(value);
	else if (slice_equal(what, SLICE("tenant")))
		r->tenant = session_of(value);
	else if (slice_equal(what, SLICE("as")))
		r->name = value;
	else if (slice_equal(what, SLICE("class")))
		return set_class(value, &r->class);
	else
		return false;
	return true;
}

static void run_request(struct script *s, const struct slice *word, size_t n)
{
	double decode_ms = 0;
	const struct parameter p[] = {{"decode", &decode_ms}};
	struct slice target = {0};

	if (s->policy == NULL) {
		script_fail(s, "no policy yet");
		return;
	}
	s->last = (struct world_request){.prompt = word[0],
					 .class = RESIDENTS_DEFAULT,
					 .source = -1,
					 .prefill = -1};
	for (size_t i = 1; i < n; i++) {
		if (set_who(s, word[i]))
			continue;
		if (slice_equal(word[i], SLICE("->")) && i + 2 == n)
			target = word[++i];
		else
			set_parameter(s, word[i], p, 1);
	}
	s->last.decode_us = (uint64_t)(decode_ms * 1e3);
	if (!world_send(s->world, &s->last))
		script_fail(s, "%.*s: not a prompt", SLICE_ARG(word[0]));
	else if (target.n > 0)
		check_target(s, target);
}

static void run_advance(struct script *s, const struct slice *word, size_t n)
{
	double ms;

	(void)n;
	if (!script_number(word[0], &ms) || ms < 0)
		script_fail(s, "%.*s: not a time", SLICE_ARG(word[0]));
	else
		world_advance(s->world, (uint64_t)(ms * 1e3));
}

static void run_finish(struct script *s, const struct slice *word, size_t n)
{
	(void)word;
	(void)n;
	world_finish(s->world);
}

static void run_count(struct script *s, const struct slice *word, size_t n)
{
	(void)word;
	(void)n;
	world_count(s->world);
}

static void run_plan(struct script *s, const struct slice *word, size_t n)
{
	double moves = PLACE_MOVES;
	const struct parameter p[] = {{"moves", &moves}};

	set_parameters(s, word, n, p, 1);
	place_plan(s->world, (size_t)moves);
}

static void run_must_fail(struct script *s, const struct slice *word, size_t n)
{
	(void)word;
	(void)n;
	s->must_fail = true;
}

static const struct statement statement[] = {
	{"workers", 1, false, run_workers},
	{"policy", 1, false, run_policy},
	{"hold", 2, true, run_hold},
	{"store", 1, true, run_store},
	{"drop", 1, true, run_drop},
	{"load", 1, true, run_load},
	{"place", 1, true, run_place},
	{"up", 1, true, run_up},
	{"down", 1, true, run_down},
	{"drain", 1, true, run_drain},
	{"request", 1, true, run_request},
	{"plan", 0, true, run_plan},
	{"advance", 1, true, run_advance},
	{"finish", 0, true, run_finish},
	{"count", 0, true, run_count},
	{"expect", 2, true, script_expect},
	{"must-fail", 0, false, run_must_fail},
};

static size_t split(struct slice line, struct slice *word)
{
	size_t n = 0;

	while (line.n > 0 && n < SCRIPT_MAX_WORDS) {
		struct slice w = slice_split(&line, ' ');

		if (w.n > 0)
			word[n++] = w;
	}
	return n;
}

static void run_line(struct script *s, struct slice line)
{
	struct slice word[SCRIPT_MAX_WORDS];
	size_t n = split(line, word);

	for (size_t i = 0; n > 0 && i < ARRAY_LEN(statement); i++) {
		const struct statement *st = &statement[i];

		if (!slice_equal(word[0], slice_of(st->name)))
			continue;
		if (n - 1 < st->least)
			script_fail(s, "%s: too few words", st->name);
		else if (st->needs_workers && s->world == NULL)
			script_fail(s, "%s: there are no workers yet",
				    st->name);
		else
			st->run(s, word + 1, n - 1);
		return;
	}
	if (n > 0)
		script_fail(s, "%.*s: no such statement", SLICE_ARG(word[0]));
}

/* repeat N [every TIME] STATEMENT */
static void run_repeat(struct script *s, struct slice line)
{
	struct slice word[SCRIPT_MAX_WORDS], body = line;
	size_t n = split(line, word), first = 2;
	uint64_t times = 0;
	double ms = 0;
	struct buf text;

	if (n > 4 && slice_equal(word[2], SLICE("every")) &&
	    script_number(word[3], &ms))
		first = 4;
	if (n <= first || slice_to_u64(word[1], 1000000, &times) != OK) {
		script_fail(s, "write: repeat N [every TIME] STATEMENT");
		return;
	}
	body = slice_from(line, (size_t)(word[first].p - line.p));
	buf_init(&text);
	for (uint64_t i = 0; i < times; i++) {
		buf_reset(&text, SIZE_MAX);
		if (!script_expand(body, i, &s->rng, &text)) {
			script_fail(s, "not an expression in { }");
			break;
		}
		run_line(s, buf_slice(&text));
		if (ms > 0 && s->world != NULL)
			world_advance(s->world, (uint64_t)(ms * 1e3));
	}
	buf_fini(&text);
}

static void run_text(struct script *s, struct slice text)
{
	while (text.n > 0) {
		struct slice line = slice_trim(slice_split(&text, '\n'));

		s->line++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (slice_starts(line, SLICE("repeat ")))
			run_repeat(s, line);
		else
			run_line(s, line);
	}
}

static bool run_turn(const char *file, struct slice text, size_t turn,
		     size_t *turns)
{
	struct script s = {
		.file = file,
		.turn = turn,
		.turns = *turns,
		.options = {.load_weight = 1,
			    .bounded_load = 1.25,
			    .prefix_threshold = 0.5,
			    .imbalance_abs = 32,
			    .imbalance_rel = 1.1},
	};

	rng_seed(&s.rng, 1);
	run_text(&s, text);
	world_destroy(&s.world);
	*turns = s.turns;
	if (s.must_fail && s.faults == 0)
		printf("FAIL %s: was to fail, but did not\n", file);
	return s.must_fail == (s.faults > 0);
}

bool script_run(const char *file)
{
	struct error err = {0};
	struct buf text = {0};
	size_t turns = 1;
	bool passed = file_read(file, 1 << 20, &text, &err) == OK;

	if (!passed)
		printf("FAIL %s: %s\n", file, err.text);
	for (size_t turn = 0; passed && turn < turns; turn++)
		passed = run_turn(file, buf_slice(&text), turn, &turns);
	buf_fini(&text);
	return passed;
}
