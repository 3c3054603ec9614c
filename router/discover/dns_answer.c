#include "router/discover/dns_answer.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include "common/base/mem.h"

#define SRV_FIXED 6 /* priority, weight, port; the target's name behind */

static enum status read_srv(const ns_msg *m, const ns_rr *rr,
			    struct dns_record *out)
{
	const unsigned char *p = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) <= SRV_FIXED)
		return ERR_INVALID;
	out->priority = ns_get16(p);
	out->port = ns_get16(p + 4);
	if (dn_expand(ns_msg_base(*m), ns_msg_end(*m), p + SRV_FIXED,
		      out->target, sizeof(out->target)) < 0)
		return ERR_INVALID;
	return OK;
}

static enum status read_address(const ns_rr *rr, size_t bytes,
				struct dns_record *out)
{
	if (ns_rr_rdlen(*rr) != bytes)
		return ERR_INVALID;
	memcpy(out->address, ns_rr_rdata(*rr), bytes);
	return OK;
}

static enum status add(const ns_msg *m, const ns_rr *rr, enum dns_type type,
		       struct dns_answer *a)
{
	struct dns_record r = {0};
	enum status st;

	if (a->n == DNS_MAX_RECORDS)
		return ERR_LIMIT;
	st = type == DNS_SRV ? read_srv(m, rr, &r)
			     : read_address(rr, type == DNS_A ? 4 : 16, &r);
	if (st != OK)
		return st;
	a->record = mem_realloc(a->record, (a->n + 1) * sizeof(*a->record));
	a->record[a->n++] = r;
	return OK;
}

static enum status read_all(ns_msg *m, enum dns_type type, struct dns_answer *a)
{
	uint32_t ttl_s = UINT32_MAX;

	for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		enum status st = OK;
		ns_rr rr;

		if (ns_parserr(m, ns_s_an, i, &rr) != 0)
			return ERR_INVALID;
		if (ns_rr_class(rr) != ns_c_in)
			continue;
		if ((unsigned)ns_rr_type(rr) == (unsigned)type)
			st = add(m, &rr, type, a);
		if (st != OK)
			return st;
		if (ns_rr_ttl(rr) < ttl_s)
			ttl_s = ns_rr_ttl(rr);
	}
	a->ttl_s = a->n > 0 ? ttl_s : 0;
	return OK;
}

enum status dns_answer_read(struct slice message, enum dns_type type,
			    struct dns_answer *out)
{
	struct dns_answer a = {0};
	enum status st = ERR_INVALID;
	ns_msg m;

	if (message.n <= NS_MAXMSG &&
	    ns_initparse((const unsigned char *)message.p, (int)message.n,
			 &m) == 0 &&
	    ns_msg_getflag(m, ns_f_qr) && !ns_msg_getflag(m, ns_f_tc))
		st = read_all(&m, type, &a);
	if (st == OK)
		*out = a;
	else
		dns_answer_clear(&a);
	return st;
}

void dns_answer_clear(struct dns_answer *a)
{
	mem_free(a->record);
	*a = (struct dns_answer){0};
}
