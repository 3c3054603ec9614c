/* `warmpath replay`: what another policy would have decided about requests
 * whose decisions were written down. */
#ifndef ROUTER_COMMAND_REPLAY_H
#define ROUTER_COMMAND_REPLAY_H

/* argv[0] is "replay". Returns the exit status. */
int command_replay(int argc, char **argv);

#endif
