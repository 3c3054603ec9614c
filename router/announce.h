/* The addresses in use, told to whoever started us with port 0. */
#ifndef ROUTER_ANNOUNCE_H
#define ROUTER_ANNOUNCE_H

#include "common/base/addr.h"

/* Writes {"listen":[…],"admin":"…","pid":N} whole or not at all: to a
 * second file first, which then takes the name. */
MUST_USE enum status announce_write(const char *file, const struct addr *listen,
				    size_t n, const struct addr *admin,
				    struct error *err);

#endif
