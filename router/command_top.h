/* `warmpath top`: a running gateway, its workers and its last decisions on a
 * terminal, anew every second. */
#ifndef ROUTER_COMMAND_TOP_H
#define ROUTER_COMMAND_TOP_H

/* argv[0] is "top". Returns the exit status. */
int command_top(int argc, char **argv);

#endif
