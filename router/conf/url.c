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

enum status url_parse(const char *url, bool numeric, char **host,
		      struct addr *addr, struct error *err)
{
	struct slice s = slice_of(url);
	struct buf whole;
	enum status st;

	if (slice_starts(s, SLICE("https://")))
		return error_set(err, ERR_UNSUPPORTED,
				 "https to workers is not supported; write "
				 "http://host:port");
	if (!slice_starts(s, SLICE("http://")))
		return error_set(err, ERR_INVALID,
				 "'%s' is not a url; write http://host:port",
				 url);
	s = slice_from(s, 7);
	if (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	st = check_host(s, err);
	if (st != OK)
		return st;
	buf_init(&whole);
	buf_append(&whole, s);
	if (!has_port(s))
		buf_puts(&whole, ":80");
	st = value_parse_addr(buf_slice(&whole), numeric, addr, err);
	if (st == OK && addr_port(addr) == 0)
		st = error_set(err, ERR_INVALID, "port 0 is no engine's");
	if (st == OK)
		*host = mem_strndup(s.p, s.n);
	buf_fini(&whole);
	return st;
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
	port = (struct slice){s.p + s.n, 0};
	while (port.p > s.p && port.p[-1] != ':')
		port = (struct slice){port.p - 1, port.n + 1};
	if (port.n + 1 >= s.n || s.p[0] == '*' ||
	    slice_to_u64(port, 65535, &number) != OK || number == 0)
		return error_set(err, ERR_INVALID,
				 "'%s' is not an endpoint; write "
				 "tcp://host:port with the engine's host",
				 endpoint);
	if (number + ranks - 1 > 65535)
		return error_set(err, ERR_LIMIT,
				 "%zu ranks from port %u on pass 65535", ranks,
				 (unsigned)number);
	return OK;
}
