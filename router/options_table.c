#include "router/options_table.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#define COLUMN  27 /* where an option's help begins */
#define COLUMNS 76

#define TEXT(l, n, v, t, field, h)                                             \
	{                                                                      \
		.letter = (l), .name = (n), .value = (v), .twin = (t),         \
		.kind = OPTION_TEXT,                                           \
		.offset = offsetof(struct options, field), .help = (h)         \
	}
#define KEY(n, v, t, k, h)                                                     \
	{                                                                      \
		.name = (n), .value = (v), .twin = (t), .kind = OPTION_KEY,    \
		.key = (k), .help = (h)                                        \
	}
#define TASK(l, n, what, h)                                                    \
	{                                                                      \
		.letter = (l), .name = (n), .kind = OPTION_TASK,               \
		.task = (what), .help = (h)                                    \
	}

const struct options_row options_row[] = {
	TEXT('f', "--config", "FILE", "WARMPATH_CONFIG", source.file,
	     "the YAML configuration"),
	{
		.name = "--worker",
		.value = "URL",
		.twin = "WARMPATH_WORKERS",
		.kind = OPTION_WORKERS,
		.help = "in place of a file: an engine; may be repeated. The "
			"twin has several, with blanks between",
	},
	TEXT(0, "--model", "NAME", "WARMPATH_MODEL", source.model,
	     "what these workers serve; without it they are asked"),
	TEXT(0, "--tokenizer", "DIR", "WARMPATH_TOKENIZER", source.tokenizer,
	     "of that model, so that prompts are known exactly"),
	TEXT(0, "--events-port", "PORT", "WARMPATH_EVENTS_PORT",
	     source.events_port,
	     "where these workers publish their KV events, each at its host"),
	TEXT(0, "--replay-port", "PORT", "WARMPATH_REPLAY_PORT",
	     source.replay_port, "and where they replay them"),
	KEY("--listen", "ADDRESS", "WARMPATH_LISTEN", "listen",
	    "where clients connect; may be repeated"),
	KEY("--admin", "ADDRESS", "WARMPATH_ADMIN", "admin",
	    "where metrics, health and the admin page are"),
	KEY("--policy", "NAME", "WARMPATH_POLICY", "policy.name",
	    "who serves a request"),
	KEY("--log-level", "WORD", "WARMPATH_LOG_LEVEL", "log.level",
	    "error, warn, info or debug"),
	KEY("--log-format", "WORD", "WARMPATH_LOG_FORMAT", "log.format",
	    "text or json"),
	KEY("--tracing", "URL", "OTEL_EXPORTER_OTLP_ENDPOINT",
	    "tracing.endpoint", "where traces are told, as OTLP over HTTP"),
	KEY("--service-name", "NAME", "OTEL_SERVICE_NAME",
	    "tracing.service_name", "what the gateway is called there"),
	{
		.name = "--set",
		.value = "KEY=VALUE",
		.kind = OPTION_SET,
		.help = "any other key of the configuration's top level, such "
			"as limits.max_body=64MiB; may be repeated",
	},
	TEXT(0, "--announce", "FILE", "WARMPATH_ANNOUNCE", announce,
	     "write the addresses in use there, as JSON"),
	TASK('c', "--check", OPTIONS_CHECK,
	     "say what is wrong with the configuration, then exit"),
	TASK(0, "--print-config", OPTIONS_PRINT_CONFIG,
	     "what is in force, every default written out"),
	TASK(0, "--print-reference", OPTIONS_PRINT_REFERENCE,
	     "every key with its default, bounds and help"),
	TASK(0, "--print-tenants", OPTIONS_PRINT_TENANTS,
	     "the same of the file that tenants.file names"),
	TASK(0, "--print-metrics", OPTIONS_PRINT_METRICS,
	     "every metric with its kind and help"),
	TASK('V', "--version", OPTIONS_VERSION,
	     "this version, and the libraries it runs on"),
	TASK('h', "--help", OPTIONS_HELP, "this text"),
};

const size_t options_rows = ARRAY_LEN(options_row);

static_assert(ARRAY_LEN(options_row) <= OPTIONS_MAX_ROWS, "they would not fit");

/* --- help ----------------------------------------------------------- */

static const char usage[] =
	"usage: warmpath --config FILE [OPTION...]\n"
	"       warmpath --worker URL [--worker URL...] [OPTION...]\n"
	"       warmpath check FILE\n"
	"       warmpath demo --help\n"
	"       warmpath doctor --help\n"
	"       warmpath explain --help\n"
	"       warmpath hash --help\n"
	"       warmpath hash-key --help\n"
	"       warmpath render --help\n"
	"       warmpath replay --help\n"
	"       warmpath tokenize --help\n"
	"       warmpath top --help\n"
	"       warmpath --version | --help\n"
	"\n"
	"A cache-aware gateway for LLM fleets: routes each request to the\n"
	"worker that already holds the prompt's KV blocks, and is not busy.\n"
	"\n";

static const char more[] =
	"\n"
	"In brackets: the variable that says it where the option does not.\n"
	"What the command line says of a key goes over the file, also when it\n"
	"is read again.\n"
	"\n"
	"Signals: HUP reads the configuration again, keeping the one in force\n"
	"if it is faulty; TERM and INT drain and stop, twice stops at once, "
	"as\n"
	"QUIT does; USR1 begins log.decisions anew; USR2 starts this program\n"
	"anew, hands the sockets over and drains once the other serves.\n"
	"Exit status: 0 fine, 2 usage or configuration, 3 an address cannot "
	"be\n"
	"bound, 4 anything else.\n";

static void fill_to(struct buf *out, size_t from, size_t column)
{
	for (size_t at = buf_len(out) - from; at < column; at++)
		buf_putc(out, ' ');
}

/* Words from `COLUMN` on, in as many lines as it takes. */
static void put_words(struct buf *out, size_t line, const char *text)
{
	struct slice rest = slice_of(text);

	while (rest.n > 0) {
		struct slice word = slice_split(&rest, ' ');
		size_t column = buf_len(out) - line;

		if (column > COLUMN && column + 1 + word.n > COLUMNS) {
			buf_putc(out, '\n');
			line = buf_len(out);
			column = 0;
		}
		if (column > COLUMN)
			buf_putc(out, ' ');
		fill_to(out, line, COLUMN);
		buf_append(out, word);
	}
}

static void put_row(const struct options_row *r, struct buf *out)
{
	size_t line = buf_len(out);
	char all[512];

	if (r->letter != 0)
		buf_printf(out, "  -%c, %s", r->letter, r->name);
	else
		buf_printf(out, "      %s", r->name);
	if (r->value != NULL)
		buf_printf(out, " %s", r->value);
	buf_putc(out, ' ');
	if (r->twin == NULL)
		snprintf(all, sizeof(all), "%s", r->help);
	else
		snprintf(all, sizeof(all), "%s [%s]", r->help, r->twin);
	put_words(out, line, all);
	buf_putc(out, '\n');
}

void options_help(struct buf *out)
{
	buf_puts(out, usage);
	for (size_t i = 0; i < options_rows; i++)
		put_row(&options_row[i], out);
	buf_puts(out, more);
}
