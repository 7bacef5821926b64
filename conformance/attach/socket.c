/* socket.c - one packet a datagram on descriptor 3 of a command, in real time. A packet's side is its IP version. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "conformance/attach/process.h"

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	(void)port;
	xl_process_write(s, p, n);
}

static int fd(const struct xl_process *s)
{
	return s->child.out;
}

static void drain(struct xl_process *s)
{
	ssize_t n;

	for (;;) {
		n = recv(s->child.out, s->buf, XL_PACKET_MAX + 1, MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			xl_process_fault(s, n == 0 ? "it closed the socket" : strerror(errno));
			return;
		}
		if (n > XL_PACKET_MAX) {
			xl_process_fault(s, "it sent a datagram larger than any IP packet");
			return;
		}
		xl_process_take(s, s->buf, (size_t)n, xl_process_port_of(s, s->buf, (size_t)n));
	}
}

static const struct xl_transport transport = {
	.io = XL_CHILD_SOCKET, .put = put, .fd = fd, .drain = drain
};

int xl_attach_socket(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return xl_process_open(&transport, to, box, d);
}
