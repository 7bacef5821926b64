/* afpacket.h - packets in and out of a network device, past the kernel's IP layers: IP packets of a TUN, frames of an
 * Ethernet.
 *
 * What is captured is what was on the device: completed where the sender left a checksum to be filled in, refused
 * where it was coalesced, cut short or lost in a buffer of ours.
 */
#ifndef XL_AFPACKET_H
#define XL_AFPACKET_H

#include <stdint.h>

#include "ref/base/diag.h"

struct xl_afpacket {
	int fd; /* pollable; -1: closed */
	int ifindex;
	int drops_fd; /* of the kernel's table of device counters */
	char name[16];
	uint64_t tx_dropped; /* of the device, when last looked at */
	uint8_t *room; /* of one batch */
};

/* One packet that came; lent until the callback returns. */
typedef void (*xl_afpacket_fn)(void *ctx, uint8_t *packet, size_t n);

/* `name` is a device of this network namespace. What this system sends by it is not captured. */
XL_MUST_CHECK int xl_afpacket_open(struct xl_afpacket *s, const char *name, struct xl_diags *d);
void xl_afpacket_close(struct xl_afpacket *s);

/* The device's own link-layer address. */
XL_MUST_CHECK int xl_afpacket_mac(const struct xl_afpacket *s, uint8_t mac[static 6],
				  struct xl_diags *d);

/* `version` 4 or 6 tells the device what it carries; the octets may say otherwise. 0; XL_ERR_STATE: there is no
 * room now; XL_ERR_IO: refused, errno says why. */
XL_MUST_CHECK int xl_afpacket_send(struct xl_afpacket *s, const uint8_t *packet, size_t n,
				   int version);

/* All that can be read now, in order. XL_ERR_IO: a packet could not be told truly; d says how. */
XL_MUST_CHECK int xl_afpacket_drain(struct xl_afpacket *s, xl_afpacket_fn fn, void *ctx,
				    struct xl_diags *d);

/* XL_ERR_IO when the kernel has lost packets since the last call, on their way to the device or to us. */
XL_MUST_CHECK int xl_afpacket_check(struct xl_afpacket *s, struct xl_diags *d);

#endif
