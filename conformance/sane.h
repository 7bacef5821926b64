/* sane.h - is this a packet at all? For cases that say only that what comes out must be well-formed. */
#ifndef XL_SANE_H
#define XL_SANE_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/box.h"
#include "vectors/golden.h"

/* NULL, or what is wrong: version against side, header lengths, total length, IPv4 header checksum, UDP
 * over IPv6 without a checksum (RFC 8200 8.1). L4 checksums may be wrong: a wrong one stays wrong. */
const char *xl_sane(enum xl_side side, const uint8_t *p, uint32_t len);

/* True when TCP, UDP or ICMP in this whole packet has a right checksum, although the packets of the turn
 * that it can come from had wrong ones: damage that was done on the way must stay visible. */
bool xl_sane_is_repaired(const struct xl_turn *turn, const uint8_t *p, uint32_t len);

#endif
