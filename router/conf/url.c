#include "router/conf/url.h"

#include "common/base/mem.h"
#include "router/conf/value.h"

static bool has_port(struct slice host)
{
	/* The last colon, unless it stands inside of a v6 address. */
	for (size_t i = host.n; i > 0; i--) {
		if (host.p[i - 1] == ':')
			return true;
		if (host.p[i - 1] == ']')
			return false;
	}
	return false;
}

static enum status check_host(struct slice host, struct error *err)
{
	if (host.n == 0 || host.p[0] == ':')
		return error_set(err, ERR_INVALID,
				 "a host must follow http://");
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (c == '/' || c == '?' || c == '#')
			return error_set(err, ERR_UNSUPPORTED,
					 "write http://host:port without a "
					 "path; the engine's paths are the "
					 "clients'");
		if (c == '@')
			return error_set(err, ERR_UNSUPPORTED,
					 "write http://host:port without a "
					 "user; api_key is for that");
		if (c <= ' ')
			return error_set(err, ERR_INVALID,
					 "must not have blanks");
	}
	return OK;
}

/* Without its port, and a v6 address without its brackets. */
static char *server_name(struct slice host)
{
	struct slice s = host;

	if (has_port(s)) {
		while (s.p[s.n - 1] != ':')
			s.n--;
		s.n--;
	}
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct slice){s.p + 1, s.n - 2};
	return mem_strndup(s.p, s.n);
}

static enum status find_addr(struct slice host, bool secure, bool numeric,
			     struct addr *out, struct error *err)
{
	struct buf whole;
	enum status st;

	buf_init(&whole);
	buf_append(&whole, host);
	if (!has_port(host))
		buf_puts(&whole, secure ? ":443" : ":80");
	st = value_parse_addr(buf_slice(&whole), numeric, out, err);
	buf_fini(&whole);
	if (st == OK && addr_port(out) == 0)
		return error_set(err, ERR_INVALID, "port 0 is no engine's");
	return st;
}

enum status url_parse(const char *url, bool numeric, struct url_parts *out,
		      struct error *err)
{
	struct slice s = slice_of(url);
	bool secure = slice_starts(s, SLICE("https://"));
	struct addr addr;
	enum status st;

	if (!secure && !slice_starts(s, SLICE("http://")))
		return error_set(err, ERR_INVALID,
				 "'%s' is not a url; write http://host:port or "
				 "https://host:port",
				 url);
	s = slice_from(s, secure ? 8 : 7);
	if (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	st = check_host(s, err);
	if (st == OK)
		st = find_addr(s, secure, numeric, &addr, err);
	if (st != OK)
		return st;
	*out = (struct url_parts){
		.host = mem_strndup(s.p, s.n),
		.server_name = server_name(s),
		.addr = addr,
		.secure = secure,
	};
	return OK;
}

/* What stands after the last colon; empty if nothing does. */
static struct slice last_port(struct slice s)
{
	struct slice port = {s.p + s.n, 0};

	while (port.p > s.p && port.p[-1] != ':')
		port = (struct slice){port.p - 1, port.n + 1};
	return port.n < s.n ? port : (struct slice){s.p + s.n, 0};
}

static enum status check_ranks(uint64_t port, size_t ranks, struct error *err)
{
	if (port + ranks - 1 <= 65535)
		return OK;
	return error_set(err, ERR_LIMIT, "%zu ranks from port %u on pass 65535",
			 ranks, (unsigned)port);
}

enum status url_check_endpoint(const char *endpoint, size_t ranks,
			       struct error *err)
{
	struct slice s = slice_of(endpoint), port;
	uint64_t number = 0;

	if (slice_starts(s, SLICE("ipc://")) && s.n > 6 && ranks == 1)
		return OK;
	if (!slice_starts(s, SLICE("tcp://")))
		return error_set(err, ERR_INVALID,
				 "'%s' is not an endpoint; write "
				 "tcp://host:port",
				 endpoint);
	s = slice_from(s, 6);
	port = last_port(s);
	if (port.n + 1 >= s.n || s.p[0] == '*' ||
	    slice_to_u64(port, 65535, &number) != OK || number == 0)
		return error_set(err, ERR_INVALID,
				 "'%s' is not an endpoint; write "
				 "tcp://host:port with the engine's host",
				 endpoint);
	return check_ranks(number, ranks, err);
}

/* Names and addresses alone, a v6 address in brackets, which go. */
static bool peer_host(struct slice *host)
{
	bool v6 = host->n > 2 && host->p[0] == '[' &&
		  host->p[host->n - 1] == ']';

	if (v6)
		*host = (struct slice){host->p + 1, host->n - 2};
	for (size_t i = 0; i < host->n; i++) {
		char c = host->p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
			    c == '_';

		if (!word && !(v6 && (c == ':' || c == '%')))
			return false;
	}
	return host->n > 0;
}

enum status url_parse_peer(const char *peer, size_t ranks, struct url_peer *out,
			   struct error *err)
{
	struct slice s = slice_of(peer), port = last_port(s), host;
	uint64_t number = 0;

	host = (struct slice){s.p, port.n < s.n ? s.n - port.n - 1 : 0};
	if (!peer_host(&host) || slice_to_u64(port, 65535, &number) != OK ||
	    number == 0)
		return error_set(err, ERR_INVALID,
				 "'%s' is not an address; write host:port, "
				 "where the other engines reach this one",
				 peer);
	if (check_ranks(number, ranks, err) != OK)
		return err->status;
	*out = (struct url_peer){host, (uint16_t)number};
	return OK;
}
