/* warmpath-bench: a load generator, the backend behind what it loads, and the
 * least that can stand between them. */
#include "tools/bench/backend.h"
#include "tools/bench/load.h"
#include "tools/bench/relay.h"
#include "tools/bench/session.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int usage(FILE *to)
{
	fprintf(to, "usage: warmpath-bench backend|relay|load|bodies "
		    "[OPTION VALUE]...\n");
	return to == stdout ? 0 : 2;
}

/* The bodies that `load` with these options would send first, a line
 * each. */
static int print_bodies(const struct bench_options *o)
{
	struct sessions all;
	struct error err;

	if (sessions_init(&all, o, &err) != OK) {
		fprintf(stderr, "warmpath-bench: %s\n", err.text);
		return 2;
	}
	for (size_t i = 0; i < o->sessions; i++) {
		struct message_request m;
		struct session s;

		session_begin(&s, &all, SLICE("localhost"), i, &m);
		fwrite(m.p + m.n - m.body_bytes, 1, m.body_bytes, stdout);
		putchar('\n');
		message_request_fini(&m);
	}
	sessions_fini(&all);
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct bench_options options;
	struct error err;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		bench_options_help();
		return 0;
	}
	if (argc < 2)
		return usage(stderr);
	if (bench_options_parse(argc - 2, argv + 2, &options, &err) != OK) {
		fprintf(stderr, "warmpath-bench: %s\n", err.text);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[1], "backend") == 0)
		return backend_run(&options);
	if (strcmp(argv[1], "bodies") == 0)
		return print_bodies(&options);
	bool relays = strcmp(argv[1], "relay") == 0;

	if (!relays && strcmp(argv[1], "load") != 0)
		return usage(stderr);
	if (options.target.n == 0) {
		fprintf(stderr, "warmpath-bench: %s: --target is missing\n",
			argv[1]);
		return 2;
	}
	return relays ? relay_run(&options) : load_run(&options);
}
