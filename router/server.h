/* The gateway as a whole: what the main thread owns and in which order it
 * comes to life, is reloaded, drains and ends. */
#ifndef ROUTER_SERVER_H
#define ROUTER_SERVER_H

#include "router/source.h"

struct server_options {
	/* What the configuration is read from again; outlives the server. */
	const struct source *source;
	/* A file that gets the addresses in use, as JSON, once they are
	 * served; or NULL. */
	const char *announce;
	/* The command line, for the process that takes this one's place. */
	char *const *argument;
};

/* Runs until SIGTERM or SIGINT has been obeyed, or until another process has
 * taken its place. Returns the process's exit status. */
int server_run(struct conf *conf, const struct server_options *options);

#define EXIT_FINE   0
#define EXIT_CONFIG 2 /* also usage */
#define EXIT_BIND   3
#define EXIT_FATAL  4

#endif
