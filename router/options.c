#include "router/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "router/command_options.h"
#include "router/options_table.h"

#define FIRST_ROW 256 /* what getopt returns for row 0; letters are below */

/* --- parsing -------------------------------------------------------- */

static enum status add_setting(struct options *o, struct conf_setting s,
			       struct error *err)
{
	if (o->source.n_settings == SOURCE_MAX_SETTINGS)
		return error_set(err, ERR_LIMIT, "%s: more than %d settings",
				 s.from, SOURCE_MAX_SETTINGS);
	o->source.setting[o->source.n_settings++] = s;
	return OK;
}

static enum status take_set(struct options *o, const char *value,
			    struct error *err)
{
	struct slice rest = slice_of(value);
	struct slice key = slice_split(&rest, '=');

	if (key.n == 0 || strchr(value, '=') == NULL)
		return command_usage(err, "--set", value, "must be KEY=VALUE");
	return add_setting(
		o,
		(struct conf_setting){
			.from = "--set",
			.key = arena_printf(&o->text, "%.*s", SLICE_ARG(key)),
			.text = value + key.n + 1,
		},
		err);
}

static enum status add_worker(struct options *o, const char *url,
			      struct error *err)
{
	if (o->source.n_workers == SOURCE_MAX_WORKERS)
		return error_set(err, ERR_LIMIT, "more than %d workers",
				 SOURCE_MAX_WORKERS);
	o->source.worker[o->source.n_workers++] = url;
	return OK;
}

static const char **text_of(struct options *o, const struct options_row *r)
{
	return (const char **)(void *)((char *)o + r->offset);
}

/* `from`: what to call it, the option or its twin. */
static enum status take(struct options *o, const struct options_row *r,
			const char *from, const char *value, struct error *err)
{
	switch (r->kind) {
	case OPTION_TASK: o->task = r->task; return OK;
	case OPTION_TEXT: *text_of(o, r) = value; return OK;
	case OPTION_SET: return take_set(o, value, err);
	case OPTION_WORKERS: return add_worker(o, value, err);
	case OPTION_KEY: break;
	}
	return add_setting(o, (struct conf_setting){from, r->key, value}, err);
}

static void list_for_getopt(struct option *known, char *letters)
{
	char *to = letters;

	*to++ = ':';
	for (size_t i = 0; i < options_rows; i++) {
		bool valued = options_row[i].value != NULL;

		known[i] = (struct option){
			.name = options_row[i].name + 2,
			.has_arg = valued ? required_argument : no_argument,
			.val = FIRST_ROW + (int)i,
		};
		if (options_row[i].letter != 0)
			*to++ = options_row[i].letter;
		if (options_row[i].letter != 0 && valued)
			*to++ = ':';
	}
	known[options_rows] = (struct option){0};
	*to = '\0';
}

static size_t row_of(int returned)
{
	for (size_t i = 0; i < options_rows; i++)
		if (returned == FIRST_ROW + (int)i ||
		    (options_row[i].letter != 0 &&
		     returned == options_row[i].letter))
			return i;
	return options_rows;
}

static enum status refuse(int returned, const char *last, struct error *err)
{
	const char letter[] = {'-', (char)optopt, '\0'};

	if (optopt > 0 && optopt < FIRST_ROW)
		last = letter;
	if (returned == ':')
		return command_usage(err, last, NULL, "its value is missing");
	if (optopt >= FIRST_ROW)
		return command_usage(err, last, NULL, "takes no value");
	return command_usage(err, last, NULL,
			     "no such option; see warmpath --help");
}

static enum status take_arguments(int argc, char **argv, struct options *o,
				  bool *seen, struct error *err)
{
	struct option known[OPTIONS_MAX_ROWS + 1];
	char letters[2 * OPTIONS_MAX_ROWS + 2];
	int returned;

	list_for_getopt(known, letters);
	optind = 0; /* glibc: start anew, whoever used it before */
	opterr = 0;
	while ((returned = getopt_long(argc, argv, letters, known, NULL)) !=
	       -1) {
		size_t i = row_of(returned);

		if (i == options_rows)
			return refuse(returned, argv[optind - 1], err);
		if (take(o, &options_row[i], options_row[i].name, optarg,
			 err) != OK)
			return err->status;
		seen[i] = true;
	}
	if (optind < argc)
		return command_usage(err, argv[optind], NULL,
				     "no such command; see warmpath --help");
	return OK;
}

/* --- the environment ------------------------------------------------ */

static enum status take_list(struct options *o, const char *text,
			     struct error *err)
{
	char *rest = NULL, *at = arena_printf(&o->text, "%s", text);

	for (at = strtok_r(at, " ,", &rest); at != NULL;
	     at = strtok_r(NULL, " ,", &rest))
		if (add_worker(o, at, err) != OK)
			return err->status;
	return OK;
}

/* The command line has said the same, or what excludes it. */
static bool is_overridden(const struct options *o, const struct options_row *r)
{
	if (r->kind == OPTION_WORKERS)
		return o->source.file != NULL || o->source.n_workers > 0;
	return r->offset == offsetof(struct options, source.file) &&
	       r->kind == OPTION_TEXT && o->source.n_workers > 0;
}

static enum status take_environment(struct options *o, const bool *seen,
				    struct error *err)
{
	enum status st = OK;

	for (size_t i = 0; i < options_rows && st == OK; i++) {
		const struct options_row *r = &options_row[i];
		const char *value = r->twin != NULL ? getenv(r->twin) : NULL;

		if (value == NULL || *value == '\0' || seen[i] ||
		    is_overridden(o, r))
			continue;
		st = r->kind == OPTION_WORKERS
			     ? take_list(o, value, err)
			     : take(o, r, r->twin, value, err);
	}
	return st;
}

/* --- as a whole ----------------------------------------------------- */

static bool needs_source(enum options_task task)
{
	return task == OPTIONS_RUN || task == OPTIONS_CHECK ||
	       task == OPTIONS_PRINT_CONFIG;
}

static enum status check_source(const struct options *o, struct error *err)
{
	const struct source *s = &o->source;

	if (!needs_source(o->task))
		return OK;
	if (s->file == NULL && s->n_workers == 0)
		return error_set(err, ERR_INVALID,
				 "--config FILE or --worker URL is missing; "
				 "see warmpath --help");
	if (s->file == NULL)
		return OK;
	if (s->n_workers > 0 || s->model || s->tokenizer || s->events_port ||
	    s->replay_port)
		return error_set(err, ERR_INVALID,
				 "the file says which workers and models "
				 "there are: no --worker, --model, "
				 "--tokenizer, --events-port and "
				 "--replay-port with --config");
	return OK;
}

/* "check" and "check FILE". */
static void take_command(int *argc, char ***argv, struct options *o)
{
	if (*argc < 2 || strcmp((*argv)[1], "check") != 0)
		return;
	o->task = OPTIONS_CHECK;
	(*argc)--;
	(*argv)++;
	if (*argc > 1 && (*argv)[1][0] != '-') {
		o->source.file = (*argv)[1];
		(*argc)--;
		(*argv)++;
	}
}

enum status options_parse(int argc, char **argv, struct options *o,
			  struct error *err)
{
	bool seen[OPTIONS_MAX_ROWS] = {false};
	enum status st;

	*o = (struct options){0};
	arena_init(&o->text);
	take_command(&argc, &argv, o);
	st = take_arguments(argc, argv, o, seen, err);
	if (st == OK)
		st = take_environment(o, seen, err);
	if (st == OK)
		st = check_source(o, err);
	if (st != OK)
		options_fini(o);
	return st;
}

void options_fini(struct options *o)
{
	arena_fini(&o->text);
}
