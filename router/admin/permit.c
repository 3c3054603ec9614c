#include "router/admin/permit.h"

#include "common/base/log.h"
#include "common/hash/sha256.h"
#include "router/admin/answer.h"

#include <event2/http.h>
#include <string.h>

bool permit_is_foreign(const struct visit *v)
{
	const char *origin = visit_header(v, "Origin");
	const char *host = visit_header(v, "Host");

	if (origin == NULL)
		return false;
	if (strncmp(origin, "http://", 7) == 0)
		origin += 7;
	else if (strncmp(origin, "https://", 8) == 0)
		origin += 8;
	else
		return true;
	return host == NULL || strcmp(origin, host) != 0;
}

/* Of two lengths neither is told by the time that it takes. */
static bool is_same(struct slice given, struct slice token)
{
	uint8_t a[SHA256_BYTES], b[SHA256_BYTES];

	sha256_digest(given, a);
	sha256_digest(token, b);
	return sha256_equal(a, b);
}

/* Nothing where there is none. */
static struct slice bearer_of(const struct visit *v)
{
	static const struct slice scheme = SLICE("Bearer ");
	const char *value = visit_header(v, "Authorization");
	struct slice s = slice_of(value == NULL ? "" : value);

	return slice_starts(s, scheme) ? slice_from(s, scheme.n)
				       : (struct slice){"", 0};
}

static void refuse(struct visit *v, const char *why)
{
	evhttp_add_header(evhttp_request_get_output_headers(v->req),
			  "WWW-Authenticate", "Bearer");
	answer_text(v->req, 401, why);
}

bool permit_change(struct visit *v, const char *token)
{
	struct slice given = bearer_of(v);

	if (token == NULL && visit_header(v, "Origin") == NULL)
		return true;
	if (token == NULL) {
		answer_text(v->req, 403,
			    "not from a browser while admin_token is not "
			    "set\n");
	} else if (given.n == 0) {
		refuse(v, "the token of admin_token is needed, as "
			  "Authorization: Bearer\n");
	} else if (!is_same(given, slice_of(token))) {
		log_warn("admin: a wrong token was given");
		refuse(v, "the token is not that of admin_token\n");
	} else {
		return true;
	}
	return false;
}
