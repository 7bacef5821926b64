/* hops.h - what the hosts of an implementation take from the hop limit of packets, given back.
 *
 * An adapter with `extra-hops` has a host that forwards packets before they reach the implementation, or after they left
 * it. A packet is sent with so many hops more, and what comes out gets back what was taken: so both sides of a
 * case are as they would be without the host.
 */
#ifndef XL_HOPS_H
#define XL_HOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vectors/golden.h"

enum { XL_HOPS_MAX = 16 };

struct xl_hops { /* how many hosts forward */
	uint8_t before, after;
};

/* Adds to the TTL or hop limit of an IP packet, no further than 255; an IPv4 header checksum stays as right or wrong as
 * it was (RFC 1624). What is no whole header is left alone. */
void xl_hops_add(uint8_t *p, size_t n, unsigned hops);

/* Why a case cannot be played across such hosts, or NULL. */
const char *xl_hops_cannot(struct xl_hops hops, const struct xl_case *c);

#endif
