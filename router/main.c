/* warmpath: the command line. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <zmq.h>

#include "common/base/log.h"
#include "router/command_demo.h"
#include "router/command_doctor.h"
#include "router/command_explain.h"
#include "router/command_hash.h"
#include "router/command_hash_key.h"
#include "router/command_render.h"
#include "router/command_replay.h"
#include "router/command_tokenize.h"
#include "router/command_top.h"
#include "router/conf/tenants.h"
#include "router/fleet/metrics.h"
#include "router/options.h"
#include "router/server.h"
#include "router/version.h"

/* How long workers that do not answer yet are left alone. */
#define ASK_AGAIN_S 2

static int print_version(void)
{
	int major, minor, patch;

	zmq_version(&major, &minor, &patch);
	printf("warmpath %s (%s)\n", version_text, version_commit);
	printf("libevent %s, jansson %s, %s, libzmq %d.%d.%d\n",
	       event_get_version(), jansson_version_str(),
	       OpenSSL_version(OPENSSL_VERSION), major, minor, patch);
	return EXIT_FINE;
}

static int print_buf(struct buf *b)
{
	struct slice s = buf_slice(b);
	bool ok = fwrite(s.p ? s.p : "", 1, s.n, stdout) == s.n &&
		  fflush(stdout) == 0;

	buf_fini(b);
	return ok ? EXIT_FINE : EXIT_FATAL;
}

static int print_metrics(void)
{
	struct buf out = {0};

	metric_describe(metrics_family, METRICS_N, &out);
	return print_buf(&out);
}

static int print_reference(void (*write)(struct buf *out))
{
	struct buf out = {0};

	write(&out);
	return print_buf(&out);
}

static int print_help(void)
{
	struct buf out = {0};

	options_help(&out);
	return print_buf(&out);
}

/* The soft limit only, so that a successor may be allowed to; it does not
 * count where cores go to a program. */
static void forbid_core_dumps(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
	prctl(PR_SET_DUMPABLE, 0);
}

static int serve(struct conf *c, const struct options *o, char *const *argument)
{
	const struct server_options server = {
		.source = &o->source,
		.announce = o->announce,
		.argument = argument,
	};
	const struct log_options log = {
		.level = c->log_level,
		.format = c->log_format,
		.fd = 2,
	};
	int status;

	if (!c->core_dumps)
		forbid_core_dumps();
	log_start(&log);
	status = server_run(c, &server);
	log_stop();
	return status;
}

/* -1: the first word is none of the commands. */
static int run_command(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} command[] = {
		{"demo", command_demo},         {"doctor", command_doctor},
		{"explain", command_explain},   {"hash", command_hash},
		{"hash-key", command_hash_key}, {"render", command_render},
		{"replay", command_replay},     {"tokenize", command_tokenize},
		{"top", command_top},
	};

	for (size_t i = 0; argc > 0 && i < ARRAY_LEN(command); i++)
		if (strcmp(argv[0], command[i].name) == 0)
			return command[i].run(argc, argv);
	return -1;
}

/* Engines take minutes to load a model, and may be started after us. */
static enum status load(const struct options *o, struct conf **out)
{
	bool wait = o->task == OPTIONS_RUN;
	enum status st;

	do {
		struct conf_faults faults = {0};
		struct slice text;

		st = source_load(&o->source, out, &faults);
		text = buf_slice(&faults.text);
		fwrite(text.n > 0 ? text.p : "", 1, text.n, stderr);
		buf_fini(&faults.text);
		if (st == ERR_AGAIN && wait)
			log_warn("no worker has said what it serves; they are "
				 "asked again");
	} while (st == ERR_AGAIN && wait && sleep(ASK_AGAIN_S) == 0);
	return st;
}

static int with_configuration(const struct options *o, char *const *argument)
{
	struct conf *c = NULL;
	struct buf out = {0};
	int status;

	if (load(o, &c) != OK)
		return EXIT_CONFIG;
	switch (o->task) {
	case OPTIONS_CHECK:
		printf("%s: fine\n", source_name(&o->source));
		status = EXIT_FINE;
		break;
	case OPTIONS_PRINT_CONFIG:
		conf_print(c, &out);
		status = print_buf(&out);
		break;
	default: status = serve(c, o, argument); break;
	}
	conf_unref(&c);
	return status;
}

static int run_task(const struct options *o, char *const *argument)
{
	switch (o->task) {
	case OPTIONS_HELP: return print_help();
	case OPTIONS_VERSION: return print_version();
	case OPTIONS_PRINT_METRICS: return print_metrics();
	case OPTIONS_PRINT_REFERENCE: return print_reference(conf_reference);
	case OPTIONS_PRINT_TENANTS:
		return print_reference(conf_tenants_reference);
	default: return with_configuration(o, argument);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	struct error err = {0};
	int status;

	status = run_command(argc - 1, argv + 1);
	if (status >= 0)
		return status;
	if (options_parse(argc, argv, &o, &err) != OK) {
		fprintf(stderr, "warmpath: %s\n", err.text);
		return EXIT_CONFIG;
	}
	status = run_task(&o, argv);
	options_fini(&o);
	return status;
}
