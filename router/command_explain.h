/* `warmpath explain`: why a running gateway sent a request where it did, or
 * where it would send one. */
#ifndef ROUTER_COMMAND_EXPLAIN_H
#define ROUTER_COMMAND_EXPLAIN_H

/* argv[0] is "explain". Returns the exit status. */
int command_explain(int argc, char **argv);

#endif
