#include "router/discover/dns_lookup.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "common/base/mem.h"

/* Each server is asked so often, and waited for so long the first time. */
#define TRIES     2
#define PATIENT_S 1

static void use_servers(struct __res_state *r, const struct addr *server,
			size_t n)
{
	r->retrans = PATIENT_S;
	r->retry = TRIES;
	for (size_t i = 0; i < n && i < DNS_MAX_SERVERS; i++)
		r->nsaddr_list[i] = *(const struct sockaddr_in *)&server[i].sa;
	if (n > 0)
		r->nscount = n < DNS_MAX_SERVERS ? (int)n : DNS_MAX_SERVERS;
}

/* Why there is no answer; OK: there is one, without records. */
static enum status explain(const struct __res_state *r, const char *name,
			   struct error *err)
{
	switch (r->res_h_errno) {
	case HOST_NOT_FOUND:
		return error_set(err, ERR_NOT_FOUND, "there is no name %s",
				 name);
	case NO_DATA: return OK;
	case TRY_AGAIN:
		return error_set(err, ERR_IO,
				 "%s: no server has answered in time or could",
				 name);
	default:
		return error_set(err, ERR_IO, "%s: the servers refuse to say",
				 name);
	}
}

static enum status ask(struct __res_state *r, const char *name,
		       enum dns_type type, unsigned char *message,
		       struct dns_answer *out, struct error *err)
{
	int n = res_nsearch(r, name, ns_c_in, (int)type, message, NS_MAXMSG);
	enum status st;

	if (n < 0) {
		st = explain(r, name, err);
		if (st == OK)
			*out = (struct dns_answer){0};
		return st;
	}
	/* A server may say that it has more bytes than it sent. */
	if (n > NS_MAXMSG)
		n = NS_MAXMSG;
	st = dns_answer_read((struct slice){(char *)message, (size_t)n}, type,
			     out);
	if (st == OK)
		return OK;
	return error_set(err, st == ERR_LIMIT ? st : ERR_IO,
			 st == ERR_LIMIT ? "%s: more than 1024 records"
					 : "%s: an answer is malformed",
			 name);
}

enum status dns_lookup(const char *name, enum dns_type type,
		       const struct addr *server, size_t n,
		       struct dns_answer *out, struct error *err)
{
	struct __res_state r = {0};
	unsigned char *message;
	enum status st;

	if (res_ninit(&r) != 0)
		return error_set(err, ERR_IO, "no resolver");
	use_servers(&r, server, n);
	message = mem_alloc(NS_MAXMSG);
	st = ask(&r, name, type, message, out, err);
	mem_free(message);
	res_nclose(&r);
	return st;
}
