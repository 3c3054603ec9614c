/* The calls into the kernel that are made for every byte that passes.
 *
 * As glibc's, errno included, but for one thing: in a process with threads
 * glibc's are points where a thread may be cancelled, and prepare for that
 * before and after each call. Nobody here cancels a thread, and it was a
 * tenth of what relaying an event takes. Sanitizers watch glibc's, so they
 * get those. */
#ifndef COMMON_BASE_SYSIO_H
#define COMMON_BASE_SYSIO_H

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	!defined(__x86_64__)

static inline ssize_t sysio_recv(int fd, void *to, size_t n, int flags)
{
	return recv(fd, to, n, flags);
}

static inline ssize_t sysio_send(int fd, const void *p, size_t n, int flags)
{
	return send(fd, p, n, flags);
}

static inline ssize_t sysio_sendmsg(int fd, const struct msghdr *m, int flags)
{
	return sendmsg(fd, m, flags);
}

static inline int sysio_epoll_wait(int fd, struct epoll_event *to, int room,
				   int timeout_ms)
{
	return epoll_wait(fd, to, room, timeout_ms);
}

#else

static inline ssize_t sysio_recv(int fd, void *to, size_t n, int flags)
{
	return syscall(SYS_recvfrom, fd, to, n, flags, NULL, NULL);
}

static inline ssize_t sysio_send(int fd, const void *p, size_t n, int flags)
{
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

static inline ssize_t sysio_sendmsg(int fd, const struct msghdr *m, int flags)
{
	return syscall(SYS_sendmsg, fd, m, flags);
}

static inline int sysio_epoll_wait(int fd, struct epoll_event *to, int room,
				   int timeout_ms)
{
	return (int)syscall(SYS_epoll_wait, fd, to, room, timeout_ms);
}

#endif

#endif
