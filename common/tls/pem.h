/* Certificates and keys from PEM files into a library's context, with a
 * sentence for each thing that can be wrong. Private to this folder. */
#ifndef COMMON_TLS_PEM_H
#define COMMON_TLS_PEM_H

#include <openssl/ssl.h>

#include "common/base/buf.h"

#define PEM_MAX_BYTES ((size_t)4 << 20)

/* `text` is the file's; the path is for the sentence. */
MUST_USE enum status pem_load_chain(SSL_CTX *ctx, struct slice text,
				    const char *path, struct error *err);
/* After the chain, which the key must fit. */
MUST_USE enum status pem_load_key(SSL_CTX *ctx, struct slice text,
				  const char *path, const char *chain_path,
				  struct error *err);
/* Whom we trust; `offer`: and whose names clients are told. */
MUST_USE enum status pem_load_ca(SSL_CTX *ctx, struct slice text,
				 const char *path, bool offer,
				 struct error *err);
/* The first moment at which a certificate of the chain is no longer valid,
 * Unix time. */
int64_t pem_expiry(SSL_CTX *ctx);

#endif
