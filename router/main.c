/* warmpath: the command line. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <zmq.h>

#include "common/base/log.h"
#include "router/command_doctor.h"
#include "router/command_hash.h"
#include "router/command_hash_key.h"
#include "router/command_render.h"
#include "router/command_tokenize.h"
#include "router/conf/tenants.h"
#include "router/fleet/metrics.h"
#include "router/server.h"
#include "router/version.h"

struct options {
	const char *config, *announce;
	enum { RUN, CHECK, PRINT_CONFIG } what;
};

static const char usage[] =
	"usage: warmpath --config FILE [--announce FILE]\n"
	"       warmpath --config FILE --check | --print-config\n"
	"       warmpath --print-metrics | --print-reference | "
	"--print-tenants\n"
	"       warmpath doctor --config FILE\n"
	"       warmpath hash --help\n"
	"       warmpath hash-key --help\n"
	"       warmpath render --help\n"
	"       warmpath tokenize --help\n"
	"       warmpath --version | --help\n"
	"\n"
	"A cache-aware gateway for LLM fleets: routes each request to the\n"
	"worker that already holds the prompt's KV blocks, and is not busy.\n"
	"\n"
	"  -f, --config FILE      the YAML configuration\n"
	"  -c, --check            say what is wrong with it, then exit\n"
	"      --print-config     what is in force, every default written out\n"
	"      --print-reference  every key with its default, bounds and help\n"
	"      --print-tenants    the same of the file that tenants.file "
	"names\n"
	"      --print-metrics    every metric with its kind and help\n"
	"      --announce FILE    write the addresses in use there, as JSON\n"
	"  -V, --version          this version, and the libraries it runs on\n"
	"  -h, --help             this text\n"
	"\n"
	"Signals: HUP reads the configuration again, keeping the one in force\n"
	"if it is faulty; TERM and INT drain and stop, twice stops at once, "
	"as\n"
	"QUIT does; USR2 starts this program anew, hands the sockets over and\n"
	"drains once the other serves.\n"
	"Exit status: 0 fine, 2 usage or configuration, 3 an address cannot "
	"be\n"
	"bound, 4 anything else.\n";

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

static int bad_usage(const char *problem, const char *word)
{
	fprintf(stderr, "warmpath: %s '%s'; see warmpath --help\n", problem,
		word);
	return EXIT_CONFIG;
}

static bool is(const char *word, const char *brief, const char *name)
{
	return strcmp(word, name) == 0 ||
	       (brief != NULL && strcmp(word, brief) == 0);
}

/* -1: all is well, go on. */
static int parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		bool last = i + 1 == argc;

		if (is(word, "-h", "--help"))
			return fputs(usage, stdout) < 0;
		if (is(word, "-V", "--version"))
			return print_version();
		if (is(word, NULL, "--print-metrics"))
			return print_metrics();
		if (is(word, NULL, "--print-reference"))
			return print_reference(conf_reference);
		if (is(word, NULL, "--print-tenants"))
			return print_reference(conf_tenants_reference);
		if (is(word, "-c", "--check"))
			o->what = CHECK;
		else if (is(word, NULL, "--print-config"))
			o->what = PRINT_CONFIG;
		else if (is(word, "-f", "--config") && !last)
			o->config = argv[++i];
		else if (is(word, NULL, "--announce") && !last)
			o->announce = argv[++i];
		else if (is(word, "-f", "--config") ||
			 is(word, NULL, "--announce"))
			return bad_usage("a file must follow", word);
		else
			return bad_usage("unknown argument", word);
	}
	return -1;
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

static int run(struct conf *c, const struct options *o, char *const *argument)
{
	const struct server_options server = {
		.announce = o->announce,
		.argument = argument,
	};
	const struct log_options log = {
		.level = c->log_level,
		.format = c->log_format,
		.fd = 2,
	};
	struct buf out = {0};
	int status;

	if (o->what == CHECK) {
		printf("%s: fine\n", o->config);
		return EXIT_FINE;
	}
	if (o->what == PRINT_CONFIG) {
		conf_print(c, &out);
		return print_buf(&out);
	}
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
		{"doctor", command_doctor},     {"hash", command_hash},
		{"hash-key", command_hash_key}, {"render", command_render},
		{"tokenize", command_tokenize},
	};

	for (size_t i = 0; argc > 0 && i < ARRAY_LEN(command); i++)
		if (strcmp(argv[0], command[i].name) == 0)
			return command[i].run(argc, argv);
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct conf_faults faults = {0};
	struct conf *c;
	int status;

	status = run_command(argc - 1, argv + 1);
	if (status >= 0)
		return status;
	status = parse(argc, argv, &o);
	if (status >= 0)
		return status;
	if (o.config == NULL)
		return bad_usage("missing argument", "--config FILE");
	c = conf_load(o.config, (struct conf_settings){0}, &faults);
	if (c == NULL) {
		fwrite(faults.text.p, 1, buf_len(&faults.text), stderr);
		buf_fini(&faults.text);
		return EXIT_CONFIG;
	}
	buf_fini(&faults.text);
	status = run(c, &o, argv);
	conf_unref(&c);
	return status;
}
