#include "router/conf/tracing.h"

#include "common/http/writer.h"
#include "common/tls/context.h"
#include "router/conf/parse.h"

#define TRACES "/v1/traces"

static enum status check_host(struct slice host, struct error *err)
{
	if (host.n == 0 || host.p[0] == ':')
		return error_set(err, ERR_INVALID,
				 "a host must follow http://");
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] == '@')
			return error_set(err, ERR_UNSUPPORTED,
					 "write it without a user; "
					 "tracing.headers is for that");
	return OK;
}

/* One that can stand in a request's line as it is. */
static enum status check_bytes(struct slice s, struct error *err)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c <= ' ' || c == 0x7f || c == '?' || c == '#' || c == '\\')
			return error_set(err, ERR_INVALID,
					 "must have no blanks, query or "
					 "fragment");
	}
	return OK;
}

enum status tracing_place_parse(const char *endpoint, struct tracing_place *out,
				struct error *err)
{
	struct slice all = slice_of(endpoint), host, path;
	bool secure = slice_starts(all, SLICE("https://"));
	size_t before = secure ? 8 : 7;
	enum status st;

	if (!secure && !slice_starts(all, SLICE("http://")))
		return error_set(err, ERR_INVALID,
				 "'%s' is not a url; write "
				 "http://host:port or https://host:port",
				 endpoint);
	host = path = slice_from(all, before);
	while (path.n > 0 && path.p[0] != '/')
		path = slice_from(path, 1);
	host.n -= path.n;
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	st = check_host(host, err);
	if (st == OK)
		st = check_bytes(all, err);
	if (st != OK)
		return st;
	*out = (struct tracing_place){
		.origin = {all.p, before + host.n},
		.path = path,
		.secure = secure,
	};
	return OK;
}

static bool ends_with(struct slice s, struct slice end)
{
	return s.n >= end.n && slice_equal(slice_from(s, s.n - end.n), end);
}

void tracing_target(const struct tracing_place *p, struct buf *out)
{
	buf_append(out, p->path);
	if (!ends_with(p->path, SLICE(TRACES)))
		buf_puts(out, TRACES);
}

enum status tracing_header_parse(const char *line, struct slice *name,
				 struct slice *value, struct error *err)
{
	struct slice rest = slice_of(line), first = slice_split(&rest, ':');

	while (rest.n > 0 && rest.p[0] == ' ')
		rest = slice_from(rest, 1);
	if (!http_is_token(first) || rest.n == 0 || !http_is_field_value(rest))
		return error_set(err, ERR_INVALID,
				 "write a header as \"name: value\"");
	if (http_name_of(first) >= HTTP_NAME_CONTENT_LENGTH)
		return error_set(err, ERR_INVALID,
				 "%.*s is written by the gateway itself",
				 SLICE_ARG(first));
	*name = first;
	*value = rest;
	return OK;
}

/* --- checks -------------------------------------------------------------- */

static void fault(struct parse *p, const char *key, const char *sentence)
{
	parse_fault(p, p->root, "", key, "%s", sentence);
}

static void check_ca(struct parse *p, const struct conf_tracing *t, bool secure)
{
	const struct tls_options o = {.side = TLS_WORKERS, .ca = t->ca};
	struct error err = {0};
	struct tls_context *c;

	if (t->ca == NULL)
		return;
	if (!secure) {
		fault(p, "tracing.ca",
		      "needs a tracing.endpoint that begins with https://");
		return;
	}
	c = tls_context_create(&o, NULL, &err);
	if (c == NULL)
		fault(p, "tracing.ca", err.text);
	tls_context_unref(&c);
}

void check_tracing(struct parse *p)
{
	const struct conf_tracing *t = &p->conf->tracing;
	struct tracing_place place = {0};
	struct slice name, value;
	struct error err = {0};

	if (t->endpoint != NULL &&
	    tracing_place_parse(t->endpoint, &place, &err) != OK)
		fault(p, "tracing.endpoint", err.text);
	else
		check_ca(p, t, place.secure);
	for (size_t i = 0; i < t->n_headers; i++)
		if (tracing_header_parse(t->header[i], &name, &value, &err) !=
		    OK)
			fault(p, "tracing.headers", err.text);
}
