/* `warmpath hash`: block hashes of token ids, as the engines compute them,
 * for comparing with an engine's events or for addressing a store.
 *
 * Reads JSON lines {"tokens":[…],"lora":"…","cache_salt":"…"} (the last two
 * may be missing) from standard input and answers each with a line
 * {"hashes":["<hex>",…]} of whole digests, or {"error":"…"}. */
#ifndef ROUTER_COMMAND_HASH_H
#define ROUTER_COMMAND_HASH_H

/* argv[0] is the command's own name. Returns the exit status: 0, 1 if any
 * line was answered with an error or output failed, 2 for wrong usage. */
int command_hash(int argc, char **argv);

#endif
