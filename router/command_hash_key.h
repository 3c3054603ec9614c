/* `warmpath hash-key`: what stands in the tenants' file for an API key.
 *
 * Reads a key from standard input, or makes one that nobody can guess. */
#ifndef ROUTER_COMMAND_HASH_KEY_H
#define ROUTER_COMMAND_HASH_KEY_H

/* argv[0] is the command's own name; returns the exit status. */
int command_hash_key(int argc, char **argv);

#endif
