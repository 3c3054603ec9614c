/* `warmpath doctor`: what is right and what is wrong with the configured
 * fleet, and the flag that mends it. */
#ifndef ROUTER_COMMAND_DOCTOR_H
#define ROUTER_COMMAND_DOCTOR_H

/* argv[0] is the command's own name. Returns the exit status: 0 if nothing
 * is wrong, 1 if something is, 2 for wrong usage or configuration. */
int command_doctor(int argc, char **argv);

#endif
