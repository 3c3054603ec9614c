/* `warmpath tokenize`: the token ids of texts, chats and completions as the
 * engine makes them, to compare with an engine's /tokenize.
 *
 * Reads JSON objects, one a line, from standard input: {"text":"..."} or a
 * body of /v1/completions or /v1/chat/completions. Answers each with a line
 * {"tokens":[...]} or {"error":"..."}. */
#ifndef ROUTER_COMMAND_TOKENIZE_H
#define ROUTER_COMMAND_TOKENIZE_H

/* argv[0] is the command's own name. Returns the exit status: 0, 1 if any
 * line was answered with an error or output failed, 2 for wrong usage. */
int command_tokenize(int argc, char **argv);

#endif
