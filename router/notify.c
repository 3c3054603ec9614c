#include "router/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define TEXT_BYTES 128

bool notify_address(const char *text, struct sockaddr_un *out, socklen_t *n)
{
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2 ||
	    length >= sizeof(out->sun_path))
		return false;
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path, text, length);
	if (text[0] == '@')
		out->sun_path[0] = '\0';
	*n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return true;
}

uint64_t notify_watchdog_ms(const char *usec, const char *of_pid, pid_t pid)
{
	uint64_t interval_us, meant;

	if (usec == NULL ||
	    slice_to_u64(slice_of(usec), UINT64_MAX, &interval_us) != OK)
		return 0;
	if (of_pid != NULL &&
	    (slice_to_u64(slice_of(of_pid), INT32_MAX, &meant) != OK ||
	     (pid_t)meant != pid))
		return 0;
	return interval_us > 0 && interval_us < 2000 ? 1 : interval_us / 2000;
}

static void tell(const char *text)
{
	const char *where = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t n;
	int fd;

	if (where == NULL)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !notify_address(where, &to, &n) ||
	    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   n) < 0)
		log_warn("notify: the service manager was not told: %s", text);
	if (fd >= 0)
		close(fd);
}

void notify_ready(void)
{
	tell("READY=1");
}

void notify_reloading(void)
{
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(clock_ns() / 1000));
	tell(text);
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_alive(void)
{
	tell("WATCHDOG=1");
}

void notify_successor(pid_t pid)
{
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "MAINPID=%ld\nREADY=1", (long)pid);
	tell(text);
}
