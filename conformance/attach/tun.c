/* tun.c - live: the implementation on its own TUN device, in a network namespace made for it.
 *
 * Packets are put on that very device and captured there with AF_PACKET: no kernel in between that would drop,
 * reassemble or answer in the implementation's place. The namespace has no address, no route and forwards
 * nothing. One device carries both sides, so they share an MTU.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ref/io/afpacket.h"
#include "conformance/attach/netns.h"
#include "conformance/attach/process.h"

#define DEVICE "xlat0"

enum { QUEUE_PACKETS = 10000 };

/* The device and the socket on it outlive the implementation, as making them anew takes longer than it starts; a
 * worker has one, and both go with its namespace. */
static struct wire {
	struct xl_afpacket at;
	char mtu_text[40];
	bool is_there;
} wire;

/* ---- the device ---- */

static int refused(struct xl_diags *d, const char *what)
{
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s: %s", DEVICE, what, strerror(errno));
}

/* A persistent device, as an implementation that attaches by name expects it. Who asks for several queues
 * cannot attach to a device that was made for one, nor the other way round. */
static int make_device(bool is_multi_queue, struct xl_diags *d)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), result = 0;

	if (fd < 0)
		return refused(d, "/dev/net/tun");
	if (is_multi_queue)
		r.ifr_flags |= IFF_MULTI_QUEUE;
	snprintf(r.ifr_name, sizeof r.ifr_name, DEVICE);
	if (ioctl(fd, TUNSETIFF, &r) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0)
		result = refused(d, "making the device");
	close(fd);
	return result;
}

static int set_up(uint32_t mtu, struct xl_diags *d)
{
	struct ifreq r = { .ifr_mtu = (int)mtu };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result = 0;

	snprintf(r.ifr_name, sizeof r.ifr_name, DEVICE);
	if (fd < 0 || ioctl(fd, SIOCSIFMTU, &r) < 0)
		result = refused(d, "setting the MTU");
	r.ifr_qlen = QUEUE_PACKETS;
	if (result == 0 && ioctl(fd, SIOCSIFTXQLEN, &r) < 0)
		result = refused(d, "setting the queue");
	r.ifr_flags = IFF_UP | IFF_NOARP | IFF_POINTOPOINT;
	if (result == 0 && ioctl(fd, SIOCSIFFLAGS, &r) < 0)
		result = refused(d, "setting it up");
	if (fd >= 0)
		close(fd);
	return result;
}

/* ---- the transport ---- */

static int before(struct xl_process *s, struct xl_diags *d)
{
	uint32_t mtu = s->to->config->port[0].mtu;
	int r = 0;

	if (!wire.is_there) {
		xl_netns_silence();
		r = make_device(s->to->adapter->is_multi_queue, d);
	}
	if (r == 0)
		r = set_up(mtu, d);
	if (r == 0 && !wire.is_there)
		r = xl_afpacket_open(&wire.at, DEVICE, d);
	wire.is_there = r == 0;
	snprintf(wire.mtu_text, sizeof wire.mtu_text, "XLATLAB_MTU=%u", mtu);
	xl_process_env(s, "XLATLAB_TUN=" DEVICE);
	xl_process_env(s, wire.mtu_text);
	return r;
}

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	char text[128];
	int r = xl_afpacket_send(&wire.at, p, n, (int)s->box.port[port].side);

	if (r == 0 || !s->has_settled)
		return;
	snprintf(text, sizeof text, "a packet of %zu octets could not be put on the device: %s", n,
		 strerror(errno));
	xl_process_fault(s, text);
}

static int fd(const struct xl_process *s)
{
	(void)s;
	return wire.at.fd;
}

static void take(void *ctx, uint8_t *p, size_t n)
{
	struct xl_process *s = ctx;

	xl_process_take(s, p, n, xl_process_port_of(s, p, n));
}

static void drain(struct xl_process *s)
{
	struct xl_diags d;

	xl_diags_init(&d);
	if (xl_afpacket_drain(&wire.at, take, s, &d) < 0)
		xl_process_fault(s, d.n ? d.at[0].text : "it could not be captured");
}

static void check(struct xl_process *s)
{
	struct xl_diags d;

	xl_diags_init(&d);
	if (xl_afpacket_check(&wire.at, &d) < 0 && s->has_settled)
		xl_process_fault(s, d.at[0].text);
}

static void drop(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
}

/* What the ended instance left behind is none of the next one's. */
static void close_wire(struct xl_process *s)
{
	struct xl_diags d;

	(void)s;
	xl_netns_kill_others();
	xl_diags_init(&d);
	if (wire.is_there && xl_afpacket_drain(&wire.at, drop, NULL, &d) < 0)
		wire.is_there = false;
}

static const struct xl_transport transport = { .io = XL_CHILD_NONE,
					       .is_device = true,
					       .before = before,
					       .put = put,
					       .fd = fd,
					       .drain = drain,
					       .check = check,
					       .close = close_wire };

int xl_attach_tun(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return xl_process_open(&transport, to, box, d);
}
