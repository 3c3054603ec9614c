#include "tools/bench/listen.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

bool listen_is_over(void)
{
	return stopped;
}

int listen_and_tell(const struct addr *wanted)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct addr at = *wanted, bound;
	struct error err;
	char text[ADDR_TEXT_BYTES];

	if (at.n == 0 && addr_parse("127.0.0.1:0", &at, &err) != OK)
		return -1;
	int fd = addr_listen(&at, 4096, false, &err);

	if (fd < 0) {
		fprintf(stderr, "warmpath-bench: %s\n", err.text);
		return -1;
	}
	if (addr_of_socket(fd, &bound) != OK)
		return -1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	printf("{\"listen\": \"%s\"}\n", addr_text(&bound, text));
	fflush(stdout);
	return fd;
}
