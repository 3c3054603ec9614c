#include "router/admin/status_report.h"

#include "common/base/clock.h"

#include <inttypes.h>

static uint64_t uptime_s(const struct status_report *s)
{
	return s->now_us > s->started_us ? (s->now_us - s->started_us) / 1000000
					 : 0;
}

void status_report_json(const struct status_report *s, struct buf *out)
{
	struct slice left = s->reasons;
	char when[CLOCK_TEXT_BYTES];

	buf_puts(out, "{\"version\":");
	buf_json_string(out, slice_of(s->version));
	buf_puts(out, ",\"commit\":");
	buf_json_string(out, slice_of(s->commit));
	buf_printf(out,
		   ",\"started\":\"%s\",\"uptime_s\":%" PRIu64
		   ",\"active\":%.0f,\"queued\":%.0f,\"ready\":%s,"
		   "\"admin_token\":%s,\"reasons\":[",
		   clock_text(s->started_us, when), uptime_s(s), s->active,
		   s->queued, s->ready ? "true" : "false",
		   s->has_token ? "true" : "false");
	while (left.n > 0) {
		buf_json_string(out, slice_split(&left, '\n'));
		if (left.n > 0)
			buf_putc(out, ',');
	}
	buf_puts(out, "]}\n");
}

void status_report_text(const struct status_report *s, struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];

	buf_printf(out,
		   "warmpath %s (%s), since %s, %" PRIu64 " s\n"
		   "requests: %.0f active, %.0f queued\n%s\n",
		   s->version, s->commit, clock_text(s->started_us, when),
		   uptime_s(s), s->active, s->queued,
		   s->ready ? "ready" : "not ready:");
	buf_append(out, s->reasons);
}
