#include "router/admin/tenants_report.h"

#include "common/base/clock.h"
#include "router/tenant/limit.h"

static void write_limit(struct buf *out, const char *name,
			const struct limit_state *s)
{
	buf_printf(out, ",\"%s\":", name);
	if (s->limit == 0) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out,
		   "{\"limit\":%llu,\"remaining\":%llu,\"full_in_s\":%.3f}",
		   (unsigned long long)s->limit,
		   (unsigned long long)s->level.remaining,
		   (double)s->level.full_in_ns / 1e9);
}

static void write_models(struct buf *out, const struct tenant *t)
{
	buf_puts(out, ",\"models\":[");
	for (size_t i = 0; i < t->n_models; i++) {
		if (i > 0)
			buf_putc(out, ',');
		buf_json_string(out, slice_of(t->model[i]));
	}
	buf_putc(out, ']');
}

static void write_tenant(struct buf *out, const struct tenant *t,
			 const struct conf_tenant *c, uint64_t now_ns)
{
	struct limit_state requests = tenant_requests(t, now_ns);
	struct limit_state tokens = tenant_tokens(t, now_ns);
	bool expired = t->expires_us != 0 && clock_wall_us() >= t->expires_us;

	buf_puts(out, "{\"name\":");
	buf_json_string(out, slice_of(t->name));
	buf_printf(out, ",\"state\":\"%s\",\"keys\":%zu,\"priority\":%u",
		   t->disabled ? "disabled" : (expired ? "expired" : "active"),
		   c->n_keys, t->priority);
	write_models(out, t);
	write_limit(out, "requests", &requests);
	write_limit(out, "tokens", &tokens);
	buf_printf(out, ",\"streams\":{\"open\":%u,\"limit\":",
		   atomic_load(&t->meter->streams));
	if (t->max_streams > 0)
		buf_printf(out, "%u}", t->max_streams);
	else
		buf_puts(out, "null}");
	buf_puts(out, ",\"expires\":");
	if (c->expires != NULL)
		buf_json_string(out, slice_of(c->expires));
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}

void tenants_report(const struct tenants *t, struct buf *out)
{
	uint64_t now_ns = clock_ns();

	buf_printf(out, "{\"on\":%s,\"tenants\":[", t ? "true" : "false");
	for (size_t i = 0; t != NULL && i < t->n; i++) {
		buf_puts(out, i > 0 ? ",\n" : "\n");
		write_tenant(out, t->tenant[i], &t->list->tenant[i], now_ns);
	}
	buf_puts(out, "]}\n");
}
