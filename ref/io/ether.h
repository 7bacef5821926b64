/* ether.h - an Ethernet link with one neighbour: ARP (RFC 826) and Neighbor Discovery (RFC 4861) for it.
 *
 * Enough of both to ask for the neighbour's address and to answer when it asks, and to tell what neighbours say to
 * each other from what is to be translated. No cache, no timers: whoever owns the link asks until it is answered.
 */
#ifndef XL_IO_ETHER_H
#define XL_IO_ETHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/addr.h"

enum { XL_ETHER_HEAD = 14, XL_ETHER_SAY_MAX = 128 };

struct xl_ether { /* one end; network byte order throughout */
	uint8_t mac[6], peer[6]; /* ours; the neighbour's, once has_peer */
	bool has_peer;
	bool answers_all; /* asked for any address but the neighbour's: a router with everything behind it */
	bool is_ip6; /* what the link is for: IPv6 with ND, or IPv4 with ARP */
	struct xl_ip4 own4, next4; /* on the link: ours, the neighbour's */
	struct xl_ip6 own6, next6;
};

enum xl_ether_kind {
	XL_ETHER_PACKET, /* an IP packet for us */
	XL_ETHER_SAY, /* to be answered with the frame in `say` */
	XL_ETHER_LINK, /* what neighbours say to each other; the neighbour's address may be known now */
	XL_ETHER_OTHER, /* neither: another protocol, or not for us */
};

struct xl_ether_in {
	const uint8_t *packet; /* PACKET: in the frame given */
	size_t len; /* without the padding of a short frame */
	uint8_t say[XL_ETHER_SAY_MAX];
	size_t say_len;
};

/* What a frame of n octets is. It may be anything. */
enum xl_ether_kind xl_ether_in(struct xl_ether *e, const uint8_t *frame, size_t n,
			       struct xl_ether_in *in);

/* The question for the neighbour's address, into `say`; its length. */
size_t xl_ether_ask(const struct xl_ether *e, uint8_t say[static XL_ETHER_SAY_MAX]);

/* The header of a frame with an IP packet for the neighbour. */
void xl_ether_head(const struct xl_ether *e, uint8_t head[static XL_ETHER_HEAD]);

#endif
