#include "router/command_options.h"

#include <stdbool.h>
#include <stddef.h>

enum status command_usage(struct error *err, const char *what,
			  const char *value, const char *mend)
{
	return error_set(err, ERR_INVALID, "%s%s%s: %s", what, value ? " " : "",
			 value ? value : "", mend);
}

static bool is_known(const struct command_options *c, int letter)
{
	for (const struct option *o = c->known; o->name; o++)
		if (o->val == letter)
			return true;
	return false;
}

static enum status refuse(const struct command_options *c, const char *last,
			  struct error *err)
{
	const char letter[] = {'-', (char)optopt, '\0'};

	/* Letters that we know come from a long option given a value. */
	if (optopt != 0 && !is_known(c, optopt))
		last = letter;
	return command_usage(err, last, NULL, "no such option; try --help");
}

enum status command_options_parse(const struct command_options *c, void *of,
				  int argc, char **argv, struct error *err)
{
	int letter;

	optind = 0; /* glibc: start anew, whoever used it before */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", c->known, NULL)) != -1) {
		if (letter == '?')
			return refuse(c, argv[optind - 1], err);
		if (letter == ':')
			return command_usage(err, argv[optind - 1], NULL,
					     "its value is missing");
		if (c->take(of, letter, optarg, err) != OK)
			return ERR_INVALID;
	}
	for (; optind < argc && c->take_argument != NULL; optind++)
		if (c->take_argument(of, argv[optind], err) != OK)
			return ERR_INVALID;
	if (optind < argc && c->reads == NULL)
		return command_usage(err, argv[optind], NULL,
				     "takes no arguments; try --help");
	if (optind < argc)
		return error_set(err, ERR_INVALID,
				 "%s: takes no arguments; %s are read from "
				 "standard input",
				 argv[optind], c->reads);
	return OK;
}
