/* Sessions that go on where an earlier one ended. Private to this folder. */
#ifndef COMMON_TLS_RESUME_H
#define COMMON_TLS_RESUME_H

#include "common/tls/state.h"

/* Where we accept: by tickets, so that nothing is kept here. Clients that
 * another `ca` has vouched for are not the same. */
void resume_offer(struct tls_context *c, struct slice ca);
/* Where we connect: the peer's newest session is kept, … */
void resume_remember(struct tls_context *c);
/* … and this one goes on with it, if it can. */
void resume_try(struct tls_context *c, SSL *ssl);

#endif
