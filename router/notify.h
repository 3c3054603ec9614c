/* What a service manager is told, as sd_notify(3) has it: lines in a datagram
 * to the socket that NOTIFY_SOCKET names. Nobody to tell is no fault. */
#ifndef ROUTER_NOTIFY_H
#define ROUTER_NOTIFY_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

/* Pure: where "/run/x" or "@abstract" is; false if it is neither. */
bool notify_address(const char *text, struct sockaddr_un *out, socklen_t *n);
/* Pure: how often to say WATCHDOG=1, in ms, twice as often as is asked of
 * process `pid` by these words (or NULL); 0: never. */
uint64_t notify_watchdog_ms(const char *usec, const char *of_pid, pid_t pid);

void notify_ready(void);
/* Which ends with notify_ready(). */
void notify_reloading(void);
void notify_stopping(void);
void notify_alive(void);
/* The service is process `pid` from now on. */
void notify_successor(pid_t pid);

#endif
