#include "router/command_replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/command_options.h"
#include "router/decision/replay_report.h"

#define READ_BYTES  ((size_t)256 << 10)
#define PROGRESS_MS 2000
#define FAULTS_TOLD 10

static const char help[] =
	"usage: warmpath replay --log FILE --config FILE [--model M] [--json]\n"
	"\n"
	"Makes decisions again that a gateway has written down\n"
	"(log.decisions), by the policies of another configuration, and says\n"
	"what would have changed: which share of the requests would have\n"
	"gone elsewhere, what was expected in the caches there, at which\n"
	"cost, how even the load would be; beside what came of them.\n"
	"\n"
	"Each decision is made on its own, among the candidates as they were\n"
	"then: what the caches would hold if all before had been decided so,\n"
	"is not known. Where the recorded choice costs no more than another,\n"
	"it stays.\n"
	"\n"
	"  --log FILE     the decisions; - is standard input\n"
	"  --config FILE  a gateway's YAML; of it models and their policies\n"
	"  --model M      of this model alone; by itself all that are in both\n"
	"  --json         for programs\n"
	"  --help         this text\n"
	"\n"
	"Exit status: 0, 1 if lines of the log are faulty or nothing in it is\n"
	"of the models, 2 for wrong usage or configuration.\n";

struct options {
	const char *log, *config, *model;
	bool json, help;
};

/* A run over a log. */
struct run {
	const struct options *o;
	struct replay *replay; /* one a model */
	size_t n;
	uint64_t lines, faulty, others; /* others: of no such model */
	uint64_t told_ms;
	struct arena arena;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	(void)err;
	switch (letter) {
	case 'l': o->log = value; return OK;
	case 'c': o->config = value; return OK;
	case 'm': o->model = value; return OK;
	case 'j': o->json = true; return OK;
	case 'h': o->help = true; return OK;
	}
	return ERR_INVALID;
}

static const struct option known[] = {
	{"log", required_argument, NULL, 'l'},
	{"config", required_argument, NULL, 'c'},
	{"model", required_argument, NULL, 'm'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, NULL, take_option};

/* --- lines -------------------------------------------------------------- */

static void made(struct run *r, const struct decision_line *l)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!slice_equal(slice_of(r->replay[i].model->name), l->model))
			continue;
		replay_decision(&r->replay[i], l);
		return;
	}
	r->others++;
}

static void ended(struct run *r, const struct decision_line *l)
{
	for (size_t i = 0; i < r->n; i++)
		if (replay_ended(&r->replay[i], l))
			return;
}

static void refuse(struct run *r, const char *why)
{
	r->faulty++;
	if (r->faulty <= FAULTS_TOLD)
		fprintf(stderr, "warmpath replay: %s:%llu: %s\n", r->o->log,
			(unsigned long long)r->lines, why);
	if (r->faulty == FAULTS_TOLD + 1)
		fprintf(stderr, "warmpath replay: further faults are counted, "
				"not told\n");
}

static void progress(struct run *r)
{
	uint64_t now_ms = clock_coarse_ms();

	if (now_ms - r->told_ms < PROGRESS_MS)
		return;
	r->told_ms = now_ms;
	fprintf(stderr, "warmpath replay: %llu lines\n",
		(unsigned long long)r->lines);
}

static void take_line(struct run *r, struct slice line)
{
	struct decision_line l;
	struct error err;

	r->lines++;
	progress(r);
	if (slice_trim(line).n == 0)
		return;
	if (decision_read(line, &r->arena, &l, &err) != OK)
		refuse(r, err.text);
	else if (l.kind == DECISION_LINE_MADE)
		made(r, &l);
	else if (l.kind == DECISION_LINE_ENDED)
		ended(r, &l);
	arena_reset(&r->arena);
}

/* All whole lines of `b`; with `last` also what has no end. */
static void take_lines(struct run *r, struct buf *b, bool last)
{
	struct slice all = buf_slice(b);
	size_t n;

	while ((n = slice_find(all, '\n')) < all.n) {
		take_line(r, (struct slice){all.p, n});
		all = slice_from(all, n + 1);
	}
	if (last && all.n > 0) {
		take_line(r, all);
		all.n = 0;
	}
	buf_consume(b, buf_len(b) - all.n);
}

static bool is_too_long(struct run *r, const struct buf *b)
{
	if (buf_len(b) <= DECISION_MAX_LINE_BYTES)
		return false;
	r->lines++;
	refuse(r, "the line is longer than any of such a log; the rest is not "
		  "read");
	return true;
}

static void read_all(struct run *r, int fd)
{
	struct buf b = {0};
	ssize_t n;

	do {
		char *to = buf_reserve(&b, READ_BYTES);

		n = read(fd, to, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			buf_commit(&b, (size_t)n);
		take_lines(r, &b, n <= 0);
	} while (n != 0 && !(n < 0 && errno != EINTR) && !is_too_long(r, &b));
	if (n < 0)
		refuse(r, strerror(errno));
	buf_fini(&b);
}

/* --- the whole ------------------------------------------------------------ */

static void report(const struct run *r, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct replay *each = &r->replay[i];

		if (each->n == 0 && r->o->model == NULL)
			continue;
		if (r->o->json) {
			replay_report_json(each, out);
			buf_putc(out, '\n');
		} else {
			replay_report_text(each, out);
		}
	}
	if (!r->o->json && r->others > 0)
		buf_printf(out, "%llu decisions are of other models\n",
			   (unsigned long long)r->others);
	if (!r->o->json && r->faulty > 0)
		buf_printf(out, "%llu lines are faulty and left out\n",
			   (unsigned long long)r->faulty);
}

static int print(struct buf *out)
{
	struct slice s = buf_slice(out);
	bool ok = fwrite(s.n > 0 ? s.p : "", 1, s.n, stdout) == s.n &&
		  fflush(stdout) == 0;

	buf_fini(out);
	return ok ? COMMAND_FINE : COMMAND_BAD_LINE;
}

/* One a model that is wanted. */
static void begin(struct run *r, const struct conf *c)
{
	r->replay = mem_array(c->n_models, sizeof(*r->replay));
	for (size_t i = 0; i < c->n_models; i++) {
		const struct conf_model *m = &c->model[i];

		if (r->o->model == NULL || strcmp(m->name, r->o->model) == 0)
			replay_init(&r->replay[r->n++], m);
	}
	arena_init(&r->arena);
	r->told_ms = clock_coarse_ms();
}

static int end(struct run *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		any |= r->replay[i].n > 0;
		replay_fini(&r->replay[i]);
	}
	mem_free(r->replay);
	arena_fini(&r->arena);
	return any && r->faulty == 0 ? COMMAND_FINE : COMMAND_BAD_LINE;
}

static int replay_log(const struct options *o, const struct conf *c, int fd)
{
	struct run r = {.o = o};
	struct buf out = {0};
	int status, printed;

	begin(&r, c);
	if (r.n == 0) {
		fprintf(stderr, "warmpath replay: %s: no model is called %s\n",
			o->config, o->model);
		end(&r);
		return COMMAND_USAGE;
	}
	read_all(&r, fd);
	report(&r, &out);
	printed = print(&out);
	status = end(&r);
	return printed != COMMAND_FINE ? printed : status;
}

static enum status parse(int argc, char **argv, struct options *o,
			 struct error *err)
{
	if (command_options_parse(&command, o, argc, argv, err) != OK)
		return ERR_INVALID;
	if (o->help)
		return OK;
	if (o->log == NULL)
		return command_usage(err, "--log", NULL,
				     "missing: the file that log.decisions "
				     "names");
	if (o->config == NULL)
		return command_usage(err, "--config", NULL,
				     "missing: the configuration to decide by");
	return OK;
}

static int open_log(const char *file)
{
	if (strcmp(file, "-") == 0)
		return dup(STDIN_FILENO);
	return open(file, O_RDONLY | O_CLOEXEC);
}

static int run(const struct options *o)
{
	struct conf_faults faults = {0};
	struct conf *c;
	int fd, status;

	/* What is doubtful in it does not matter here. */
	log_set_level(LOG_ERROR);
	c = conf_load(o->config, (struct conf_settings){0}, &faults);
	fwrite(faults.text.p ? buf_slice(&faults.text).p : "", 1,
	       buf_len(&faults.text), stderr);
	buf_fini(&faults.text);
	if (c == NULL)
		return COMMAND_USAGE;
	fd = open_log(o->log);
	if (fd < 0) {
		fprintf(stderr, "warmpath replay: %s: %s\n", o->log,
			strerror(errno));
		conf_unref(&c);
		return COMMAND_USAGE;
	}
	status = replay_log(o, c, fd);
	close(fd);
	conf_unref(&c);
	return status;
}

int command_replay(int argc, char **argv)
{
	struct options o = {0};
	struct error err = {0};

	if (parse(argc, argv, &o, &err) != OK) {
		fprintf(stderr, "warmpath replay: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	return run(&o);
}
