/* vnet.h - packets with an offload header before them (struct virtio_net_hdr, 10 octets, host order).
 *
 * The system hands over TCP and UDP whose checksum is half made (the sum of the pseudo-header alone), and
 * several segments as one super-packet: headers once, then the payload of all. Such a packet is translated
 * as a whole; the system, or the hardware behind it, cuts it later. Where that would not do, it is
 * cut here.
 */
#ifndef XL_CMD_VNET_H
#define XL_CMD_VNET_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/pkt.h"

enum { XL_VNET_BYTES = 10 };

/* Nothing to do: the packet is whole and its checksum made. */
static inline bool xl_vnet_is_plain(const uint8_t header[static XL_VNET_BYTES])
{
	return !(header[0] & 1) && header[1] == 0;
}

/* What the header says about the packet p, into p->gso_bytes and p->csum_is_partial; *has_ecn: the segments
 * show ECN (RFC 3168: CWR in the first alone). A checksum of anything but TCP and UDP, or of a fragment, is
 * finished. False: the header does not fit the packet, which may be changed. */
bool xl_vnet_read(const uint8_t header[static XL_VNET_BYTES], struct xl_pkt *p, bool *has_ecn);

/* The header of a packet that goes out. */
void xl_vnet_write(uint8_t header[static XL_VNET_BYTES], const struct xl_pkt *p, bool has_ecn);

/* Octets of its largest segment as an IP packet; of a packet that is whole, its length. */
uint32_t xl_vnet_wire_bytes(const struct xl_pkt *p);

/* Cuts a super-packet that xl_vnet_read() accepted, before or after translation: each segment a whole packet
 * with lengths, identification, sequence number, flags and checksums of its own, lent in `room` (of
 * cap octets, with XL_HEADROOM before each). */
struct xl_vnet_cut {
	uint8_t *room;
	uint32_t cap;
	void *ctx;
	void (*emit)(void *ctx, struct xl_pkt *segment);
};
void xl_vnet_split(const struct xl_pkt *p, const struct xl_vnet_cut *to);

#endif
