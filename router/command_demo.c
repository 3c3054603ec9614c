#include "router/command_demo.h"

#include "router/command_options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: warmpath demo [--once]\n"
	"\n"
	"Starts two fleets of four simulated engines on this machine, with a\n"
	"gateway each, and plays the same conversations on both: one is "
	"routed\n"
	"by what the caches hold, the other dealt out in turn. Prints a line "
	"for\n"
	"each turn and a table, then stays up and says which URLs to try; "
	"Ctrl-C\n"
	"stops all of it. The engines charge the time of an L4 GPU and "
	"compute no\n"
	"model.\n"
	"\n"
	"  --once  stop after the table\n"
	"  --help  this text\n"
	"\n"
	"Exit status: 0, 1 if it cannot be shown, 2 for wrong usage.\n";

struct options {
	bool once, help;
};

static enum status take_option(void *of, int letter, const char *value,
			       struct error *err)
{
	struct options *o = of;

	(void)value;
	(void)err;
	o->once |= letter == 'o';
	o->help |= letter == 'h';
	return OK;
}

static const struct option known[] = {
	{"once", no_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'h'},
	{NULL},
};

static const struct command_options command = {known, NULL, take_option};

/* False: there is none that may be used so, by whatever name. */
static bool is_there(char path[PATH_MAX], const char *folder, const char *name,
		     int mode)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

	return n > 0 && n < PATH_MAX && access(path, mode) == 0;
}

enum status demo_find(const char *folder, char script[PATH_MAX],
		      struct error *err)
{
	static const char *const place[] = {
		"../share/warmpath/tools/demo/demo.py", /* installed */
		"../../tools/demo/demo.py",             /* build/release */
	};

	if (!is_there(script, folder, "warmpath-sim", X_OK))
		return error_set(err, ERR_NOT_FOUND,
				 "%s: there is no warmpath-sim, which plays "
				 "the engines: apt install warmpath-tools, or "
				 "`make run` in the source tree",
				 folder);
	for (size_t i = 0; i < ARRAY_LEN(place); i++)
		if (is_there(script, folder, place[i], R_OK))
			return OK;
	return error_set(err, ERR_NOT_FOUND,
			 "%s/%s: not there: apt install warmpath-tools, or "
			 "`make run` in the source tree",
			 folder, place[0]);
}

/* Where this program lies. */
static enum status own_folder(char path[PATH_MAX], struct error *err)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *end;

	if (n <= 0)
		return error_set(err, ERR_NOT_FOUND, "/proc/self/exe: %s",
				 strerror(errno));
	path[n] = '\0';
	end = strrchr(path, '/');
	if (end != NULL)
		*end = '\0';
	return OK;
}

/* Returns only if that fails. */
static enum status become(const char *folder, const char *script, bool once,
			  struct error *err)
{
	execlp("python3", "python3", script, "--build", folder,
	       once ? "--once" : NULL, NULL);
	return error_set(err, ERR_NOT_FOUND, "python3: %s: apt install python3",
			 strerror(errno));
}

int command_demo(int argc, char **argv)
{
	char folder[PATH_MAX], script[PATH_MAX];
	struct options o = {0};
	struct error err;

	if (command_options_parse(&command, &o, argc, argv, &err) != OK) {
		fprintf(stderr, "warmpath demo: %s\n", err.text);
		return COMMAND_USAGE;
	}
	if (o.help) {
		fputs(help, stdout);
		return COMMAND_FINE;
	}
	if (own_folder(folder, &err) == OK &&
	    demo_find(folder, script, &err) == OK)
		(void)become(folder, script, o.once, &err);
	fprintf(stderr, "warmpath demo: %s\n", err.text);
	return COMMAND_BAD_LINE;
}
