#include "common/tls/fault.h"

#include "common/base/assert.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t tally[TLS_SIDES][TLS_RESULTS];

const char *tls_side_name(enum tls_side s)
{
	static const char *const name[TLS_SIDES] = {
		[TLS_CLIENTS] = "clients",
		[TLS_ADMIN] = "admin",
		[TLS_WORKERS] = "workers",
	};

	ASSERT((size_t)s < TLS_SIDES);
	return name[s];
}

const char *tls_result_name(enum tls_result r)
{
	static const char *const name[TLS_RESULTS] = {
		[TLS_DONE] = "ok",
		[TLS_WRONG_NAME] = "wrong_name",
		[TLS_EXPIRED] = "expired",
		[TLS_UNTRUSTED] = "untrusted",
		[TLS_NO_CERTIFICATE] = "no_certificate",
		[TLS_BAD_CERTIFICATE] = "bad_certificate",
		[TLS_REFUSED] = "refused",
		[TLS_NO_COMMON] = "no_common_version",
		[TLS_PLAIN_HTTP] = "plain_http",
		[TLS_NOT_TLS] = "not_tls",
		[TLS_GONE] = "gone",
		[TLS_FAILED] = "failed",
	};

	ASSERT((size_t)r < TLS_RESULTS);
	return name[r];
}

const char *tls_result_sentence(enum tls_result r)
{
	static const char *const sentence[TLS_RESULTS] = {
		[TLS_DONE] = "tls: the handshake was fine",
		[TLS_WRONG_NAME] = "tls: certificate is for another name",
		[TLS_EXPIRED] = "tls: certificate has expired",
		[TLS_UNTRUSTED] = "tls: certificate is not trusted",
		[TLS_NO_CERTIFICATE] = "tls: no certificate was shown",
		[TLS_BAD_CERTIFICATE] = "tls: certificate cannot be used",
		[TLS_REFUSED] = "tls: refused by the peer",
		[TLS_NO_COMMON] = "tls: no version or cipher in common",
		[TLS_PLAIN_HTTP] = "tls: plain HTTP came",
		[TLS_NOT_TLS] = "tls: the peer does not speak it",
		[TLS_GONE] = "tls: the peer went in the handshake",
		[TLS_FAILED] = "tls: handshake failed",
	};

	ASSERT((size_t)r < TLS_RESULTS);
	return sentence[r];
}

uint64_t tls_handshakes(enum tls_side s, enum tls_result r)
{
	ASSERT((size_t)s < TLS_SIDES && (size_t)r < TLS_RESULTS);
	return atomic_load_explicit(&tally[s][r], memory_order_relaxed);
}

void tls_count_handshake(enum tls_side s, enum tls_result r)
{
	ASSERT((size_t)s < TLS_SIDES && (size_t)r < TLS_RESULTS);
	atomic_fetch_add_explicit(&tally[s][r], 1, memory_order_relaxed);
}
