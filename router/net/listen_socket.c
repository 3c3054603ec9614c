#include "router/net/listen_socket.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/attr.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* The way to the farthest clients and back. */
#define HANDSHAKE_MS 300

struct listen_socket *listen_socket_create(int fd)
{
	struct listen_socket *s = mem_zalloc(sizeof(*s));

	ref_init(&s->ref);
	s->fd = fd;
	return s;
}

struct listen_socket *listen_socket_ref(struct listen_socket *s)
{
	ref_hold(&s->ref);
	return s;
}

void listen_socket_unref(struct listen_socket **sp)
{
	struct listen_socket *s = *sp;

	*sp = NULL;
	if (s == NULL || !ref_drop(&s->ref))
		return;
	close(s->fd);
	mem_free(s);
}

void listen_socket_refuse(struct listen_socket *s)
{
	/* Of a TCP header: SYN without ACK begins a connection. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {ARRAY_LEN(code), code};
	struct addr a;

	if (addr_of_socket(s->fd, &a) != OK || a.sa.ss_family == AF_UNIX)
		return;
	if (setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) != 0)
		log_debug("listener: no filter: who connects in the moment it "
			  "closes is reset");
}

static bool is_loopback(const struct addr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->sa;
	const struct sockaddr_in6 *v6 = (const void *)&a->sa;

	if (a->sa.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return a->sa.ss_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

unsigned listen_socket_linger_ms(const struct addr *bound)
{
	/* Without a wire a handshake is over when connect() returns. */
	if (bound->sa.ss_family == AF_UNIX || is_loopback(bound))
		return 0;
	return HANDSHAKE_MS;
}
