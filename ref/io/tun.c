/* tun.c - see tun.h.
 *
 * The kernel says little about why it does not attach (EINVAL, EBUSY), so what the device is instead is
 * found by asking again in other words.
 */
#include "ref/io/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static const char device_path[] = "/dev/net/tun";

static int refused(const struct xl_tun *t, struct xl_diags *d, const char *what)
{
	const char *hint = errno == EPERM || errno == EACCES
				   ? " (it takes root, or CAP_NET_ADMIN in this network namespace)"
				   : "";

	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s: %s%s", t->name, what, strerror(errno),
		       hint);
}

static struct ifreq request(const struct xl_tun *t)
{
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", t->name);
	return r;
}

/* ---- attaching ---- */

/* `%` would be a pattern for a name of the kernel's choice. */
static bool is_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < XL_TUN_NAME_MAX && !strpbrk(name, "/:% \t\n\v\f\r") &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int attach(const struct xl_tun *t, int fd, int flags)
{
	struct ifreq r = request(t);

	r.ifr_flags = (short)(flags | IFF_NO_PI);
	return ioctl(fd, TUNSETIFF, &r);
}

/* Would it be attached to as that? Nothing of it stays: the device is there without us. */
static bool would_attach(const struct xl_tun *t, int flags)
{
	int fd = open(device_path, O_RDWR | O_CLOEXEC);
	bool would = fd >= 0 && attach(t, fd, flags) == 0;

	if (fd >= 0)
		close(fd);
	return would;
}

static int explain(const struct xl_tun *t, struct xl_diags *d)
{
	int error = errno;

	if (error == EBUSY)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: another program holds this device",
			       t->name);
	if (error == EINVAL && t->was_there) {
		const char *is = would_attach(t, IFF_TUN | IFF_MULTI_QUEUE) ? "has several queues"
				 : would_attach(t, IFF_TAP)                 ? "is a TAP device"
									    : "is no TUN device";

		return xl_diag(d, XL_ERR_RANGE, XL_NOWHERE,
			       "%s: %s: allowed is a TUN device of one queue ('ip tuntap add dev "
			       "%s mode tun'), or a name that is not taken",
			       t->name, is, t->name);
	}
	errno = error;
	return refused(t, d, t->was_there ? "cannot attach" : "cannot make the device");
}

/* ---- offload ---- */

static bool kernel_has_header(int fd)
{
	unsigned features = 0;

	return ioctl(fd, TUNGETFEATURES, &features) == 0 && features & IFF_VNET_HDR;
}

/* Sets what may come: a device that was there keeps what its last owner had set. */
static int set_offload(struct xl_tun *t, struct xl_diags *d)
{
	static const unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	static const unsigned long udp = TUN_F_USO4 | TUN_F_USO6;
	int bytes = 10, is_little = 0;

	if (!t->has_offload)
		return ioctl(t->fd, TUNSETOFFLOAD, 0UL) < 0 ? refused(t, d, "no offload") : 0;
	if (ioctl(t->fd, TUNSETVNETHDRSZ, &bytes) < 0 || ioctl(t->fd, TUNSETVNETLE, &is_little) < 0)
		return refused(t, d, "the offload header");
	t->has_udp = ioctl(t->fd, TUNSETOFFLOAD, tcp | udp) == 0;
	if (!t->has_udp && ioctl(t->fd, TUNSETOFFLOAD, tcp) < 0)
		return refused(t, d, "offload");
	return 0;
}

int xl_tun_open(struct xl_tun *t, const char *name, bool wants_offload, struct xl_diags *d)
{
	int result;

	*t = (struct xl_tun){ .fd = -1, .control = -1 };
	if (!is_name(name))
		return xl_diag(d, XL_ERR_RANGE, XL_NOWHERE,
			       "'%s' names no device: allowed are 1 to %d characters without "
			       "space, '/', ':' and '%%'",
			       name, XL_TUN_NAME_MAX - 1);
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->was_there = if_nametoindex(name) != 0;
	t->fd = open(device_path, O_RDWR | O_CLOEXEC);
	t->control = t->fd < 0 ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0) {
		result = refused(t, d, device_path);
	} else if (t->control < 0) {
		result = refused(t, d, "no socket");
	} else {
		t->has_offload = wants_offload && kernel_has_header(t->fd);
		result = attach(t, t->fd, IFF_TUN | (t->has_offload ? IFF_VNET_HDR : 0)) < 0
				 ? explain(t, d)
				 : set_offload(t, d);
	}
	if (result < 0)
		xl_tun_close(t);
	return result;
}

void xl_tun_close(struct xl_tun *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->control >= 0)
		close(t->control);
	t->fd = t->control = -1;
}

/* ---- its settings ---- */

int xl_tun_mtu(const struct xl_tun *t, uint32_t *mtu, struct xl_diags *d)
{
	struct ifreq r = request(t);

	if (ioctl(t->control, SIOCGIFMTU, &r) < 0)
		return refused(t, d, "its MTU");
	*mtu = (uint32_t)r.ifr_mtu;
	return 0;
}

int xl_tun_set_mtu(const struct xl_tun *t, uint32_t mtu, struct xl_diags *d)
{
	struct ifreq r = request(t);
	char what[40];
	uint32_t is = 0;
	int result = xl_tun_mtu(t, &is, d);

	if (result < 0 || is == mtu)
		return result;
	r.ifr_mtu = (int)mtu;
	snprintf(what, sizeof(what), "setting its MTU to %u", mtu);
	return ioctl(t->control, SIOCSIFMTU, &r) < 0 ? refused(t, d, what) : 0;
}

int xl_tun_up(const struct xl_tun *t, struct xl_diags *d)
{
	struct ifreq r = request(t);

	if (ioctl(t->control, SIOCGIFFLAGS, &r) < 0)
		return refused(t, d, "its flags");
	if (r.ifr_flags & IFF_UP)
		return 0;
	r.ifr_flags = (short)(r.ifr_flags | IFF_UP);
	return ioctl(t->control, SIOCSIFFLAGS, &r) < 0 ? refused(t, d, "setting it up") : 0;
}
