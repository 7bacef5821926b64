/* pkt.h - a packet lent for the length of one call.
 *
 * Whoever calls owns the memory; whoever is called may write all of buf[0, cap) and must copy what it
 * wants to keep. The IP packet is buf[off, off + len). There are at least XL_HEADROOM octets before
 * it, so that a header can grow in place, and XL_TAILROOM behind it.
 *
 * That holds on the way into a translator. A packet on its way out has grown into that room, so it may
 * have none left: whoever gives it to another translator copies it into a buffer that has.
 */
#ifndef XL_BASE_PKT_H
#define XL_BASE_PKT_H

#include <stdbool.h>
#include <stdint.h>

enum { XL_HEADROOM = 128, XL_TAILROOM = 64, XL_PACKET_MAX = 65575 }; /* 40 + 65535: RFC 8200 3 */

struct xl_pkt {
	uint8_t *buf;
	uint32_t cap, off, len;
	uint16_t port; /* interface index: ingress on the way in, egress on the way out */
	uint16_t gso_bytes; /* > 0: a super-packet of segments this long; MTU rules read this */
	bool csum_is_partial; /* the L4 checksum field holds the pseudo-header sum only */
	uint32_t tag; /* lineage: copied to everything made from this packet */
	int64_t at_ns; /* the time of this call */
};

static inline uint8_t *xl_pkt_data(const struct xl_pkt *p)
{
	return p->buf + p->off;
}

#endif
