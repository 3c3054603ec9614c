/* How a session's answers become frames. Private to the sessions' files. */
#ifndef COMMON_HTTP_H2_STREAM_H
#define COMMON_HTTP_H2_STREAM_H

#include <nghttp2/nghttp2.h>

#include "common/http/h2_session.h"

void h2_stream_callbacks(nghttp2_session_callbacks *c);
/* Takes it off its session and tells its owner, who ends and frees it. */
void h2_stream_close(struct h2_stream *s);

#endif
