/* One run of a command in a process of its own, with files for its three
 * streams. */
#ifndef TESTS_UNIT_ROUTER_COMMAND_RUN_H
#define TESTS_UNIT_ROUTER_COMMAND_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "common/base/mem.h"

#define MAX_ARGS 16

struct run {
	FILE *in, *out, *err;
	int status;
	char output[65536], message[4096];
};

static struct run run;

static inline void read_back(FILE *f, char *to, size_t room)
{
	size_t n;

	rewind(f);
	n = fread(to, 1, room - 1, f);
	to[n] = '\0';
	fclose(f);
}

/* `args`: the command and its words, parted by blanks; '' is empty. */
static inline void run_command(int (*command)(int, char **), const char *args,
			       const char *input)
{
	char *copy = mem_strdup(args);
	char empty[] = "";
	char *argv[MAX_ARGS] = {0};
	int argc = 0, status;
	pid_t child;

	for (char *at = strtok(copy, " "); at; at = strtok(NULL, " ")) {
		assert_in_range(argc, 0, MAX_ARGS - 2);
		argv[argc++] = strcmp(at, "''") == 0 ? empty : at;
	}
	run.in = tmpfile();
	run.out = tmpfile();
	run.err = tmpfile();
	assert_true(run.in && run.out && run.err);
	fwrite(input, 1, strlen(input), run.in);
	rewind(run.in);
	child = fork();
	if (child == 0) {
		dup2(fileno(run.in), 0);
		dup2(fileno(run.out), 1);
		dup2(fileno(run.err), 2);
		exit(command(argc, argv));
	}
	mem_free(copy);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	run.status = WEXITSTATUS(status);
	fclose(run.in);
	read_back(run.out, run.output, sizeof(run.output));
	read_back(run.err, run.message, sizeof(run.message));
}

#endif
