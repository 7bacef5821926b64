/* tun.h - a TUN device by its name: IP packets without a link layer, one a read or write (Linux).
 *
 * A device that is not there is made, and goes when it is closed; one that is there (persistent, made by
 * `ip tuntap add`) is attached to and stays. It must be a TUN with one queue that nobody else holds.
 */
#ifndef XL_IO_TUN_H
#define XL_IO_TUN_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/diag.h"

enum { XL_TUN_NAME_MAX = 16 };

struct xl_tun {
	char name[XL_TUN_NAME_MAX];
	int fd; /* blocking; read() and write() are one packet each */
	int control; /* for what is asked about the device by name */
	bool was_there;
	/* Before each packet, read or written, stands a struct virtio_net_hdr of 10 octets, host order:
	 * checksums may be half made, TCP and (has_udp) UDP may come as super-packets. */
	bool has_offload, has_udp;
};

/* Makes the device or attaches to it, with offload where it is wanted and the kernel has it. Without
 * success *t needs no closing. */
XL_MUST_CHECK int xl_tun_open(struct xl_tun *t, const char *name, bool wants_offload,
			      struct xl_diags *d);
void xl_tun_close(struct xl_tun *t);

/* Octets of the largest IP packet. */
XL_MUST_CHECK int xl_tun_mtu(const struct xl_tun *t, uint32_t *mtu, struct xl_diags *d);

/* Sets it; needs no right when it is that already. */
XL_MUST_CHECK int xl_tun_set_mtu(const struct xl_tun *t, uint32_t mtu, struct xl_diags *d);

/* Sets the device up, if it is not. */
XL_MUST_CHECK int xl_tun_up(const struct xl_tun *t, struct xl_diags *d);

#endif
