/* Rows of where workers are found. */
#include "router/conf/schema.h"

#include <stddef.h>

#define SECOND 1000.0
#define HOUR   (3600 * SECOND)

#define DISCOVER(kind, name, field, lo, hi, def, text)                         \
	{                                                                      \
		.scope = SCHEMA_DISCOVER, .type = SCHEMA_##kind,               \
		.key = (name),                                                 \
		.offset = offsetof(struct conf_discover, field), .min = (lo),  \
		.max = (hi), .preset = (def), .help = (text)                   \
	}
/* What has no default. */
#define DISCOVER_TEXT(kind, name, field, like, text)                           \
	{                                                                      \
		.scope = SCHEMA_DISCOVER, .type = SCHEMA_##kind,               \
		.key = (name),                                                 \
		.offset = offsetof(struct conf_discover, field), .min = 1,     \
		.max = 4096, .example = (like), .help = (text)                 \
	}

const struct schema_row schema_discover_row[] = {
	DISCOVER_TEXT(TEXT, "file", file, "/etc/warmpath/workers.yaml",
		      "A list in the shape of workers, as YAML or JSON, that "
		      "another program writes: to another name first, and "
		      "then renamed. A faulty one changes nothing."),
	DISCOVER(TIME, "interval", interval_ms, 100, HOUR, "1s",
		 "Between looks at whether the file has changed."),
	DISCOVER_TEXT(FLOW, "worker", worker, "{events: \"tcp://{host}:5557\"}",
		      "Keys of a worker that each one found has if its source "
		      "does not say otherwise; {host} is the host of its url."),
	DISCOVER(BOOL, "allow_empty", allow_empty, 0, 0, "false",
		 "Whether a source that finds none at all is believed; "
		 "otherwise those that it found last stay."),
	DISCOVER(COUNT, "max_workers", max_workers, 1, SCHEMA_MAX_ITEMS, "256",
		 "More than these are not taken: those that were found last "
		 "stay."),
	DISCOVER(TIME, "settle", settle_ms, 0, 60 * SECOND, "200ms",
		 "From a first change until what has been found by then takes "
		 "effect."),
};

const size_t schema_discover_n = ARRAY_LEN(schema_discover_row);
