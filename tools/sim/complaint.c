#include "tools/sim/complaint.h"

#include "common/base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define X(name, text, help) text,
static const char *const names[] = {COMPLAINTS(X)};
#undef X

const char *complaint_name(enum complaint_kind kind)
{
	return names[kind];
}

enum complaint_kind complaint_parse(struct slice name)
{
	size_t i = 0;

	while (i < COMPLAINT_KINDS && !slice_equal(name, slice_of(names[i])))
		i++;
	return (enum complaint_kind)i;
}

void complain(struct complaints *c, enum complaint_kind kind,
	      const char *worker, const char *id, const char *fmt, ...)
{
	struct complaint *at = &c->latest[c->n++ % COMPLAINT_LOG];
	va_list args;

	c->count[kind]++;
	at->kind = kind;
	snprintf(at->id, sizeof(at->id), "%s", id);
	va_start(args, fmt);
	vsnprintf(at->text, sizeof(at->text), fmt, args);
	va_end(args);
	log_warn("%s: %s: %s: %s", worker, names[kind], at->id, at->text);
}

void complaints_put_counts(const struct complaints *c, struct buf *b)
{
	const char *comma = "";

	buf_putc(b, '{');
	for (size_t i = 0; i < COMPLAINT_KINDS; i++) {
		if (c->count[i] == 0)
			continue;
		buf_printf(b, "%s\"%s\":%llu", comma, names[i],
			   (unsigned long long)c->count[i]);
		comma = ",";
	}
	buf_putc(b, '}');
}

void complaints_put_latest(const struct complaints *c, struct buf *b)
{
	uint64_t n = c->n < COMPLAINT_LOG ? c->n : COMPLAINT_LOG;

	buf_putc(b, '[');
	for (uint64_t i = 0; i < n; i++) {
		const struct complaint *at =
			&c->latest[(c->n - n + i) % COMPLAINT_LOG];

		buf_printf(b, "%s{\"kind\":\"%s\",\"id\":", i ? "," : "",
			   names[at->kind]);
		buf_json_string(b, slice_of(at->id));
		buf_puts(b, ",\"text\":");
		buf_json_string(b, slice_of(at->text));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}
