/* What a client of HTTP/2 begins with (RFC 9113 3.4), so that it can be told
 * from one of HTTP/1 by its first bytes. Pure. */
#ifndef COMMON_HTTP_H2_PREFACE_H
#define COMMON_HTTP_H2_PREFACE_H

#include "common/base/slice.h"

#define H2_PREFACE_TEXT SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

enum h2_preface {
	H2_PREFACE_NOT,
	H2_PREFACE_BEGUN, /* it may become one */
	H2_PREFACE_WHOLE, /* more may stand behind it */
};

/* `held`: bytes that came before, for which it said BEGUN. */
enum h2_preface h2_preface_match(struct slice held, struct slice bytes);

#endif
