/* `warmpath render`: the prompt of chat requests, as the engine makes it
 * before it counts tokens, to compare with an engine's.
 *
 * Reads bodies of /v1/chat/completions, one a line, from standard input
 * and answers each with {"prompt":"..."} or {"error":"..."}. */
#ifndef ROUTER_COMMAND_RENDER_H
#define ROUTER_COMMAND_RENDER_H

/* argv[0] is the command's own name. Returns the exit status: 0, 1 if any
 * line was answered with an error or output failed, 2 for wrong usage. */
int command_render(int argc, char **argv);

#endif
