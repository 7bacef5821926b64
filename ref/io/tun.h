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
};

/* Makes the device or attaches to it. Without success *t needs no closing. */
XL_MUST_CHECK int xl_tun_open(struct xl_tun *t, const char *name, struct xl_diags *d);
void xl_tun_close(struct xl_tun *t);

/* Octets of the largest IP packet. */
XL_MUST_CHECK int xl_tun_mtu(const struct xl_tun *t, uint32_t *mtu, struct xl_diags *d);

/* Sets it; needs no right when it is that already. */
XL_MUST_CHECK int xl_tun_set_mtu(const struct xl_tun *t, uint32_t mtu, struct xl_diags *d);

/* Sets the device up, if it is not. */
XL_MUST_CHECK int xl_tun_up(const struct xl_tun *t, struct xl_diags *d);

#endif
