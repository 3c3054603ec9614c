/* The gateway as a whole: what the main thread owns and in which order it
 * comes to life, is reloaded, drains and ends. */
#ifndef ROUTER_SERVER_H
#define ROUTER_SERVER_H

#include "router/conf/conf.h"

/* Runs until SIGTERM or SIGINT has been obeyed. `announce` (or NULL) is a
 * file that gets the addresses in use, as JSON, once they are served.
 * Returns the process's exit status. */
int server_run(struct conf *conf, const char *announce);

#define EXIT_FINE   0
#define EXIT_CONFIG 2 /* also usage */
#define EXIT_BIND   3
#define EXIT_FATAL  4

#endif
