#include "router/tracing/otlp.h"

#include "common/json/scan.h"

/* Of a span's flags, beside the trace's own: whether its parent is known to
 * be another process's, and that it is. */
#define HAS_IS_REMOTE 0x100u
#define IS_REMOTE     0x200u

#define STATUS_ERROR "2"

enum type { TYPE_TEXT, TYPE_NUMBER, TYPE_TRUTH, TYPE_SECONDS };

static const struct {
	const char *name;
	enum type type;
} attribute[TRACE_ATTRIBUTES_N] = {
#define X(id, kind, text) [TRACE_##id] = {text, TYPE_##kind},
	TRACE_ATTRIBUTES(X)
#undef X
};

static void put_text(struct buf *out, const char *key, struct slice text)
{
	buf_puts(out, "{\"key\":\"");
	buf_puts(out, key);
	buf_puts(out, "\",\"value\":{\"stringValue\":");
	buf_json_string(out, text);
	buf_puts(out, "}}");
}

static void put_number(struct buf *out, const struct trace_fact *f)
{
	uint64_t n = (uint64_t)f->number;

	buf_puts(out, "{\"key\":\"");
	buf_puts(out, attribute[f->attribute].name);
	buf_puts(out, "\",\"value\":{");
	switch (attribute[f->attribute].type) {
	case TYPE_TRUTH:
		buf_puts(out,
			 n != 0 ? "\"boolValue\":true" : "\"boolValue\":false");
		break;
	case TYPE_SECONDS:
		buf_puts(out, "\"doubleValue\":");
		buf_fixed(out, n, 9);
		break;
	default:
		buf_puts(out, "\"intValue\":\"");
		buf_u64(out, n);
		buf_putc(out, '"');
	}
	buf_puts(out, "}}");
}

static void put_facts(struct buf *out, const struct trace *t, size_t span)
{
	bool first = true;

	buf_puts(out, ",\"attributes\":[");
	for (size_t i = 0; i < t->n_facts; i++) {
		const struct trace_fact *f = &t->fact[i];

		if (f->span != span)
			continue;
		if (!first)
			buf_putc(out, ',');
		first = false;
		if (attribute[f->attribute].type == TYPE_TEXT)
			put_text(out, attribute[f->attribute].name,
				 trace_text(t, f->text));
		else
			put_number(out, f);
	}
	buf_putc(out, ']');
}

static void put_time(struct buf *out, const char *before, const struct trace *t,
		     uint64_t at_ns)
{
	buf_puts(out, before);
	buf_u64(out, at_ns + (uint64_t)t->to_unix_ns);
	buf_putc(out, '"');
}

static void put_span_id(struct buf *out, const char *before, uint64_t id)
{
	char text[16];

	buf_puts(out, before);
	buf_append(out, span_id_hex(id, text));
	buf_putc(out, '"');
}

/* The first is the caller's child, or has no parent. */
static void put_ids(struct buf *out, const struct trace *t, size_t i)
{
	const struct trace_span *s = &t->span[i];
	uint64_t parent = i > 0 ? t->span[s->parent].id : t->of.span_id;
	unsigned flags = (t->of.flags & 0xffu) | HAS_IS_REMOTE;
	char text[2 * TRACE_ID_BYTES];

	if (i == 0 && parent != 0)
		flags |= IS_REMOTE;
	buf_puts(out, "{\"traceId\":\"");
	buf_append(out, trace_id_hex(t->of.trace_id, text));
	put_span_id(out, "\",\"spanId\":\"", s->id);
	if (parent != 0)
		put_span_id(out, ",\"parentSpanId\":\"", parent);
	buf_puts(out, ",\"flags\":");
	buf_u64(out, flags);
}

static void put_span(struct buf *out, const struct trace *t, size_t i)
{
	const struct trace_span *s = &t->span[i];

	put_ids(out, t, i);
	buf_puts(out, ",\"name\":");
	buf_json_string(out, trace_text(t, s->name));
	buf_puts(out, ",\"kind\":");
	buf_u64(out, s->kind);
	put_time(out, ",\"startTimeUnixNano\":\"", t, s->start_ns);
	put_time(out, ",\"endTimeUnixNano\":\"", t, s->end_ns);
	put_facts(out, t, i);
	if (s->first_ns != 0) {
		put_time(out, ",\"events\":[{\"timeUnixNano\":\"", t,
			 s->first_ns);
		buf_puts(out, ",\"name\":\"first byte\"}]");
	}
	if (s->error != NULL) {
		buf_puts(out,
			 ",\"status\":{\"code\":" STATUS_ERROR ",\"message\":");
		buf_json_string(out, slice_of(s->error));
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
}

void otlp_begin(struct buf *out, const char *service, const char *version)
{
	buf_puts(out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
	put_text(out, "service.name", slice_of(service));
	buf_putc(out, ',');
	put_text(out, "service.version", slice_of(version));
	buf_puts(out, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"warmpath\"},"
		      "\"spans\":[");
}

void otlp_add(struct buf *out, const struct trace *t, bool first)
{
	for (size_t i = 0; i < t->n_spans; i++) {
		if (i > 0 || !first)
			buf_putc(out, ',');
		put_span(out, t, i);
	}
}

void otlp_end(struct buf *out)
{
	buf_puts(out, "]}]}]}");
}

/* A number of 64 bits: mostly a string. */
static struct slice bare(struct slice raw)
{
	if (raw.n >= 2 && raw.p[0] == '"')
		return (struct slice){raw.p + 1, raw.n - 2};
	return raw;
}

size_t otlp_rejected(struct slice answer, size_t n)
{
	struct json_value partial, rejected;
	uint64_t told;

	if (json_find(answer, "partialSuccess", &partial) != OK ||
	    json_find(partial.raw, "rejectedSpans", &rejected) != OK ||
	    slice_to_u64(bare(rejected.raw), n, &told) != OK)
		return 0;
	return (size_t)told;
}
