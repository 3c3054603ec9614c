#include "router/command_doctor.h"

#include "common/base/log.h"
#include "router/command_options.h"
#include "router/doctor_report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_WAIT_S 6 /* a replay that nobody answers takes 5 */
#define MAX_WAIT_S     600

static const char help[] =
	"usage: warmpath doctor --config FILE [--json] [--no-generate]\n"
	"\n"
	"Says for each worker of the configuration what is right, what is\n"
	"wrong, and the flag of vLLM that mends it: its names, its token ids\n"
	"beside ours, its block hashes, its events, what its answers tell.\n"
	"\n"
	"Each worker gets one completion of one token, with a prompt of a\n"
	"little over two blocks that nobody has asked before: without it no\n"
	"event need come, and hashes cannot be proved.\n"
	"\n"
	"  --config FILE   the gateway's YAML configuration "
	"[WARMPATH_CONFIG]\n"
	"  --json          for programs, as the gateway's /workers has it\n"
	"  --no-generate   no completion: what only it can show stays unknown\n"
	"  --wait SECONDS  for events to come, 1 to 600; default 6\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 if nothing is wrong, 1 if something is, 2 for wrong\n"
	"usage or configuration.\n";

struct options {
	const char *config;
	struct doctor_options doctor;
	bool json, help;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;
	uint64_t n;

	switch (letter) {
	case 'c': o->config = value; return OK;
	case 'j': o->json = true; return OK;
	case 'g': o->doctor.generate = false; return OK;
	case 'h': o->help = true; return OK;
	case 'w':
		if (slice_to_u64(slice_of(value), MAX_WAIT_S, &n) != OK ||
		    n == 0)
			return command_usage(err, "--wait", value,
					     "not a number from 1 to 600");
		o->doctor.wait_ms = n * 1000;
		return OK;
	}
	return ERR_INVALID;
}

static const struct option known[] = {
	{"config", required_argument, NULL, 'c'},
	{"json", no_argument, NULL, 'j'},
	{"no-generate", no_argument, NULL, 'g'},
	{"wait", required_argument, NULL, 'w'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, NULL, take_option};

static bool wants_colours(void)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (none == NULL || *none == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

/* False: standard output takes no more. */
static bool print(const struct options *o, const struct fleet *f)
{
	struct buf out = {0};
	struct slice s;
	bool fine;

	if (o->json)
		doctor_report_json(f, &out);
	else
		doctor_report_text(f, wants_colours(), &out);
	s = buf_slice(&out);
	fine = fwrite(s.p, 1, s.n, stdout) == s.n && fflush(stdout) == 0;
	buf_fini(&out);
	return fine;
}

static bool any_is_wrong(const struct fleet *f)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (doctor_is_wrong(f->worker[i]))
			return true;
	return false;
}

static int examine(const struct options *o, struct conf *c)
{
	struct error err = {0};
	struct doctor *d = doctor_create(c, &o->doctor, &err);
	int status = COMMAND_FINE;

	if (d == NULL) {
		fprintf(stderr, "warmpath doctor: %s: %s\n", o->config,
			err.text);
		return COMMAND_USAGE;
	}
	if (o->doctor.generate)
		fprintf(stderr, "warmpath doctor: each worker gets one "
				"completion of one token; --no-generate "
				"leaves it out\n");
	doctor_run(d);
	if (!print(o, doctor_fleet(d)) || any_is_wrong(doctor_fleet(d)))
		status = COMMAND_BAD_LINE;
	doctor_destroy(&d);
	return status;
}

static enum status parse(int argc, char **argv, struct options *o,
			 struct error *err)
{
	if (command_options_parse(&command, o, argc, argv, err) != OK)
		return ERR_INVALID;
	if (o->config == NULL)
		o->config = getenv("WARMPATH_CONFIG");
	if (o->help || o->config != NULL)
		return OK;
	return command_usage(err, "--config", NULL,
			     "missing: the gateway's configuration");
}

int command_doctor(int argc, char **argv)
{
	struct options o = {
		.doctor = {.generate = true, .wait_ms = DEFAULT_WAIT_S * 1000},
	};
	struct conf_faults faults = {0};
	struct error err = {0};
	struct conf *c;
	int status;

	if (parse(argc, argv, &o, &err) != OK) {
		fprintf(stderr, "warmpath doctor: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	/* What it finds is its report; the log would say it twice. */
	log_set_level(LOG_ERROR);
	signal(SIGPIPE, SIG_IGN);
	c = conf_load(o.config, (struct conf_settings){0}, &faults);
	fwrite(faults.text.p ? buf_slice(&faults.text).p : "", 1,
	       buf_len(&faults.text), stderr);
	buf_fini(&faults.text);
	if (c == NULL)
		return COMMAND_USAGE;
	status = examine(&o, c);
	conf_unref(&c);
	return status;
}
