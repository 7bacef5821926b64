/* afpacket.c - see afpacket.h.
 *
 * Raw sockets with the header of virtio in front of each packet: it tells a checksum that is still to be filled in
 * from one that is wrong, and a super-packet from a large one.
 */
#include "ref/io/afpacket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ref/base/pkt.h"
#include "ref/base/rd.h"

enum { BATCH = 32, FRAME_MAX = XL_PACKET_MAX + 64, BUFFER_BYTES = 16 << 20 };

static int refused(struct xl_diags *d, const char *name, const char *what)
{
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s: %s", name, what, strerror(errno));
}

/* ---- opening ---- */

static bool set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof value) == 0;
}

/* What the kernel may queue for us. Where the limit may not be passed the rest is what it allows. */
static void widen(int fd)
{
	int bytes = BUFFER_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int xl_afpacket_open(struct xl_afpacket *s, const char *name, struct xl_diags *d)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	*s = (struct xl_afpacket){ .fd = -1, .drops_fd = -1 };
	snprintf(s->name, sizeof s->name, "%s", name);
	s->ifindex = at.sll_ifindex = (int)if_nametoindex(name);
	if (!s->ifindex)
		return refused(d, name, "no such device");
	s->room = malloc((size_t)BATCH * FRAME_MAX);
	s->drops_fd = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (!s->room || s->fd < 0 || s->drops_fd < 0 || !set_option(s->fd, PACKET_VNET_HDR, 1) ||
	    !set_option(s->fd, PACKET_AUXDATA, 1) ||
	    !set_option(s->fd, PACKET_IGNORE_OUTGOING, 1) ||
	    bind(s->fd, (struct sockaddr *)&at, sizeof at) < 0) {
		int r = refused(d, name, "packet socket");

		xl_afpacket_close(s);
		return r;
	}
	widen(s->fd);
	return 0;
}

void xl_afpacket_close(struct xl_afpacket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->drops_fd >= 0)
		close(s->drops_fd);
	free(s->room);
	*s = (struct xl_afpacket){ .fd = -1, .drops_fd = -1 };
}

int xl_afpacket_mac(const struct xl_afpacket *s, uint8_t mac[static 6], struct xl_diags *d)
{
	struct ifreq r = { .ifr_ifindex = 0 };

	memcpy(r.ifr_name, s->name, sizeof s->name);
	if (ioctl(s->fd, SIOCGIFHWADDR, &r) < 0)
		return refused(d, s->name, "link-layer address");
	memcpy(mac, r.ifr_hwaddr.sa_data, 6);
	return 0;
}

/* ---- sending ---- */

int xl_afpacket_send(struct xl_afpacket *s, const uint8_t *packet, size_t n, int version)
{
	struct virtio_net_hdr plain = { .flags = 0 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = s->ifindex,
				  .sll_protocol = htons(version == 6 ? ETH_P_IPV6 : ETH_P_IP) };
	union {
		const uint8_t *in;
		void *out;
	} bytes = { .in = packet }; /* an iovec has no const; nothing is written */
	struct iovec part[2] = { { &plain, sizeof plain }, { bytes.out, n } };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = part, .msg_iovlen = 2
	};
	ssize_t sent;

	do
		sent = sendmsg(s->fd, &m, 0);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? XL_ERR_STATE : XL_ERR_IO;
}

/* ---- receiving ---- */

struct batch {
	struct mmsghdr m[BATCH];
	struct iovec part[BATCH];
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control[BATCH];
};

static void prepare(struct batch *b, uint8_t *room)
{
	memset(b->m, 0, sizeof b->m);
	for (size_t i = 0; i < BATCH; i++) {
		b->part[i] = (struct iovec){ room + i * FRAME_MAX, FRAME_MAX };
		b->m[i].msg_hdr.msg_iov = &b->part[i];
		b->m[i].msg_hdr.msg_iovlen = 1;
		b->m[i].msg_hdr.msg_control = &b->control[i];
		b->m[i].msg_hdr.msg_controllen = sizeof b->control[i];
	}
}

static struct tpacket_auxdata auxdata_of(struct msghdr *m)
{
	struct tpacket_auxdata aux = { .tp_status = 0 };
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
		memcpy(&aux, CMSG_DATA(c), sizeof aux);
	return aux;
}

/* RFC 1071 over [from, n), what the sender left to hardware; its field holds the sum over the pseudo-header. */
static bool complete_checksum(uint8_t *p, size_t n, size_t from, size_t offset)
{
	uint32_t sum = 0;

	if (from > n || offset + 2 > n - from)
		return false;
	for (size_t i = from; i + 1 < n; i += 2)
		sum += xl_get16(p + i);
	if ((n - from) & 1)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	xl_put16(p + from + offset, (uint16_t)(sum ? sum : 0xffff));
	return true;
}

/* NULL when the packet is what was on the device. */
static const char *made_whole(uint8_t *p, size_t n, const struct virtio_net_hdr *h,
			      const struct tpacket_auxdata *aux)
{
	if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return "packets were coalesced on their way to the harness";
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		return complete_checksum(p, n, h->csum_start, h->csum_offset)
			       ? NULL
			       : "a checksum was left to hardware, outside the packet";
	if (aux->tp_status & TP_STATUS_CSUMNOTREADY)
		return "a checksum was left to hardware, nobody says where";
	return NULL;
}

static int take(struct xl_afpacket *s, struct mmsghdr *m, uint8_t *room, xl_afpacket_fn fn,
		void *ctx, struct xl_diags *d)
{
	struct tpacket_auxdata aux = auxdata_of(&m->msg_hdr);
	struct virtio_net_hdr h;
	const char *wrong;
	size_t n;

	if (m->msg_len < sizeof h || (m->msg_hdr.msg_flags & MSG_TRUNC))
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE,
			       "%s: a packet was cut when it was captured", s->name);
	memcpy(&h, room, sizeof h);
	n = m->msg_len - sizeof h;
	wrong = made_whole(room + sizeof h, n, &h, &aux);
	if (wrong)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", s->name, wrong);
	fn(ctx, room + sizeof h, n);
	return 0;
}

int xl_afpacket_drain(struct xl_afpacket *s, xl_afpacket_fn fn, void *ctx, struct xl_diags *d)
{
	static struct batch b;
	int n = BATCH, r = 0;

	while (n == BATCH) {
		prepare(&b, s->room);
		do
			n = recvmmsg(s->fd, b.m, BATCH, MSG_DONTWAIT, NULL);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno != EAGAIN)
			return refused(d, s->name, "packet socket");
		for (int i = 0; i < n; i++) {
			int one = take(s, &b.m[i], b.part[i].iov_base, fn, ctx, d);

			r = r ? r : one;
		}
	}
	return r;
}

/* ---- losses ---- */

/* The device's counter of packets dropped on their way out: the 12th number of its row. */
static uint64_t tx_dropped(const struct xl_afpacket *s)
{
	char text[8192], *row, key[24];
	uint64_t value = 0;
	ssize_t n = pread(s->drops_fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	snprintf(key, sizeof key, "%s:", s->name);
	row = strstr(text, key);
	if (!row)
		return 0;
	row += strlen(key);
	for (int i = 0; i < 12; i++)
		value = strtoull(row, &row, 10);
	return value;
}

int xl_afpacket_check(struct xl_afpacket *s, struct xl_diags *d)
{
	struct tpacket_stats st = { .tp_drops = 0 };
	socklen_t n = sizeof st;
	uint64_t was = s->tx_dropped;

	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &st, &n) == 0 && st.tp_drops)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE,
			       "%s: the harness lost %u packets before it could read them", s->name,
			       st.tp_drops);
	s->tx_dropped = tx_dropped(s);
	if (s->tx_dropped != was)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE,
			       "%s: the device dropped %" PRIu64 " packets before they were read",
			       s->name, s->tx_dropped - was);
	return 0;
}
