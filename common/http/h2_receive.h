/* What the library tells a session of the frames that have come. Private to
 * the sessions' files. */
#ifndef COMMON_HTTP_H2_RECEIVE_H
#define COMMON_HTTP_H2_RECEIVE_H

#include <nghttp2/nghttp2.h>

#include "common/http/h2_session.h"

void h2_receive_callbacks(nghttp2_session_callbacks *c);
/* Says so and takes nothing more; nothing for H2_NO_ABUSE. */
void h2_session_abuse(struct h2_session *s, enum h2_abuse a);

#endif
