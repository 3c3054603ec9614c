#include "common/base/mem.h"
#include "common/tls/state.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 256

static char *sentence(const char *fmt, ...) PRINTF_LIKE(1, 2);
static char *sentence(const char *fmt, ...)
{
	char text[SENTENCE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return mem_strdup(text);
}

/* What went wrong first is what the rest follows from; but that the
 * certificate was refused says more than which of its parts was. */
static unsigned long take_error(void)
{
	unsigned long first = ERR_get_error(), next = first;

	while (next != 0 &&
	       ERR_GET_REASON(next) != SSL_R_CERTIFICATE_VERIFY_FAILED)
		next = ERR_get_error();
	ERR_clear_error();
	return next != 0 ? next : first;
}

enum tls_result tls_judge(long verdict)
{
	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return TLS_WRONG_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID: return TLS_EXPIRED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	/* Another CA of the same name. */
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CERT_UNTRUSTED: return TLS_UNTRUSTED;
	default: return TLS_BAD_CERTIFICATE;
	}
}

static enum tls_result explain_certificate(struct tls_context *c, long verdict,
					   char **out)
{
	enum tls_result r = tls_judge(verdict);
	const char *name = c->name != NULL ? c->name : "this host";

	if (r == TLS_WRONG_NAME)
		*out = sentence("certificate is not for %s", name);
	else if (r == TLS_UNTRUSTED)
		*out = sentence("certificate is not signed by a CA that is "
				"trusted (%s)",
				X509_verify_cert_error_string(verdict));
	else
		*out = sentence("certificate is refused: %s",
				X509_verify_cert_error_string(verdict));
	return r;
}

enum tls_result tls_result_of_error(unsigned long error)
{
	int reason = ERR_GET_REASON(error);

	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return TLS_FAILED;
	if (reason >= SSL_AD_REASON_OFFSET)
		return TLS_REFUSED;
	switch (reason) {
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST: return TLS_PLAIN_HTTP;
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return TLS_NO_CERTIFICATE;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_VERSION_TOO_LOW: return TLS_NO_COMMON;
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_UNEXPECTED_MESSAGE:
	case SSL_R_BAD_LENGTH:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_RECORD_TOO_SMALL: return TLS_NOT_TLS;
	default: return TLS_FAILED;
	}
}

static char *sentence_of(enum tls_result r, unsigned long error)
{
	const char *why = ERR_reason_error_string(error);

	why = why != NULL ? why : "unknown reason";
	switch (r) {
	case TLS_PLAIN_HTTP:
		return sentence("plain HTTP came where TLS is spoken");
	case TLS_NOT_TLS:
		return sentence("the peer does not speak TLS (%s)", why);
	case TLS_NO_CERTIFICATE:
		return sentence("the peer showed no certificate");
	case TLS_REFUSED: return sentence("refused by the peer: %s", why);
	case TLS_NO_COMMON:
		return sentence("no version or cipher in common (%s)", why);
	default: return sentence("%s", why);
	}
}

enum tls_result tls_explain(struct tls_context *c, SSL *ssl, int error,
			    char **out)
{
	unsigned long what = take_error();
	long verdict = SSL_get_verify_result(ssl);
	enum tls_result r;

	if (error != SSL_ERROR_SSL || what == 0) {
		*out = sentence("the peer went away in the handshake");
		return TLS_GONE;
	}
	if (ERR_GET_REASON(what) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
	    verdict != X509_V_OK)
		return explain_certificate(c, verdict, out);
	r = tls_result_of_error(what);
	*out = sentence_of(r, what);
	return r;
}
