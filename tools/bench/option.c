#include "tools/bench/option.h"

#include <stdio.h>
#include <string.h>

enum row_kind { ROW_COUNT, ROW_FLAG, ROW_ADDR, ROW_TEXT };

struct row {
	const char *name;
	enum row_kind kind;
	size_t offset;
	uint64_t min, max, initial;
	const char *help;
};

#define AT(member) offsetof(struct bench_options, member)

static const struct row rows[] = {
	{"target", ROW_ADDR, AT(target), 0, 0, 0, "load, relay: HOST:PORT"},
	{"listen", ROW_ADDR, AT(listen), 0, 0, 0,
	 "backend, relay: HOST:PORT (127.0.0.1:0)"},
	{"connections", ROW_COUNT, AT(connections), 1, 60000, 64,
	 "load: connections, or streams at once"},
	{"ms", ROW_COUNT, AT(seconds_ms), 0, 3600000, 1000,
	 "load: length of the measured part"},
	{"rate", ROW_COUNT, AT(rate), 0, 1000000, 0,
	 "load: requests a second whatever the answers; 0: closed loop"},
	{"body", ROW_COUNT, AT(body_bytes), 0, 8 << 20, 300,
	 "load: about this many bytes of request body"},
	{"sessions", ROW_COUNT, AT(sessions), 1, 100000, 64,
	 "load: prompts that differ from their start"},
	{"stream", ROW_FLAG, AT(stream), 0, 1, 0,
	 "load: ask for event streams"},
	{"completions", ROW_FLAG, AT(completions), 0, 1, 0,
	 "load: send prompts as text to /v1/completions"},
	{"text", ROW_TEXT, AT(text), 0, 0, 0,
	 "load: send long chats, new each time, cut from this file"},
	{"shared", ROW_COUNT, AT(shared_bytes), 0, 8 << 20, 40000,
	 "load: bytes of the system message of all long chats"},
	{"grow", ROW_FLAG, AT(grow), 0, 1, 0,
	 "load: long chats of which only the last turn is new"},
	{"key", ROW_TEXT, AT(key), 0, 0, 0, "load: API key to send"},
	{"hold", ROW_FLAG, AT(hold), 0, 1, 0,
	 "load: say \"ready\", then wait for a line on standard input"},
	{"units", ROW_COUNT, AT(units), 0, 1000000000, 0,
	 "load: end after so many requests or events; 0: by time alone"},
	{"events", ROW_COUNT, AT(events), 1, 1000000, 200,
	 "load: events asked for in a stream"},
	{"every-us", ROW_COUNT, AT(every_us), 0, 60000000, 10000,
	 "load: time asked for between a stream's events"},
	{"burst", ROW_FLAG, AT(burst), 0, 1, 0,
	 "load: warm all connections at once, not one by one"},
	{"answer", ROW_COUNT, AT(answer_bytes), 0, 1 << 20, 0,
	 "backend: padding in a plain answer"},
};

static enum status set_row(const struct row *row, const char *text,
			   struct bench_options *out, struct error *err)
{
	char *at = (char *)out + row->offset;
	uint64_t value;

	if (row->kind == ROW_TEXT) {
		*(const char **)at = text;
		return OK;
	}
	if (row->kind == ROW_ADDR)
		return addr_parse(text, (struct addr *)at, err);
	if (slice_to_u64(slice_of(text), row->max, &value) != OK ||
	    value < row->min)
		return error_set(err, ERR_INVALID,
				 "--%s: '%s' is not a number from %llu to %llu",
				 row->name, text, (unsigned long long)row->min,
				 (unsigned long long)row->max);
	*(uint64_t *)at = value;
	return OK;
}

static void set_defaults(struct bench_options *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == ROW_COUNT)
			*(uint64_t *)((char *)out +
				      rows[i].offset) = rows[i].initial;
}

static const struct row *find_row(const char *argument)
{
	if (strncmp(argument, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(argument + 2, rows[i].name) == 0)
			return &rows[i];
	return NULL;
}

enum status bench_options_parse(int argc, char **argv,
				struct bench_options *out, struct error *err)
{
	struct bench_options made;

	set_defaults(&made);
	for (int i = 0; i < argc; i++) {
		const struct row *row = find_row(argv[i]);

		if (!row)
			return error_set(err, ERR_INVALID,
					 "no option '%s'; see --help", argv[i]);
		if (row->kind == ROW_FLAG) {
			*((bool *)((char *)&made + row->offset)) = true;
			continue;
		}
		if (i + 1 == argc)
			return error_set(err, ERR_INVALID, "--%s wants a value",
					 row->name);
		enum status status = set_row(row, argv[++i], &made, err);
		if (status != OK)
			return status;
	}
	*out = made;
	return OK;
}

void bench_options_help(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		printf("  --%-12s %s", rows[i].name, rows[i].help);
		if (rows[i].kind == ROW_COUNT)
			printf(" [%llu]", (unsigned long long)rows[i].initial);
		printf("\n");
	}
}
