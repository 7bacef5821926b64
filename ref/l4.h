/* l4.h - transport headers: what must be there, and the checksums that cover the addresses.
 *
 * RFC 7915 4.5 and 5.5. TCP and UDP as required, DCCP (RFC 4340 9.1) and UDP-Lite (RFC 3828 3.1) since
 * their sums cover the same pseudo-header; every other protocol passes as it is.
 */
#ifndef XL_L4_H
#define XL_L4_H

#include "ref/xlat_int.h"

/* Before anything is changed: a header cut short, a UDP packet without checksum, a super-packet whose
 * checksum is still to be made. XL_GO, or the rule that ends the packet. */
uint16_t xl_l4_check(const struct xl_way *w);

/* Octets of upper layer that one packet on the wire will have: a super-packet leaves in segments
 * (pkt.h: gso_bytes). */
uint32_t xl_l4_wire_payload(const struct xl_way *w);

/* The outer packet's checksum under the new addresses. */
void xl_l4_update(struct xl_way *w);

/* The checksum of a quoted transport header of which n octets are there: moved by `delta` if it is
 * among them. The datagram's rest is not needed for that. */
void xl_l4_update_quoted(uint8_t *l4, size_t n, uint8_t proto, uint16_t delta);

/* Where that checksum lies, from the header's start; no bits: there is none that covers addresses. */
struct xl_span xl_l4_checksum_at(uint8_t proto);

/* Puts a finished checksum where only the pseudo-header's sum is (pkt.h: csum_is_partial). */
void xl_l4_finish(struct xl_way *w);

#endif
