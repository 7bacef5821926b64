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

#include "conformance/attach/afpacket.h"
#include "conformance/attach/netns.h"
#include "conformance/attach/process.h"

#define DEVICE "xlat0"

enum { QUEUE_PACKETS = 10000 };

struct state {
	struct xl_afpacket at;
	char mtu_text[40];
	const char *env[3];
};

/* ---- the device ---- */

static int refused(struct xl_diags *d, const char *what)
{
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s: %s", DEVICE, what, strerror(errno));
}

static void write_setting(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) == 1)
		(void)0; /* a kernel without IPv6 has no such file, and nothing to switch off */
	if (fd >= 0)
		close(fd);
}

/* A persistent device, as an implementation that attaches by name expects it. */
static int make_device(struct xl_diags *d)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), result = 0;

	if (fd < 0)
		return refused(d, "/dev/net/tun");
	snprintf(r.ifr_name, sizeof r.ifr_name, DEVICE);
	if (ioctl(fd, TUNSETIFF, &r) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0)
		result = refused(d, "making the device");
	close(fd);
	return result;
}

static void remove_device(void)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(r.ifr_name, sizeof r.ifr_name, DEVICE);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) == 0)
		(void)ioctl(fd, TUNSETPERSIST, 0);
	if (fd >= 0)
		close(fd);
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
	struct state *t = s->state;
	uint32_t mtu = s->to->config->port[0].mtu;
	int r;

	t->at.fd = t->at.drops_fd = -1;
	write_setting("/proc/sys/net/ipv6/conf/default/disable_ipv6");
	r = make_device(d);
	if (r == 0)
		r = set_up(mtu, d);
	if (r == 0)
		r = xl_afpacket_open(&t->at, DEVICE, d);
	snprintf(t->mtu_text, sizeof t->mtu_text, "XLATLAB_MTU=%u", mtu);
	t->env[0] = "XLATLAB_TUN=" DEVICE;
	t->env[1] = t->mtu_text;
	s->env = t->env;
	return r;
}

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	struct state *t = s->state;
	char text[128];
	int r = xl_afpacket_send(&t->at, p, n, (int)s->box.port[port].side);

	if (r == 0 || !s->has_settled)
		return;
	snprintf(text, sizeof text, "a packet of %zu octets could not be put on the device: %s", n,
		 strerror(errno));
	xl_process_fault(s, text);
}

static int fd(const struct xl_process *s)
{
	const struct state *t = s->state;

	return t->at.fd;
}

static void take(void *ctx, uint8_t *p, size_t n)
{
	struct xl_process *s = ctx;

	xl_process_take(s, p, n, xl_process_port_of(s, p, n));
}

static void drain(struct xl_process *s)
{
	struct state *t = s->state;
	struct xl_diags d;

	xl_diags_init(&d);
	if (xl_afpacket_drain(&t->at, take, s, &d) < 0)
		xl_process_fault(s, d.n ? d.at[0].text : "it could not be captured");
}

static void check(struct xl_process *s)
{
	struct state *t = s->state;
	struct xl_diags d;

	xl_diags_init(&d);
	if (xl_afpacket_check(&t->at, &d) < 0)
		xl_process_fault(s, d.at[0].text);
}

static void close_state(struct xl_process *s)
{
	struct state *t = s->state;

	if (t->at.room)
		xl_afpacket_close(&t->at);
	xl_netns_kill_others();
	remove_device();
}

static const struct xl_transport transport = { .state_bytes = sizeof(struct state),
					       .io = XL_CHILD_NONE,
					       .is_device = true,
					       .before = before,
					       .put = put,
					       .fd = fd,
					       .drain = drain,
					       .check = check,
					       .close = close_state };

int xl_attach_tun(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return xl_process_open(&transport, to, box, d);
}
